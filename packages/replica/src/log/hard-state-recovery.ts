// What the two copies of a group's record tell after a crash.
//
// A save writes copy A, waits until it is durable, writes copy B, waits again, and only then answers. So at most one of
// the two is ever being written, and B is never ahead of A. With `q` the last sequence that was answered:
//
//   A        B        what happened                                       result
//   q        q        nothing                                             q
//   q+1      q        crash between the copies; q+1 was not answered      q+1 (keeping an unanswered vote is safe)
//   q+1      damaged  crash while writing B, or B was damaged             A
//   damaged  q        crash while writing A, or A was damaged             B: either way the last that was answered
//   damaged  blank    crash in the first save of the group                nothing was ever answered
//   1        blank    crash between the copies of the first save          A
//   blank    q        A was lost                                          B
//   damaged  damaged  both lost                                           HARD_STATE_DAMAGED
//   q        p        p > q, p + 1 < q, or of another group: the disk     HARD_STATE_DAMAGED
//                     lost a write that it had called durable
//
// So any damage to a single copy is repaired, and the node refuses to start where its vote cannot be known: a node that
// forgets a vote can elect two leaders in one term.

import { ReplicaError } from '../errors.ts';
import { decodeHardState, type HardStateRecord, isSameHardState } from './hard-state-record.ts';
import { isZero, sectorBytes } from './layout.ts';

/** The group's record; `undefined` if nothing was ever answered from here. `place` names the slot in an error. */
export function recoverSlot(sectorA: Buffer, sectorB: Buffer, place: string): HardStateRecord | undefined {
  const a = decodeHardState(sectorA);
  const b = decodeHardState(sectorB);
  if (a !== undefined && b !== undefined) {
    const isInStep = isSameHardState(a, b) || (a.group === b.group && a.sequence === b.sequence + 1);
    if (!isInStep) throw hardStateDamaged(place, 'the two copies contradict each other');
    return a;
  }
  const record = a ?? b;
  if (record === undefined && !isZero(sectorB, 0, sectorBytes))
    throw hardStateDamaged(place, 'both copies are damaged');
  return record;
}

export function hardStateDamaged(place: string, what: string): ReplicaError {
  return new ReplicaError(
    'HARD_STATE_DAMAGED',
    `term and vote damaged at ${place}: ${what}. This node must not vote as if nothing had happened: in a cluster of three or more, move its data folder away and start it with replacesLostDisk set; in a smaller one, restore the folder from a backup.`,
  );
}
