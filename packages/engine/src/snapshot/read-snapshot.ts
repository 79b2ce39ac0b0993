import { type ByteReader, WireError } from '@balsa/wire';
import { SnapshotError } from '../errors.ts';
import type { SnapshotFormat } from './format.ts';
import { RecordCutter } from './record-cutter.ts';

/** Builds a state from records. */
export interface StateReader<State> {
  /** Takes in one record; `body` is only valid during the call. @throws SnapshotError, WireError. */
  accept(type: number, body: ByteReader): void;
  /** The state, now that all records were taken in. @throws SnapshotError SNAPSHOT_MALFORMED: something is missing. */
  finish(): State;
}

/** After so much work others get their turn: some milliseconds. In bytes, since a simulation must not see a clock. */
const turnBytes = 1024 * 1024;
/** What a record costs beside its bytes, in bytes that could be read in the same time. */
const recordWorkBytes = 1024;

/**
 * Reads the state that a snapshot holds. Resolves once the snapshot has ended and its checksum is right.
 * @throws SnapshotError SNAPSHOT_MALFORMED, SNAPSHOT_UNKNOWN, and what `reader` and `chunks` throw.
 */
export async function readSnapshot<State>(
  chunks: AsyncIterable<Uint8Array>,
  format: SnapshotFormat,
  reader: StateReader<State>,
): Promise<State> {
  const cutter = new RecordCutter(format);
  let workBytes = 0;
  for await (const { buffer, byteOffset, byteLength } of chunks) {
    for (const record of cutter.records(Buffer.from(buffer, byteOffset, byteLength))) {
      workBytes += recordWorkBytes + record.remaining;
      acceptRecord(reader, record);
      if (workBytes < turnBytes) continue;
      workBytes = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  cutter.finish();
  return reader.finish();
}

function acceptRecord(reader: StateReader<unknown>, record: ByteReader): void {
  try {
    reader.accept(record.u8(), record);
    record.finish();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new SnapshotError('SNAPSHOT_MALFORMED', error.message, { cause: error });
  }
}

/** The record is of a type that is not known, or there should be none of it here. */
export function recordOutOfPlace(type: number): SnapshotError {
  return new SnapshotError('SNAPSHOT_MALFORMED', `a record of type ${type} has no place here`);
}

/** The snapshot ends without the record that says what it holds. */
export function headMissing(): SnapshotError {
  return new SnapshotError('SNAPSHOT_MALFORMED', 'the snapshot is empty');
}
