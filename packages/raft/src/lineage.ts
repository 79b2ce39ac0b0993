// A group that has lost a majority of its voters for good can be forced to go on with those that are left
// (docs/recovery.md). From then on there may be two histories: the one that goes on, and the one that the lost members
// remember. Raft cannot tell them apart by itself, for each is right within its own configuration; so every forced
// recovery begins a new *lineage* of terms, which the upper bits of a term name: lineage n has the terms from n * 2^32 on.
//
// A member takes nothing from a lineage before its own, and sends nothing into it. So who was left behind can neither
// depose a leader of the new lineage nor be drawn into it by an answer; it gets there only if a leader counts it among its
// members again. No election leads into the next lineage: at ten a second, 2^31 of them take almost seven years.

import type { Term } from './types.ts';

const termsPerLineage = 2 ** 32;
/** The first half of a lineage's terms is for recoveries to begin in, the rest for elections. */
const firstTermsMax = 2 ** 31;

/** How often the group was forced to go on without a quorum, before this term. */
export function lineageOf(term: Term): number {
  return Math.floor(term / termsPerLineage);
}

/**
 * A term in which the lineage after that of `term` may begin. `drawn`, from 0 to 2^31 - 1, must hardly ever be the same twice:
 * two recoveries of one group that know nothing of each other must not write different entries of one term.
 * @throws RangeError: there is no lineage left, or `drawn` is none of these.
 */
export function firstTermOfNextLineage(term: Term, drawn: number): Term {
  const first = (lineageOf(term) + 1) * termsPerLineage;
  if (!Number.isInteger(drawn) || drawn < 0 || drawn >= firstTermsMax) throw new RangeError(`${drawn} is out of range`);
  if (!Number.isSafeInteger(first + termsPerLineage)) throw new RangeError(`no lineage follows on term ${term}`);
  return first + drawn;
}
