import { SeededRandom } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { Scheduler } from './scheduler.ts';

describe('scheduler', () => {
  it('runs events by time, and by age where times are equal', () => {
    const scheduler = new Scheduler();
    const random = new SeededRandom(7);
    const expected: { atMs: number; age: number }[] = [];
    const seen: { atMs: number; age: number }[] = [];
    for (let age = 0; age < 500; age++) {
      const atMs = random.integerBetween(0, 50);
      expected.push({ atMs, age });
      scheduler.after(atMs, () => seen.push({ atMs: scheduler.nowMs, age }));
    }
    expected.sort((a, b) => a.atMs - b.atMs || a.age - b.age);
    scheduler.runUntil(100);
    expect(seen).toEqual(expected);
    expect(scheduler.nowMs).toBe(100);
  });

  it('leaves later events for later, and stops when it is done', () => {
    const scheduler = new Scheduler();
    const seen: number[] = [];
    for (const atMs of [10, 20, 30]) scheduler.after(atMs, () => seen.push(atMs));
    scheduler.runUntil(25, () => seen.includes(10));
    expect(scheduler.nowMs).toBe(10);
    scheduler.runUntil(25);
    expect(seen).toEqual([10, 20]);
    scheduler.runUntil(30);
    expect(seen).toEqual([10, 20, 30]);
  });

  it('repeats with the given mean, or never', () => {
    const scheduler = new Scheduler();
    let times = 0;
    scheduler.repeat(new SeededRandom(1), 10, () => times++);
    scheduler.repeat(new SeededRandom(1), 0, () => expect.unreachable());
    scheduler.runUntil(10_000);
    expect(times).toBeGreaterThan(900);
    expect(times).toBeLessThan(1100);
  });
});
