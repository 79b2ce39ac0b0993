import { expect, test } from 'vitest';
import { LinkWatch } from './link-watch.ts';

class Link {
  readonly watch = new LinkWatch();
  #round = 0;
  #nowMs = 0;

  seemsFull(nodes: readonly number[], lagMs = 0): boolean {
    return this.watch.seemsFull(nodes, this.#nowMs, lagMs);
  }

  /** Rounds of heartbeats, each answered by each node after so long. */
  rounds(count: number, ms: Readonly<Record<number, number>>): void {
    for (let i = 0; i < count; i++) {
      this.#round++;
      this.#nowMs += 100;
      for (const [node, takesMs] of Object.entries(ms)) {
        this.watch.heartbeatSent(Number(node), this.#round, this.#nowMs);
        this.watch.heartbeatAnswered(Number(node), this.#round, this.#nowMs + takesMs);
      }
    }
  }
}

test('a link seems full when even the quickest follower takes far longer than it can', () => {
  const link = new Link();
  link.rounds(10, { 2: 1, 3: 1 });
  expect(link.seemsFull([2, 3])).toBe(false);
  link.rounds(10, { 2: 60, 3: 80 });
  expect(link.seemsFull([2, 3])).toBe(true);
  link.rounds(20, { 2: 1, 3: 80 });
  expect(link.seemsFull([2, 3])).toBe(false);
});

test('followers that are far away are not behind a full link', () => {
  const link = new Link();
  link.rounds(10, { 2: 40, 3: 50 });
  expect(link.seemsFull([2, 3])).toBe(false);
  link.rounds(20, { 2: 100, 3: 120 });
  expect(link.seemsFull([2, 3])).toBe(false);
  link.rounds(20, { 2: 200, 3: 210 });
  expect(link.seemsFull([2, 3])).toBe(true);
});

test('a process that is late itself is no full link', () => {
  const link = new Link();
  link.rounds(10, { 2: 1, 3: 1 });
  link.rounds(10, { 2: 25, 3: 30 });
  expect(link.seemsFull([2, 3], 11)).toBe(false);
  expect(link.seemsFull([2, 3], 5)).toBe(true);
});

test('a link that was full from the beginning seems full', () => {
  const link = new Link();
  link.rounds(3, { 2: 3000, 3: 2900 });
  expect(link.seemsFull([2, 3])).toBe(true);
});

test('the round trip of one is that of late, or as long as an answer is overdue', () => {
  const link = new Link();
  expect(link.watch.newestMs(2, 0)).toBeUndefined();
  link.rounds(30, { 2: 8 });
  expect(link.watch.newestMs(2, 3000)).toBeCloseTo(8);
  link.watch.heartbeatSent(2, 99, 4000);
  expect(link.watch.newestMs(2, 4700)).toBe(700);
});

test('a few milliseconds are nothing, however quick it can be', () => {
  const link = new Link();
  link.rounds(10, { 2: 0.2 });
  link.rounds(30, { 2: 4.5 });
  expect(link.seemsFull([2])).toBe(false);
});

test('who does not answer, or is not asked about, says nothing', () => {
  const link = new Link();
  expect(link.seemsFull([2])).toBe(false);
  link.watch.heartbeatSent(2, 1, 0);
  expect(link.seemsFull([2])).toBe(false);
  link.rounds(5, { 3: 1 });
  link.rounds(20, { 3: 100 });
  expect(link.seemsFull([2])).toBe(false);
  expect(link.seemsFull([2, 3])).toBe(true);
  expect(link.seemsFull([])).toBe(false);
});

test('what is not answered yet counts for as long as it has taken', () => {
  const link = new Link();
  link.rounds(10, { 2: 1 });
  link.watch.heartbeatSent(2, 99, 2000);
  expect(link.watch.seemsFull([2], 2004, 0)).toBe(false);
  expect(link.watch.seemsFull([2], 2500, 0)).toBe(true);
});

test('an answer to another round than the one that is timed counts for nothing, and one that never comes is forgotten', () => {
  const watch = new LinkWatch();
  watch.heartbeatSent(2, 1, 0);
  watch.heartbeatSent(2, 2, 100);
  watch.heartbeatAnswered(2, 2, 5000);
  expect(watch.seemsFull([2], 5000, 0)).toBe(false);
  watch.heartbeatSent(2, 3, 10_001);
  watch.heartbeatAnswered(2, 3, 10_002);
  watch.heartbeatSent(2, 4, 10_100);
  watch.heartbeatAnswered(2, 4, 10_200);
  expect(watch.seemsFull([2], 10_200, 0)).toBe(true);
  watch.clear();
  expect(watch.seemsFull([2], 10_200, 0)).toBe(false);
});
