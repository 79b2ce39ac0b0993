import { expect, test } from 'vitest';
import { SlowRelays, type WatchedRelay } from './slow-relays.ts';

const stepMs = 100;

/** What is waited for each batch of a relay; all of the second that passes, if that is more than a moment. */
interface Seen {
  readonly perBatchMs: number;
  readonly lastSecondMs?: number;
  readonly presentMs?: number;
  readonly answerMs?: number;
}

const quick: Seen = { perBatchMs: 5, lastSecondMs: 30 };
const slow: Seen = { perBatchMs: 600, lastSecondMs: 900 };

class Rig {
  readonly slow = new SlowRelays();
  nowMs = 0;
  readonly found: number[] = [];
  brought = new Map<number, number>();

  /** Of nodes 2, 3, ... for so long. Returns who is left out then. */
  pass(ms: number, ...seen: readonly (Seen | undefined)[]): number[] {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += stepMs) {
      this.found.push(
        ...this.slow.look(
          seen.map((each, i) => this.#watched(i + 2, each)),
          this.nowMs,
        ),
      );
    }
    return seen.map((_, i) => i + 2).filter((node) => this.slow.of(node, this.nowMs) === 'leftOut');
  }

  #watched(node: number, seen: Seen | undefined): WatchedRelay {
    const { perBatchMs = 0, lastSecondMs = 0, presentMs = 0, answerMs = 2 } = seen ?? {};
    const holdUp = seen && { perBatchMs, lastSecondMs, presentMs };
    return { node, holdUp, answerMs, brought: this.brought.get(node) ?? 0 };
  }
}

test('a relay for which everybody waits, and far longer than for most, is left out at once', () => {
  const rig = new Rig();
  expect(rig.pass(stepMs, quick, quick, quick, slow)).toEqual([5]);
  expect(rig.found).toEqual([5]);
  expect(rig.pass(9_800, quick, quick, quick, undefined)).toEqual([5]);
  expect(rig.pass(200, quick, quick, quick, undefined)).toEqual([]);
  expect(rig.slow.of(5, rig.nowMs)).toBe('onTrial');
});

test('not so one that is waited for seldom, or not much longer than others, or for as long as an answer from anybody takes', () => {
  const rig = new Rig();
  expect(rig.pass(5_000, quick, quick, quick, { perBatchMs: 600, lastSecondMs: 300 })).toEqual([]);
  expect(rig.pass(5_000, quick, quick, quick, { perBatchMs: 90, lastSecondMs: 1000 })).toEqual([]);
  const waited: Seen = { perBatchMs: 150, lastSecondMs: 300 };
  expect(rig.pass(5_000, waited, waited, waited, slow)).toEqual([]);
  const far: Seen = { ...quick, answerMs: 200 };
  expect(rig.pass(5_000, far, far, far, { ...slow, answerMs: 900 })).toEqual([]);
  expect(rig.found).toEqual([]);
});

test('where nobody else is known, nobody is left out', () => {
  expect(new Rig().pass(5_000, slow, undefined, undefined)).toEqual([]);
});

test('half of them relay, whatever is said of them, and there is more patience with those', () => {
  const rig = new Rig();
  expect(rig.pass(1_000, slow, quick, quick, { perBatchMs: 300, lastSecondMs: 900 })).toEqual([2]);
  expect(rig.pass(1_000, undefined, quick, quick, slow)).toEqual([2, 5]);
  expect(rig.pass(1_000, undefined, quick, { perBatchMs: 5_000, lastSecondMs: 1000 }, undefined)).toEqual([2, 5]);
  expect(new Rig().pass(1_000, slow, quick)).toEqual([2]);
});

test('after a pause it is tried, and is back when it has brought enough', () => {
  const rig = new Rig();
  rig.pass(stepMs, quick, quick, slow);
  rig.pass(10_000, quick, quick, undefined);
  rig.brought.set(4, 31);
  rig.pass(stepMs, quick, quick, quick);
  expect(rig.slow.of(4, rig.nowMs)).toBe('onTrial');
  rig.brought.set(4, 32);
  rig.pass(stepMs, quick, quick, quick);
  expect(rig.slow.of(4, rig.nowMs)).toBe('relays');
});

test('one for which others wait while it is tried is left out for twice as long, up to a limit', () => {
  const rig = new Rig();
  rig.pass(stepMs, quick, quick, slow);
  const pauses = Array.from({ length: 7 }, () => {
    const fromMs = rig.nowMs;
    while (rig.slow.of(4, rig.nowMs) === 'leftOut') rig.pass(stepMs, quick, quick, undefined);
    rig.pass(stepMs, quick, quick, { perBatchMs: 0, presentMs: 100 });
    expect(rig.slow.of(4, rig.nowMs)).toBe('onTrial');
    rig.pass(stepMs, quick, quick, { perBatchMs: 0, presentMs: 120 });
    expect(rig.slow.of(4, rig.nowMs)).toBe('leftOut');
    return Math.round((rig.nowMs - fromMs) / 10_000);
  });
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 32]);
});

test('and for ten seconds again after as much time in peace', () => {
  const rig = new Rig();
  rig.pass(stepMs, quick, quick, slow);
  rig.pass(10_000, quick, quick, undefined);
  rig.brought.set(4, 32);
  rig.pass(21_000, quick, quick, quick);
  rig.pass(stepMs, quick, quick, slow);
  rig.pass(9_900, quick, quick, undefined);
  expect(rig.slow.of(4, rig.nowMs)).toBe('onTrial');
});

test('a new leadership begins with nothing', () => {
  const rig = new Rig();
  rig.pass(stepMs, quick, quick, slow);
  rig.slow.clear();
  expect(rig.slow.of(4, rig.nowMs)).toBe('relays');
});
