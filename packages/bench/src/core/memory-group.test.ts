import { type Batch, lastIndexOf } from '@balsa/raft';
import { expect, test } from 'vitest';
import { MemoryGroup } from './memory-group.ts';

test.each([1, 2, 3, 5])('%i members apply what was proposed, each entry once and in order', (members) => {
  const applied = Array.from({ length: members }, (): Batch[] => []);
  const group = new MemoryGroup({
    members,
    cacheBytesMax: 64,
    seal: (count) => new Uint8Array(count),
    apply: (member, batch) => applied[member - 1]!.push(batch),
  });
  const counts = [1, 7, 1, 30, 2];
  for (const count of counts) group.propose(count);
  const [leader, ...followers] = applied;
  expect(leader!.map(({ count }) => count)).toEqual(counts);
  expect(leader!.every((batch, i) => i === 0 || batch.firstIndex === lastIndexOf(leader![i - 1]!) + 1)).toBe(true);
  // They hear that a batch is committed with the next one.
  for (const follower of followers) expect(follower).toEqual(leader!.slice(0, -1));
});

test('a batch that falls out of memory before it is applied is an error, not a gap', () => {
  const group = new MemoryGroup({
    members: 3,
    cacheBytesMax: 1,
    seal: (count) => new Uint8Array(count),
    apply: () => {},
  });
  expect(() => group.propose(10)).toThrow(/entry 1 is no longer in memory/);
});
