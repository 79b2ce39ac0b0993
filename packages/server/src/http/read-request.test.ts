import { columnsMax, messageBytesMax } from '@balsa/wire';
import { expect, test } from 'vitest';
import { Refusal } from '../service/refusal.ts';
import { aggregateRequest, rangeRequest } from './read-request.ts';

const fields = { device: 'root.plant.line4', measurements: ['temperature'], startMs: 0, endMs: 10 };

/** What the request is refused with. */
function refusalOf(read: (fields: unknown) => unknown, changes: object): string {
  try {
    read({ ...fields, ...changes });
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return 'accepted';
}

// Found by `npm run fuzz`: the answer named every single fault and was many times longer than the request.
test('a refusal names the first faults only', () => {
  const aggregate = { windowMs: 1, functions: new Array(100).fill('') };
  expect(refusalOf(aggregateRequest, aggregate)).toContain('and 95 more');
  const unknown = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`field${i}`, 1]));
  expect(refusalOf(rangeRequest, unknown).length).toBeLessThanOrEqual(messageBytesMax);
});

test('lists over the limit are refused before their items are looked at', () => {
  const measurements = new Array(columnsMax + 1).fill(0);
  expect(refusalOf(rangeRequest, { measurements })).toBe(`measurements: expected at most ${columnsMax}`);
  expect(refusalOf(aggregateRequest, { windowMs: 1, functions: measurements })).toContain('expected at most');
});
