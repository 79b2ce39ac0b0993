import { StatusCode } from '@balsa/wire';
import { expect, test } from 'vitest';
import { EarlyWrites } from './early-writes.ts';

const lost = -1;
const failure = { status: undefined, retryAfterMs: 0, leader: '', message: 'gone' };

test('a client is answered once for each write, early or not, and its sequences are settled by their outcomes', () => {
  const answers: [number, number][] = [];
  const writes = new EarlyWrites(2, lost, (client, status) => answers.push([client, status]));
  const first = writes.begin(1)!;
  writes.accepted(first.token);
  const second = writes.begin(1)!;
  expect([first, second]).toMatchObject([
    { sequence: 1, acknowledgedBelow: 1 },
    { sequence: 2, acknowledgedBelow: 1 },
  ]);
  writes.written(first.token, 7, StatusCode.SUCCESS);
  writes.written(second.token, 8, StatusCode.SUCCESS);
  const third = writes.begin(1)!;
  expect(third).toMatchObject({ sequence: 3, acknowledgedBelow: 3 });
  writes.failed(third.token, failure);
  const other = writes.begin(0)!;
  writes.cancel(other.token);
  expect(answers).toEqual([
    [1, StatusCode.SUCCESS],
    [1, StatusCode.SUCCESS],
    [1, lost],
  ]);
});

test('what counted as a success and fails ends the measurement', () => {
  const writes = new EarlyWrites(1, lost, () => {});
  const { token } = writes.begin(0)!;
  writes.accepted(token);
  expect(() => writes.failed(token, failure)).toThrow('told of early has failed: gone');
});
