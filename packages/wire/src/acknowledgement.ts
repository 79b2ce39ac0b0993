// How far a write is to have come before whoever asked for it is answered, as one byte on the wire. docs/weak-writes.md tells what each
// of them promises.

import { WireError } from './errors.ts';

export const acknowledgementCodes = { weak: 1, committed: 2, applied: 3 } as const;

export type Acknowledgement =
  /** A quorum has received it, perhaps only in memory: it can be lost if more nodes fail than the group bears. */
  | 'weak'
  /** It is durable on a quorum, and will be applied. What the state machine says to it is not known yet. */
  | 'committed'
  /** It is applied, and this is the state machine's answer. */
  | 'applied';

/** Those that are not the last word. */
export type EarlyAcknowledgement = Exclude<Acknowledgement, 'applied'>;

/** @throws WireError BYTES_MALFORMED. */
export function acknowledgementOf(code: number): Acknowledgement {
  switch (code) {
    case acknowledgementCodes.weak:
      return 'weak';
    case acknowledgementCodes.committed:
      return 'committed';
    case acknowledgementCodes.applied:
      return 'applied';
    default:
      throw new WireError('BYTES_MALFORMED', `an acknowledgement has the code ${code}, which is not known here`);
  }
}

/** @throws WireError BYTES_MALFORMED: also for `applied`, which is told by an answer of its own. */
export function earlyAcknowledgementOf(code: number): EarlyAcknowledgement {
  const acknowledgement = acknowledgementOf(code);
  if (acknowledgement === 'applied') throw new WireError('BYTES_MALFORMED', 'applied is no early acknowledgement');
  return acknowledgement;
}
