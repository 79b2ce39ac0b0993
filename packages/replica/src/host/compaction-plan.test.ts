import { describe, expect, it } from 'vitest';
import { CompactionPlan, defaultCompactionLimits, patienceMs } from './compaction-plan.ts';

const mebibyte = 1024 * 1024;

/** A leader's log, a mebibyte an entry, of which four are kept for followers that cannot keep up. */
class Log {
  readonly plan = new CompactionPlan(
    { ...defaultCompactionLimits, logTailBytes: 0, logBytesMax: 4 * mebibyte },
    { index: 0, bytes: 0 },
  );
  lastIndex = 0;
  nowMs = 0;

  write(entries: number): void {
    for (let i = 0; i < entries; i++) this.plan.applied(++this.lastIndex, mebibyte, this.nowMs);
  }

  takeSnapshot(): void {
    this.plan.snapshotTaken(this.lastIndex, mebibyte);
  }

  /** With one follower that has everything up to `matchIndex`, or was offered a snapshot that ends at `snapshotIndex`. */
  compactable(matchIndex: number, snapshotIndex?: number): number {
    const follower = { id: 2, matchIndex, snapshotIndex, nextIndex: matchIndex + 1, appliedIndex: undefined };
    const followers = [
      {
        ...follower,
        state: 'replicate',
        inflightBytes: 0,
        relay: undefined,
        takesFragments: false,
        isCaughtUp: false,
      } as const,
    ];
    return this.plan.compactableIndex({ compactableIndex: matchIndex, followers }, true, this.nowMs);
  }
}

describe('the log of a leader', () => {
  it('goes, if there is too much of it, for a follower that cannot keep up', () => {
    const log = new Log();
    log.write(10);
    log.takeSnapshot();
    expect(log.compactable(2)).toBe(6);
  });

  it('stays for who is sent a snapshot, and then until it has what was written meanwhile, as long as it comes closer', () => {
    const log = new Log();
    log.write(10);
    log.takeSnapshot();
    log.write(20);
    expect(log.compactable(0, 10)).toBe(10);
    log.takeSnapshot();
    for (let matchIndex = 10; matchIndex < 30; matchIndex += 5) {
      log.nowMs += patienceMs - 1;
      expect(log.compactable(matchIndex)).toBe(matchIndex);
    }
    expect(log.compactable(30)).toBe(30);
    // It is there, and a follower like any other.
    log.write(30);
    log.takeSnapshot();
    expect(log.compactable(31)).toBe(56);
  });

  it('goes for who got a snapshot and comes no closer', () => {
    const log = new Log();
    log.write(10);
    log.takeSnapshot();
    expect(log.compactable(0, 10)).toBe(6);
    log.write(20);
    log.takeSnapshot();
    expect(log.compactable(10)).toBe(10);
    log.nowMs += patienceMs;
    log.write(2);
    expect(log.compactable(12)).toBe(28);
  });
});
