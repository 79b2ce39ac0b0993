// Error codes as numbers, for the answers that travel between nodes. Numbers are never reused.

import type { ReplicaErrorCode } from '../errors.ts';

const codes = {
  NOT_LEADER: 1,
  LEADER_CHANGED: 2,
  NO_QUORUM: 3,
  DEADLINE_EXCEEDED: 4,
  BUSY: 5,
  TOO_LARGE: 6,
  PAYLOAD_MALFORMED: 7,
  SESSION_UNKNOWN: 8,
  SESSION_REFUSED: 9,
  GROUP_FAILED: 10,
  STOPPED: 11,
  RESULT_TOO_LARGE: 12,
  WEAK_NOT_ALLOWED: 13,
} as const satisfies Partial<Record<ReplicaErrorCode, number>>;

type ForwardableCode = keyof typeof codes;

const errors = new Map<number, ForwardableCode>(
  Object.entries(codes).map(([code, number]) => [number, code as ForwardableCode]),
);

export function forwardCodeOf(code: ReplicaErrorCode): number {
  return code in codes ? codes[code as ForwardableCode] : codes.GROUP_FAILED;
}

/** `undefined` for 0, success. A number of a newer version means a failure that is not known here. */
export function forwardErrorOf(number: number): ReplicaErrorCode | undefined {
  return number === 0 ? undefined : (errors.get(number) ?? 'GROUP_FAILED');
}
