import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from './host-options.ts';
import { SessionExpiry } from './session-expiry.ts';
import { SessionTable } from './session-table.ts';

const timeoutMs = 1600;
const stepMs = 100;
/** Sessions end at most this late if nothing that is proposed is lost. */
const lateMsMax = 4 * stepMs;

/** A leader's table, and when every session in it was last active. Holds whatever is proposed to what was promised. */
class Leader {
  readonly #table = new SessionTable(defaultLimits);
  readonly #active = new Map<number, { index: number; atMs: number }>();
  readonly expiry: SessionExpiry;
  readonly proposedAtMs: number[] = [];
  #appliedIndex = 0;
  nowMs = 0;
  /** When `run` wants to be called again. */
  nextMs: number | undefined;
  losesProposals = false;

  constructor(timeoutMsOrNever: number = timeoutMs) {
    this.expiry = new SessionExpiry(timeoutMsOrNever, {
      sessions: this.#table,
      propose: (index) => this.#propose(index),
    });
  }

  get sessions(): number[] {
    return [...this.#active.keys()];
  }

  open(): number {
    const index = ++this.#appliedIndex;
    this.#table.open(index);
    this.#active.set(index, { index, atMs: this.nowMs });
    return index;
  }

  /** Says whether the session is still there. */
  use(session: number): boolean {
    const index = ++this.#appliedIndex;
    const header = { session, sequence: 1, acknowledgedBelow: 1 };
    const { kind } = this.#table.apply(index, header, () => new Uint8Array());
    if (kind === 'result') this.#active.set(session, { index, atMs: this.nowMs });
    return kind === 'result';
  }

  silentMs(session: number): number {
    return this.nowMs - (this.#active.get(session)?.atMs ?? Number.NaN);
  }

  runAt(nowMs: number): void {
    this.nowMs = nowMs;
    this.nextMs = this.expiry.run(nowMs);
  }

  /** Runs as often as a host ticks. */
  runUntil(untilMs: number): void {
    while (this.nowMs < untilMs) this.runAt(this.nowMs + 10);
  }

  #propose(belowIndex: number): void {
    this.proposedAtMs.push(this.nowMs);
    const ending = [...this.#active].filter(([, { index }]) => index < belowIndex);
    for (const [session] of ending) expect(this.silentMs(session)).toBeGreaterThanOrEqual(timeoutMs);
    expect(ending, 'somebody is to be ended').not.toEqual([]);
    if (this.losesProposals) return;
    this.#appliedIndex++;
    this.#table.endSilent(belowIndex);
    for (const [session] of ending) this.#active.delete(session);
    expect(this.#table.size).toBe(this.#active.size);
  }
}

describe('SessionExpiry', () => {
  test('ends a session that was silent for the timeout, and leaves those that were not', () => {
    const leader = new Leader();
    const [silent, alive] = [leader.open(), leader.open()];
    for (let ms = 0; ms < timeoutMs - 10; ms += 10) {
      leader.runAt(ms);
      expect(leader.use(alive)).toBe(true);
      expect(leader.expiry.samples).toBeLessThan(20);
    }
    expect(leader.sessions).toEqual([silent, alive]);
    leader.runUntil(timeoutMs + lateMsMax);
    expect(leader.sessions).toEqual([alive]);
  });

  test('proposes nothing, and wants nothing, without sessions or without a timeout', () => {
    const idle = new Leader();
    idle.runUntil(10 * timeoutMs);
    expect([idle.proposedAtMs, idle.nextMs, idle.expiry.samples]).toEqual([[], undefined, 0]);
    const never = new Leader(0);
    never.open();
    never.runUntil(10 * timeoutMs);
    expect([never.proposedAtMs, never.nextMs, never.sessions]).toEqual([[], undefined, [1]]);
  });

  test('says when it must run again, and is content with that: an idle group sleeps until a session is due', () => {
    const leader = new Leader();
    for (let ms = 0; ms <= timeoutMs; ms += 40) {
      leader.runAt(ms);
      leader.open();
    }
    let runs = 0;
    for (leader.runAt(leader.nowMs); leader.sessions.length > 0; runs++) {
      expect(leader.nextMs).toBeGreaterThan(leader.nowMs);
      leader.runAt(leader.nextMs!);
    }
    expect(leader.nowMs).toBeLessThanOrEqual(2 * timeoutMs + lateMsMax);
    expect(runs).toBeLessThan(80);
    leader.runAt(leader.nextMs!);
    expect(leader.nextMs).toBeUndefined();
    const sleeper = new Leader();
    sleeper.open();
    sleeper.runAt(5);
    expect(sleeper.nextMs).toBe(5 + timeoutMs);
  });

  test('hears first what arrived while the process was held up', () => {
    const leader = new Leader();
    const session = leader.open();
    leader.runUntil(timeoutMs / 2);
    // For far longer than the timeout, nothing runs; then time has passed before anything is heard.
    leader.runAt(10 * timeoutMs);
    expect(leader.use(session)).toBe(true);
    // Nor does it end if it was nearly due before.
    leader.runUntil(11 * timeoutMs - stepMs / 2);
    leader.runAt(20 * timeoutMs);
    expect(leader.use(session)).toBe(true);
  });

  test('once a session is due, only what was silent by then ends, however long the process is held up', () => {
    const leader = new Leader();
    const [early, late] = [leader.open(), leader.open()];
    leader.runUntil(leader.nowMs + timeoutMs - 2 * stepMs);
    expect(leader.use(late)).toBe(true);
    leader.runUntil(leader.nowMs + 2 * stepMs + 20);
    leader.runAt(leader.nowMs + 10 * timeoutMs);
    expect(leader.sessions).toEqual([late]);
    expect([leader.use(early), leader.use(late)]).toEqual([false, true]);
  });

  test('a new leader starts counting anew', () => {
    const leader = new Leader();
    leader.open();
    leader.runUntil(timeoutMs);
    leader.expiry.reset();
    leader.runUntil(2 * timeoutMs);
    expect(leader.proposedAtMs).toEqual([]);
    leader.runUntil(2 * timeoutMs + lateMsMax);
    expect(leader.sessions).toEqual([]);
  });

  test('proposes again what was lost, not more than once a step', () => {
    const leader = new Leader();
    leader.losesProposals = true;
    leader.open();
    leader.runUntil(timeoutMs + 10 * stepMs);
    expect(leader.proposedAtMs.length).toBeGreaterThan(5);
    expect(Math.min(...leader.proposedAtMs.slice(1).map((ms, i) => ms - leader.proposedAtMs[i]!))).toBe(stepMs);
    leader.losesProposals = false;
    leader.runUntil(leader.nowMs + stepMs);
    expect(leader.sessions).toEqual([]);
  });

  test('never ends a session early, ends each in time, and keeps few samples, whatever happens when', () => {
    const happening = fc.oneof(
      fc.record({ what: fc.constant('open' as const) }),
      fc.record({ what: fc.constant('use' as const), session: fc.nat(20) }),
    );
    const change = fc.record({ what: fc.constant('newLeader' as const) });
    const later = fc.oneof(fc.nat(20), fc.nat(2 * stepMs), fc.nat(2 * timeoutMs));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(later, fc.oneof({ weight: 20, arbitrary: happening }, { weight: 1, arbitrary: change })), {
          maxLength: 80,
          size: 'max',
        }),
        (history) => {
          const leader = new Leader();
          let leadsSinceMs = 0;
          for (const [ms, happens] of history) {
            const untilMs = leader.nowMs + ms;
            let samplesMax = 0;
            let silentMsMax = 0;
            while (leader.nowMs < untilMs) {
              leader.runAt(Math.min(untilMs, leader.nowMs + 10));
              samplesMax = Math.max(samplesMax, leader.expiry.samples);
              for (const session of leader.sessions) {
                const countedMs = Math.min(leader.silentMs(session), leader.nowMs - leadsSinceMs);
                silentMsMax = Math.max(silentMsMax, countedMs);
              }
            }
            expect(samplesMax).toBeLessThan(20);
            expect(silentMsMax).toBeLessThan(timeoutMs + lateMsMax);
            if (happens.what === 'open') leader.open();
            else if (happens.what === 'newLeader') {
              leader.expiry.reset();
              leadsSinceMs = leader.nowMs;
            } else {
              const session = leader.sessions.at(-1 - happens.session);
              if (session !== undefined) expect(leader.use(session)).toBe(true);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
