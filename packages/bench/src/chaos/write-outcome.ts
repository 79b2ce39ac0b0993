import { ClientError } from '@balsa/client';
import { Outcome } from './ledger.ts';

/** What the client's error says about the write. Whatever says nothing definite leaves it unknown. */
export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ClientError)) return Outcome.unknown;
  // `applied` with an error is the state machine's final refusal.
  return error.outcome === 'rejected' || error.outcome === 'applied' ? Outcome.rejected : Outcome.unknown;
}
