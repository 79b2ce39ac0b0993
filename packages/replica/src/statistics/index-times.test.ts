import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IndexTimes } from './index-times.ts';

test('what was begun comes out in its order, once its index is reached', () => {
  const step = fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('push' as const), by: fc.nat(3) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('take' as const), by: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), by: fc.constant(0) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 50, maxLength: 300 }), (steps) => {
      const times = new IndexTimes();
      let model: { readonly index: number; readonly atMs: number }[] = [];
      let [index, taken, nowMs] = [0, 0, 0];
      for (const { kind, by } of steps) {
        nowMs++;
        if (kind === 'push') {
          index += by;
          times.push(index, nowMs);
          model.push({ index, atMs: nowMs });
        } else if (kind === 'take') {
          taken += by;
          const expected = model.find((entry) => entry.index <= taken) && model.shift();
          expect(times.takeUpTo(taken)).toBe(expected?.atMs);
        } else {
          times.clear();
          model = [];
        }
        expect(times.count).toBe(model.length);
      }
    }),
  );
});

test('of too many, the oldest are forgotten', () => {
  const times = new IndexTimes();
  for (let index = 1; index <= 600; index++) times.push(index, index);
  expect(times.count).toBe(512);
  expect(times.takeUpTo(88)).toBeUndefined();
  expect(times.takeUpTo(600)).toBe(89);
});
