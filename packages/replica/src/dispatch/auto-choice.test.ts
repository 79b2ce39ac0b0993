import { describe, expect, it } from 'vitest';
import { AutoChoice, type DispatchMode, type Situation } from './auto-choice.ts';

const lookMs = 100;

/** What each way yields, in bytes a second and milliseconds, for a demand. */
type World = (mode: DispatchMode) => { readonly rate: number; readonly ms: number; readonly full: boolean };

class Run {
  readonly choice = new AutoChoice();
  nowMs = 0;
  /** How long each way was used. */
  readonly usedMs: Record<DispatchMode, number> = { direct: 0, relay: 0, coded: 0 };
  changes = 0;
  #changedMs = 0;

  readonly alternatives: readonly DispatchMode[];
  readonly followers: number;

  constructor(alternatives: readonly DispatchMode[] = ['relay', 'coded'], followers = 4) {
    this.alternatives = alternatives;
    this.followers = followers;
  }

  go(ms: number, world: World): DispatchMode {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += lookMs) {
      const { mode } = this.choice;
      const { rate, ms: commitMs, full } = world(mode);
      this.usedMs[mode] += lookMs;
      if (rate > 0) this.choice.committed((rate * lookMs) / 1000, commitMs);
      const copies = mode === 'direct' ? this.followers : mode === 'relay' ? 1 : this.followers / 3;
      const situation: Situation = {
        linkSeemsFull: full,
        isSettling: this.nowMs - this.#changedMs < 300,
        alternatives: this.alternatives,
        outgoingBytesPerSecond: rate * copies,
        followers: this.followers,
      };
      if (!this.choice.look(this.nowMs, situation)) continue;
      this.changes++;
      this.#changedMs = this.nowMs;
    }
    return this.choice.mode;
  }
}

/** A link of 12 MB/s, four followers, and clients that want so much. */
const link =
  (demand: number): World =>
  (mode) => {
    const most = { direct: 12e6 / 4, relay: 12e6, coded: (12e6 * 3) / 4 }[mode];
    const rate = Math.min(demand, most);
    return { rate, ms: demand > most ? 80 : 5, full: demand > most };
  };

describe('the choice of a way to feed followers', () => {
  it('is the direct one as long as the network is not full', () => {
    const run = new Run();
    expect(run.go(600_000, link(2e6))).toBe('direct');
    expect(run.changes).toBe(0);
    expect(run.choice.reason).toBe('the network is not full');
  });

  it('is another within seconds when the link is full, and stays it', () => {
    const run = new Run();
    expect(run.go(3_000, link(100e6))).not.toBe('direct');
    run.go(600_000, link(100e6));
    expect(run.usedMs.relay / run.nowMs).toBeGreaterThan(0.97);
    expect(run.choice.reason).toContain('MB/s');
  });

  it('is the best of several', () => {
    const codedIsBest: World = (mode) => ({ rate: { direct: 3e6, relay: 5e6, coded: 9e6 }[mode], ms: 50, full: true });
    const run = new Run();
    expect(run.go(60_000, codedIsBest)).toBe('coded');
    run.go(600_000, codedIsBest);
    expect(run.usedMs.coded / run.nowMs).toBeGreaterThan(0.95);
  });

  it('goes back when the link could carry everything again', () => {
    const run = new Run();
    run.go(10_000, link(100e6));
    expect(run.go(5_000, link(1e6))).toBe('direct');
    expect(run.choice.reason).toBe('the link can carry everything');
    // In between, it stays what it is: to change to and fro costs more than either.
    run.go(10_000, link(100e6));
    const { changes } = run;
    run.go(60_000, link(2.9e6));
    expect([run.choice.mode, run.changes - changes]).toEqual(['relay', 0]);
  });

  it('is hardly ever tried where what looks like a full link is a busy processor', () => {
    const busy: World = (mode) => ({
      rate: mode === 'direct' ? 100e6 : 80e6,
      ms: mode === 'direct' ? 10 : 14,
      full: true,
    });
    const run = new Run();
    run.go(3_600_000, busy);
    expect(run.choice.mode).toBe('direct');
    expect(run.usedMs.direct / run.nowMs).toBeGreaterThan(0.985);
    expect(run.usedMs.relay).toBeGreaterThan(0);
  });

  it('takes what comes sooner if as much comes', () => {
    const sooner: World = (mode) => ({ rate: 1e6, ms: mode === 'coded' ? 20 : 60, full: true });
    expect(new Run().go(120_000, sooner)).toBe('coded');
  });

  it('is given up when it is not possible any more, and there is no other where there is none', () => {
    const run = new Run();
    run.go(10_000, link(100e6));
    const alone = new Run([], 1);
    expect(alone.go(60_000, link(100e6))).toBe('direct');
    const after = Object.assign(run, { alternatives: [] });
    expect(after.go(2_000, link(100e6))).toBe('direct');
    expect(run.choice.reason).toContain('not possible');
  });

  it('stays where it is while nobody writes', () => {
    const run = new Run();
    run.go(60_000, () => ({ rate: 0, ms: 0, full: true }));
    expect([run.choice.mode, run.changes]).toEqual(['direct', 0]);
  });
});
