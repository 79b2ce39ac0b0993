import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { type Batch, lastIndexOf } from './batch.ts';
import { RaftLog } from './raft-log.ts';
import { logStart } from './term-runs.ts';
import { batchOf } from './testing/messages.ts';

function emptyLog(): RaftLog {
  return new RaftLog([], 0, logStart, 1000);
}

/** A disk that works off its appends in order, and a log of whole batches: what the durable index has to say about them. */
class NaiveDisk {
  visible: Batch[] = [];
  durable: Batch[] = [];
  queue: { sequence: number; batch: Batch }[] = [];

  append(sequence: number, batch: Batch): void {
    this.visible = [...this.visible.filter(({ firstIndex }) => firstIndex < batch.firstIndex), batch];
    this.queue.push({ sequence, batch });
  }

  /** The first `count` appends become durable; returns the last one's sequence. */
  flush(count: number): number | undefined {
    const done = this.queue.splice(0, count);
    for (const { batch } of done) {
      this.durable = [...this.durable.filter(({ firstIndex }) => firstIndex < batch.firstIndex), batch];
    }
    return done.at(-1)?.sequence;
  }

  /** How far the durable log agrees with the log as it should be. */
  agreedIndex(): number {
    let agreed = 0;
    for (const [i, batch] of this.visible.entries()) {
      if (this.durable[i] !== batch) break;
      agreed = lastIndexOf(batch);
    }
    return agreed;
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('append'), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant('flush'), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('replace'), count: fc.integer({ min: 1, max: 5 }) }),
);

describe('raft log', () => {
  it('calls durable only what the disk holds of the log as it now stands', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const log = emptyLog();
        const disk = new NaiveDisk();
        let term = 1;
        const append = (count: number): void => {
          const batch = batchOf(log.lastIndex + 1, count, term, log.lastTerm);
          disk.append(log.append(batch, 0), batch);
        };
        for (const { kind, count } of steps) {
          if (kind === 'append') append(count);
          if (kind === 'flush') {
            const sequence = disk.flush(count);
            if (sequence !== undefined) log.confirm(sequence);
          }
          if (kind === 'replace' && disk.visible.length > 0) {
            // A new leader overwrites the last batches.
            log.truncateFrom(disk.visible.at(-Math.min(count, disk.visible.length))!.firstIndex);
            term++;
            append(1);
          }
          expect(log.lastIndex).toBe(disk.visible.length === 0 ? 0 : lastIndexOf(disk.visible.at(-1)!));
          // Never more than is true; and all of it, once the disk has caught up.
          expect(log.durableIndex).toBeLessThanOrEqual(disk.agreedIndex());
          if (disk.queue.length === 0) expect(log.durableIndex).toBe(log.lastIndex);
          for (const batch of disk.visible) expect(log.holds(batch)).toBe(true);
        }
      }),
    );
  });

  it('that was reset is durable once the disk says so, whatever else it confirms', () => {
    const log = emptyLog();
    const replaced = log.append(batchOf(1, 4, 1, 0), 0);
    const reset = log.resetTo({ index: 9, term: 2 }, 3);
    const next = log.append(batchOf(10, 2, 3, 2), 4);
    expect([log.lastIndex, log.lastTerm, log.durableIndex, log.unconfirmedSinceTick]).toEqual([11, 3, 0, 3]);
    log.confirm(replaced);
    expect(log.durableIndex).toBe(0);
    log.confirm(reset);
    expect([log.durableIndex, log.unconfirmedSinceTick]).toEqual([9, 4]);
    log.confirm(next);
    expect([log.durableIndex, log.unconfirmedSinceTick]).toEqual([11, undefined]);
    expect(log.cachedFrom(4, 1000)).toBeUndefined();
    expect(log.cachedFrom(10, 1000)).toHaveLength(1);
  });

  it('holds what was compacted, for it was committed, and nothing that ends behind it', () => {
    const log = emptyLog();
    log.confirm(log.append(batchOf(1, 4, 1, 0), 0));
    log.append(batchOf(5, 2, 1), 0);
    expect(() => log.compactTo(6)).toThrow(InvariantError);
    expect(() => log.compactTo(2)).toThrow(InvariantError);
    log.compactTo(4);
    expect(log.base).toEqual({ index: 4, term: 1 });
    expect(log.holds(batchOf(3, 2, 7))).toBe(true);
    expect(log.holds(batchOf(5, 2, 1))).toBe(true);
    expect(log.holds(batchOf(5, 2, 2, 1))).toBe(false);
    expect(log.holds(batchOf(7, 2, 1))).toBe(false);
  });

  it('credits nothing to the confirmation of an append that was truncated since', () => {
    const log = emptyLog();
    const first = log.append(batchOf(1, 1, 1, 0), 0);
    const overwritten = log.append(batchOf(2, 1, 1), 0);
    log.truncateFrom(2);
    const second = log.append(batchOf(2, 1, 2, 1), 0);
    log.confirm(overwritten);
    expect(log.durableIndex).toBe(1);
    log.confirm(first);
    expect(log.durableIndex).toBe(1);
    log.confirm(second);
    expect(log.durableIndex).toBe(2);
  });

  it('takes what was recovered as durable', () => {
    const log = new RaftLog(
      [
        [1, 1],
        [5, 3],
      ],
      8,
      logStart,
      1000,
    );
    expect([log.lastIndex, log.lastTerm, log.durableIndex]).toEqual([8, 3, 8]);
    expect(log.cachedFrom(8, 1000)).toBeUndefined();
    log.truncateFrom(5);
    expect([log.lastIndex, log.lastTerm, log.durableIndex]).toEqual([4, 1, 4]);
  });

  it('compares logs by last term first, then by length', () => {
    const log = new RaftLog([[1, 2]], 5, logStart, 1000);
    expect(log.isUpToDate(5, 2)).toBe(true);
    expect(log.isUpToDate(4, 2)).toBe(false);
    expect(log.isUpToDate(1, 3)).toBe(true);
    expect(log.isUpToDate(99, 1)).toBe(false);
  });

  it('refuses what does not continue it', () => {
    const log = new RaftLog([[1, 2]], 5, logStart, 1000);
    expect(() => log.append(batchOf(7, 1, 2), 0)).toThrow(InvariantError);
    expect(() => log.append(batchOf(6, 1, 3, 1), 0)).toThrow(InvariantError);
    expect(() => log.append(batchOf(6, 1, 1, 2), 0)).toThrow(InvariantError);
  });
});
