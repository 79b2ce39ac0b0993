// What a group's snapshot holds: the table of client sessions, then the state machine's state.
//
//   the table, in pieces: u32 length (little endian, not 0) | bytes; then u32 0
//   the state machine's chunks, up to the end

import { ReplicaError } from '../errors.ts';

/** Of a piece of the session table; checked before memory is taken. */
const pieceBytesMax = 16 * 1024 * 1024;
const lengthBytes = 4;

/** Both are taken lazily, while commands go on being applied. */
export async function* writeSnapshotContent(
  sessions: Iterable<Uint8Array>,
  state: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for (const piece of sessions) {
    if (piece.length === 0) continue;
    yield lengthOf(piece.length);
    yield piece;
  }
  yield lengthOf(0);
  yield* state;
}

export interface SnapshotParts {
  readonly sessions: readonly Uint8Array[];
  /** The rest, to be read to its end. */
  readonly state: AsyncIterable<Uint8Array>;
}

/** Takes apart what `writeSnapshotContent` gave, however it was cut since. @throws ReplicaError SNAPSHOT_DAMAGED. */
export async function readSnapshotContent(content: AsyncIterable<Uint8Array>): Promise<SnapshotParts> {
  const source = new ChunkedBytes(content);
  const sessions: Uint8Array[] = [];
  for (;;) {
    const length = (await source.take(lengthBytes)).readUInt32LE(0);
    if (length === 0) return { sessions, state: source.rest() };
    if (length > pieceBytesMax) throw damaged(`a piece of the session table claims ${length} bytes`);
    sessions.push(await source.take(length));
  }
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  bytes.writeUInt32LE(length, 0);
  return bytes;
}

class ChunkedBytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Uint8Array = new Uint8Array();

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#chunks = content[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      if (this.#left.length === 0) {
        const next = await this.#chunks.next();
        if (next.done === true) throw damaged('it ends within the session table');
        this.#left = next.value;
      }
      const part = this.#left.subarray(0, missing);
      this.#left = this.#left.subarray(part.length);
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    try {
      if (this.#left.length > 0) yield this.#left;
      for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next()) yield next.value;
    } finally {
      await this.#chunks.return?.();
    }
  }
}

function damaged(what: string): ReplicaError {
  return new ReplicaError('SNAPSHOT_DAMAGED', `the content of the snapshot is not what was written: ${what}`);
}
