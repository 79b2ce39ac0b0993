// The file of a snapshot: as it lies on the disk, and as another node sends it.

import { crc32c } from '@balsa/wire';
import { decoderTarget, expectRefusal, FuzzFinding, type FuzzTarget, type Refusal } from '@balsa/wire/fuzz';
import { writeFile } from '../disk/promises.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { ReplicaError } from '../errors.ts';
import {
  chunkHeaderBytes,
  decodeHeader,
  encodeEnd,
  encodeHeader,
  endBytes,
  headerFixedBytes,
  headerLength,
  type SnapshotHeader,
  sealChunk,
} from '../snapshot/layout.ts';
import { SnapshotFiles } from '../snapshot/snapshot-files.ts';
import { contentOf, pattern } from '../snapshot/snapshot-testing.ts';

const folder = '/snapshots';
const group = 1;
const header: SnapshotHeader = {
  group,
  id: 2 ** 47,
  index: 2 ** 40,
  term: 7,
  configuration: { voters: [1, 2, 3], outgoing: [1, 2], learners: [4], preferredLeader: 2, leases: false },
};

const snapshotHeader = decoderTarget({
  name: 'replica/snapshot-header',
  corpus: [encodeHeader(header)],
  refusals: [ReplicaError],
  reseal: (bytes) => resealPieces(bytes.subarray(0, headerEnd(bytes))),
  decode: (input) => {
    const isWhole = input.length >= headerFixedBytes && headerLength(input) === input.length;
    const decoded = isWhole ? decodeHeader(input) : undefined;
    if (decoded === undefined) throw new ReplicaError('SNAPSHOT_DAMAGED', 'no header');
    return decoded;
  },
  encode: encodeHeader,
  isCanonical: true,
});

/** Input: a file that a process finds as the latest snapshot. */
const snapshotFile: FuzzTarget = {
  name: 'replica/snapshot',
  corpus: [fileOf([]), fileOf([10]), fileOf([3000, 40])],
  reseal: resealPieces,
  probe: (input) =>
    refusalOf(async (disk) => {
      await disk.createFolder(folder);
      const file = await disk.open(`${folder}/group-${group}.1.snapshot`, { create: true });
      await writeFile(file, input, 0);
      await file.close();
      return openAndRead(disk);
    }),
};

/** Input: what comes where a snapshot was announced, in two pieces, and what was refused once more. */
const snapshotCopy: FuzzTarget = {
  name: 'replica/snapshot-copy',
  corpus: [fileOf([10]), fileOf([3000, 40])],
  reseal: resealPieces,
  probe: (input) =>
    refusalOf(async (disk) => {
      const store = await SnapshotFiles.open({ disk, folder });
      const receiver = await store.receive(group, { ...header, bytes: input.length });
      let refusal: ReplicaError | undefined;
      for (const end of [input.length >>> 1, input.length, input.length]) {
        const { offset } = receiver;
        try {
          if (offset < end) await receiver.write(input.subarray(offset, end));
        } catch (error) {
          refusal = asRefusal(error);
        }
        if (receiver.offset > end) throw new FuzzFinding(`of ${end} bytes ${receiver.offset} are there`);
      }
      try {
        await receiver.finish();
      } catch (error) {
        refusal ??= asRefusal(error);
      }
      const isTaken = store.latest(group) !== undefined;
      await store.close();
      const damage = await openAndRead(disk);
      if (isTaken && damage !== undefined) throw new FuzzFinding(`what was taken is damaged: ${damage.message}`);
      return refusal;
    }),
};

export const snapshotTargets: readonly FuzzTarget[] = [snapshotHeader, snapshotFile, snapshotCopy];

async function refusalOf(probe: (disk: SimulatedDisk) => Promise<ReplicaError | undefined>): Promise<Refusal> {
  const disk = new SimulatedDisk();
  let refusal: ReplicaError | undefined;
  try {
    refusal = await probe(disk);
  } catch (error) {
    refusal = asRefusal(error);
  }
  if (disk.openFiles > 0) throw new FuzzFinding(`${disk.openFiles} files stay open`);
  return refusal?.message;
}

/** Whatever the store takes for the latest snapshot can be read. */
async function openAndRead(disk: SimulatedDisk): Promise<ReplicaError | undefined> {
  const store = await SnapshotFiles.open({ disk, folder });
  const latest = store.latest(group);
  const content = await contentOf(store, group);
  await store.close();
  if (content !== undefined && content.length >= latest!.bytes) throw new FuzzFinding('more is read than there is');
  return store.damage(group);
}

function asRefusal(error: unknown): ReplicaError {
  expectRefusal(error, [ReplicaError]);
  return error as ReplicaError;
}

/** A file with chunks of these lengths. */
function fileOf(lengths: readonly number[]): Buffer {
  const pieces = [encodeHeader(header)];
  let checksum = pieces[0]!.readUInt32LE(4);
  for (const length of lengths) {
    const chunk = Buffer.concat([Buffer.alloc(chunkHeaderBytes), pattern(length)]);
    checksum = sealChunk(chunk, checksum);
    pieces.push(chunk);
  }
  const contentBytes = lengths.reduce((sum, length) => sum + length, 0);
  return Buffer.concat([...pieces, encodeEnd({ contentBytes, chunks: lengths.length }, checksum)]);
}

function headerEnd(bytes: Buffer): number {
  const length = bytes.length < headerFixedBytes ? undefined : headerLength(bytes);
  return Math.min(length ?? bytes.length, bytes.length);
}

/** Sets the chain of checksums right, as far as there are pieces. */
function resealPieces(bytes: Buffer): void {
  if (bytes.length < headerFixedBytes) return;
  let at = headerEnd(bytes);
  let checksum = crc32c(bytes.subarray(8, at));
  bytes.writeUInt32LE(checksum, 4);
  while (at + chunkHeaderBytes <= bytes.length) {
    const contentBytes = bytes.readUInt32LE(at + 4);
    const end = Math.min(bytes.length, at + (contentBytes === 0 ? endBytes : chunkHeaderBytes + contentBytes));
    checksum = crc32c(bytes.subarray(at + 4, end), checksum);
    bytes.writeUInt32LE(checksum, at);
    at = end;
  }
}
