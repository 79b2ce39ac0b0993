import { describe, expect, it } from 'vitest';
import { ReadQueue } from './read-queue.ts';

/** What a confirmation of `round` serves, as [requestId, readIndex]. */
function servedBy(queue: ReadQueue, round: number): [number, number][] {
  const served: [number, number][] = [];
  queue.confirmed(round, ({ requestId }, readIndex) => served.push([requestId, readIndex]));
  return served;
}

describe('read queue', () => {
  it('serves a read at the commit index of the round that covers it, once that round is confirmed', () => {
    const queue = new ReadQueue();
    queue.add({ from: 1, requestId: 10 });
    queue.roundBegins(5, 100);
    expect(servedBy(queue, 4)).toEqual([]);
    expect(servedBy(queue, 5)).toEqual([[10, 100]]);
    expect(servedBy(queue, 6)).toEqual([]);
  });

  it('does not let a round cover reads that arrived after it began', () => {
    const queue = new ReadQueue();
    queue.add({ from: 1, requestId: 10 });
    queue.roundBegins(1, 100);
    queue.add({ from: 1, requestId: 11 });
    expect(servedBy(queue, 1)).toEqual([[10, 100]]);
    queue.roundBegins(2, 120);
    expect(servedBy(queue, 2)).toEqual([[11, 120]]);
  });

  it('lets reads that arrive during a round share the next', () => {
    const queue = new ReadQueue();
    expect(queue.wantsRound()).toBe(false);
    queue.add({ from: 1, requestId: 10 });
    expect(queue.wantsRound()).toBe(true);
    queue.roundBegins(1, 100);
    queue.add({ from: 1, requestId: 11 });
    queue.add({ from: 2, requestId: 12 });
    expect(queue.wantsRound()).toBe(false);
    expect(servedBy(queue, 1)).toEqual([[10, 100]]);
    expect(queue.wantsRound()).toBe(true);
    queue.roundBegins(2, 101);
    expect(servedBy(queue, 2)).toEqual([
      [11, 101],
      [12, 101],
    ]);
  });

  it('serves earlier rounds with a later one', () => {
    const queue = new ReadQueue();
    queue.add({ from: 1, requestId: 10 });
    queue.roundBegins(1, 100);
    queue.add({ from: 1, requestId: 11 });
    queue.roundBegins(2, 110);
    expect(servedBy(queue, 7)).toEqual([
      [10, 100],
      [11, 110],
    ]);
  });

  it('hands out what waits when leadership ends', () => {
    const queue = new ReadQueue();
    queue.add({ from: 1, requestId: 10 });
    queue.roundBegins(1, 100);
    queue.add({ from: 2, requestId: 11 });
    expect(queue.drain()).toEqual([
      { from: 1, requestId: 10 },
      { from: 2, requestId: 11 },
    ]);
    expect(queue.drain()).toEqual([]);
    expect(servedBy(queue, 1)).toEqual([]);
  });
});
