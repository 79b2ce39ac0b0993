import { expect, it } from 'vitest';
import { MemoryBudget, type SharedMemory } from './memory-budget.ts';

function shared(bytesMax: number): SharedMemory & { readonly held: () => number } {
  let held = 0;
  return {
    held: () => held,
    tryTake: (bytes) => {
      if (held + bytes > bytesMax) return false;
      held += bytes;
      return true;
    },
    giveBack: (bytes) => {
      held -= bytes;
    },
  };
}

it('takes no more than its own, and no more than is left for all', () => {
  const all = shared(100);
  const [one, other] = [new MemoryBudget(80, all), new MemoryBudget(80, all)];
  const outOfMemory = expect.objectContaining({ code: 'QUERY_OUT_OF_MEMORY' });
  one.take(70);
  expect(() => one.take(20)).toThrow(outOfMemory);
  expect(() => other.take(40)).toThrow(outOfMemory);
  expect([one.bytesHeld, other.bytesHeld, all.held()]).toEqual([70, 0, 70]);
  one.give(30);
  other.take(40);
  expect([one.bytesPeak, all.held()]).toEqual([70, 80]);
});

it('leaves nothing behind when its query ends, whatever that still counts', () => {
  const all = shared(100);
  const budget = new MemoryBudget(80, all);
  budget.take(50);
  budget.end();
  expect(all.held()).toBe(0);
  budget.give(20);
  budget.take(10);
  budget.end();
  expect(all.held()).toBe(0);
});
