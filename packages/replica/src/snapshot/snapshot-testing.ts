// What the tests of snapshots share.

import { configurationOf, type GroupId, type Index, type SnapshotPosition } from '@balsa/raft';
import type { SnapshotReader, SnapshotReceiver, SnapshotStore, StoredSnapshot } from '../ports.ts';

export function positionAt(index: Index): SnapshotPosition {
  return { index, term: index + 1, configuration: { ...configurationOf([1, 2, 3]), learners: [index + 10] } };
}

/** Bytes that differ from place to place, and from seed to seed. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

/** Makes a snapshot of `content`, given in pieces of `pieceBytes`. */
export async function makeSnapshot(
  store: SnapshotStore,
  group: GroupId,
  index: Index,
  content: Buffer,
  pieceBytes = 100_000,
): Promise<StoredSnapshot> {
  const writer = await store.create(group, positionAt(index));
  for (let at = 0; at < content.length; at += pieceBytes) await writer.write(content.subarray(at, at + pieceBytes));
  return writer.finish();
}

/** The content of the latest snapshot; `undefined` if there is none. */
export async function contentOf(store: SnapshotStore, group: GroupId): Promise<Buffer | undefined> {
  const reader = await store.open(group);
  if (reader === undefined) return undefined;
  try {
    return await allContent(reader);
  } finally {
    await reader.close();
  }
}

export async function allContent(reader: SnapshotReader): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.content()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes of the latest snapshot's file. */
export async function fileOf(store: SnapshotStore, group: GroupId): Promise<Buffer> {
  const reader = await store.open(group);
  if (reader === undefined) throw new Error(`group ${group} has no snapshot`);
  const pieces: Uint8Array[] = [];
  for (let offset = 0; ; ) {
    const bytes = await reader.read(offset, 1_000_000);
    if (bytes.length === 0) break;
    pieces.push(bytes);
    offset += bytes.length;
  }
  await reader.close();
  return Buffer.concat(pieces);
}

/** Sends the rest of a file, or up to `end`, in pieces of `pieceBytes`. */
export async function send(
  receiver: SnapshotReceiver,
  file: Buffer,
  pieceBytes: number,
  end: number = file.length,
): Promise<void> {
  while (receiver.offset < end) {
    await receiver.write(file.subarray(receiver.offset, Math.min(end, receiver.offset + pieceBytes)));
  }
}
