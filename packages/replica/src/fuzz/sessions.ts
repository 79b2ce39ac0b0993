// The session table as it stands in a snapshot, which another node may have written.

import { decoderTarget, FuzzFinding, type FuzzTarget } from '@balsa/wire/fuzz';
import { ReplicaError } from '../errors.ts';
import type { SessionLimits } from '../host/session-limits.ts';
import { SessionTable } from '../host/session-table.ts';

const limits: SessionLimits = {
  sessionsMax: 100,
  resultsPerSessionMax: 50,
  sessionResultBytesMax: 20_000,
  sessionsBytesMax: 60_000,
  resultBytesMax: 3000,
};

/** Whatever is accepted keeps to the limits, and goes on as a table that came about here. */
const sessionTable = decoderTarget({
  name: 'replica/session-table',
  corpus: [bytesOf(new SessionTable(limits)), bytesOf(sampleTable(3)), bytesOf(sampleTable(40))],
  refusals: [ReplicaError],
  decode: (input) => {
    const table = SessionTable.decode(limits, input);
    if (table.size > limits.sessionsMax || table.bytes > limits.sessionsBytesMax) {
      throw new FuzzFinding(`a table of ${table.size} sessions and ${table.bytes} bytes was accepted`);
    }
    goOn(SessionTable.decode(limits, input));
    return table;
  },
  encode: bytesOf,
  isCanonical: true,
});

export const sessionTargets: readonly FuzzTarget[] = [sessionTable];

function bytesOf(table: SessionTable): Buffer {
  return Buffer.concat([...table.encode()]);
}

function sampleTable(sessions: number): SessionTable {
  const table = new SessionTable(limits);
  for (let index = 1; index <= sessions; index++) table.open(index);
  for (let sequence = 1; sequence <= 9; sequence++) {
    const header = { session: 1 + (sequence % 2), sequence, acknowledgedBelow: 2 };
    table.apply(sessions + sequence, header, () => new Uint8Array(sequence < 8 ? 10 * sequence : 4000));
  }
  return table;
}

/** A new session, then the end of all others, then of all. */
function goOn(table: SessionTable): void {
  const last = table.newestActivity ?? 0;
  if (last > Number.MAX_SAFE_INTEGER - 2) return;
  table.open(last + 1);
  const { size } = table;
  if (size > limits.sessionsMax || table.bytes > limits.sessionsBytesMax)
    throw new FuzzFinding('an opening broke limits');
  table.endSilent(last + 1);
  if (table.size !== 1) throw new FuzzFinding(`of ${size} sessions, ${table.size} are left where one was active`);
  table.endSilent(last + 2);
  if (table.bytes !== 0) throw new FuzzFinding(`an empty table counts for ${table.bytes} bytes`);
}
