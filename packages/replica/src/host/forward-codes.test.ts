import { expect, test } from 'vitest';
import type { ReplicaErrorCode } from '../errors.ts';
import { forwardCodeOf, forwardErrorOf } from './forward-codes.ts';

/** On the wire: they may be added to, but never changed. */
const published: readonly (readonly [ReplicaErrorCode, number])[] = [
  ['NOT_LEADER', 1],
  ['LEADER_CHANGED', 2],
  ['NO_QUORUM', 3],
  ['DEADLINE_EXCEEDED', 4],
  ['BUSY', 5],
  ['TOO_LARGE', 6],
  ['PAYLOAD_MALFORMED', 7],
  ['SESSION_UNKNOWN', 8],
  ['SESSION_REFUSED', 9],
  ['GROUP_FAILED', 10],
  ['STOPPED', 11],
  ['RESULT_TOO_LARGE', 12],
  ['WEAK_NOT_ALLOWED', 13],
];

test.each(published)('%s travels as %i', (code, number) => {
  expect(forwardCodeOf(code)).toBe(number);
  expect(forwardErrorOf(number)).toBe(code);
});

test('0 is success, a number of a newer version a failure, a code that does not travel a failed group', () => {
  expect(forwardErrorOf(0)).toBeUndefined();
  expect(forwardErrorOf(999)).toBe('GROUP_FAILED');
  expect(forwardCodeOf('LOG_DAMAGED')).toBe(10);
});
