// Snapshots, as another node's disk brings them.

import { crc32c } from '@balsa/wire';
import { expectRefusal, FuzzFinding, type FuzzTarget, type Refusal } from '@balsa/wire/fuzz';
import { SnapshotError } from '../errors.ts';

interface Machine {
  apply(index: number, command: Uint8Array): Uint8Array;
  snapshot(): Iterable<Uint8Array>;
  restore(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  checksum(): number;
  statistics(): { readonly appliedIndex: number };
}

/** The record that ends a snapshot, and the checksum with which that one ends. */
const endRecordBytes = 9;
const checksumBytes = 4;
const pieceBytes = 7;

/**
 * A snapshot means the same however it is cut. One that is refused leaves what was there before; one that is taken makes a
 * state whose own snapshot makes the same state, and that takes commands.
 */
export function restoreTarget(name: string, create: () => Machine, commands: readonly Buffer[]): FuzzTarget {
  const filled = (): Machine => {
    const machine = create();
    for (const [i, command] of commands.entries()) machine.apply(i + 1, command);
    return machine;
  };
  const sample = bytesOf(filled());
  return {
    name,
    corpus: [sample, bytesOf(create())],
    words: ['root.', '`', 'BSNP'],
    reseal(bytes) {
      const end = bytes.length - endRecordBytes;
      if (end > 0) bytes.writeUInt32LE(crc32c(bytes.subarray(0, end)), bytes.length - checksumBytes);
    },
    async probe(input) {
      const [whole, cut] = [filled(), filled()];
      const refusal = await restore(whole, [input]);
      if ((await restore(cut, piecesOf(input))) !== refusal) throw new FuzzFinding('in pieces it means something else');
      const bytes = bytesOf(whole);
      if (!bytesOf(cut).equals(bytes)) throw new FuzzFinding('in pieces it makes another state');
      if (refusal !== undefined) {
        if (!bytes.equals(sample)) throw new FuzzFinding('it was refused, and the state has changed');
        return refusal;
      }
      const again = create();
      await again.restore(stream([bytes]));
      if (!bytesOf(again).equals(bytes) || again.checksum() !== whole.checksum()) {
        throw new FuzzFinding('the snapshot of what it makes makes something else');
      }
      const { appliedIndex } = again.statistics();
      if (appliedIndex < Number.MAX_SAFE_INTEGER) again.apply(appliedIndex + 1, commands[0] ?? Buffer.alloc(0));
      return undefined;
    },
  };
}

async function restore(machine: Machine, pieces: Iterable<Uint8Array>): Promise<Refusal> {
  try {
    await machine.restore(stream(pieces));
    return undefined;
  } catch (error) {
    return expectRefusal(error, [SnapshotError]);
  }
}

async function* stream(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function* piecesOf(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield Uint8Array.from(bytes.subarray(at, at + pieceBytes));
}

function bytesOf(machine: Machine): Buffer {
  return Buffer.concat([...machine.snapshot()]);
}
