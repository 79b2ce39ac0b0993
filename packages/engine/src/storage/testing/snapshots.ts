// Snapshots as a host handles them: taken, held, brought to another engine, and restored there.

import type { HeldFiles } from '../snapshot/held-files.ts';
import type { StorageEngine } from '../storage-engine.ts';

export interface TakenSnapshot {
  readonly content: Uint8Array;
  readonly held: HeldFiles;
}

export async function takeSnapshot(engine: StorageEngine): Promise<TakenSnapshot> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of engine.snapshot()) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  return { content, held: await engine.files.hold(content) };
}

/** Brings the files of a snapshot to another engine, as far as it lacks them. Returns their bytes, by where they came from. */
export async function bringFiles(
  into: StorageEngine,
  { content, held }: TakenSnapshot,
  pieceBytes = 1000,
): Promise<{ readonly held: HeldFiles; readonly bytesFetched: number }> {
  const receiver = await into.files.receive(content);
  let bytesFetched = 0;
  try {
    while (receiver.offset < receiver.bytes) {
      const bytes = await held.read(receiver.offset, pieceBytes);
      bytesFetched += bytes.length;
      if (!(await receiver.write(bytes))) throw new Error('another file than was announced');
    }
    return { held: await receiver.finish(), bytesFetched };
  } finally {
    await receiver.close();
  }
}

export async function* inOneChunk(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

/** The other engine becomes what the snapshot holds. Returns how many bytes it lacked. */
export async function install(into: StorageEngine, taken: TakenSnapshot): Promise<number> {
  const { held, bytesFetched } = await bringFiles(into, taken);
  try {
    await into.restore(inOneChunk(taken.content));
  } finally {
    held.release();
  }
  return bytesFetched;
}
