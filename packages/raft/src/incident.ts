// What the number of an incident says (restoring.md). It is drawn, so that no two are the same; its last bit tells what was lost.

import type { HardState } from './types.ts';

/** What a disk lost: the end of the log only, or everything, term and vote as well. */
export type IncidentLoss = 'entries' | 'andVotes';

/** `drawn`: a positive integer below 2^52, hardly ever the same twice. */
export function incidentNumber(drawn: number, loss: IncidentLoss): number {
  return 2 * drawn + (loss === 'andVotes' ? 0 : 1);
}

/** Of a member whose disk has lost entries now. What an earlier incident lost that is still open, it has not got back. */
export function withLostEntries(hardState: HardState, drawn: number): HardState {
  const loss = hasForgottenVotes(hardState.incident) ? 'andVotes' : 'entries';
  return { ...hardState, incident: incidentNumber(drawn, loss) };
}

/** Of an open incident: may the member have voted in terms that it does not know? */
export function hasForgottenVotes(incident: number): boolean {
  return incident > 0 && incident % 2 === 0;
}
