// Frames on their way out, encoded straight into one buffer that goes to the socket in one write. Large bodies that
// exist already (a batch, a query result) are not copied into it but remembered by their place between its bytes.
//
//   u32 length of what follows | u8 type | body

import { type BufferPool, connectionPool } from './buffer-pool.ts';
import { ByteWriter } from './byte-writer.ts';

export const frameHeaderBytes = 5;
const lengthBytes = 4;
/** Below this, a copy costs less than one more buffer in the system call. */
const attachBytesMin = 16 * 1024;
const startBytes = 16 * 1024;

/** Where encoders put frames: `begin`, write the body, `end`. */
export interface FrameSink {
  /** The body follows; a frame that was begun and not ended is forgotten. */
  begin(type: number): ByteWriter;
  /** Bytes of the body that nobody will change until they are sent. */
  attach(bytes: Uint8Array): void;
  end(): void;
}

interface Attachment {
  /** They stand before this byte of the queue's own. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What a queue held, in order; `release` once all of it is sent. */
export interface OutgoingBytes {
  readonly pieces: readonly Uint8Array[];
  readonly byteLength: number;
  release(): void;
}

export class FrameQueue implements FrameSink {
  readonly #pool: BufferPool;
  #writer: ByteWriter | undefined;
  #attachments: Attachment[] = [];
  #attachedBytes = 0;
  // State at the end of the last complete frame.
  #completeLength = 0;
  #completeAttachments = 0;
  #completeBytes = 0;

  constructor(pool: BufferPool = connectionPool) {
    this.#pool = pool;
  }

  /** Bytes of all complete frames. */
  get byteLength(): number {
    return this.#completeBytes;
  }

  begin(type: number): ByteWriter {
    this.#forgetUnfinished();
    this.#writer ??= new ByteWriter(startBytes, this.#pool);
    const writer = this.#writer;
    writer.u32(0);
    writer.u8(type);
    return writer;
  }

  attach(bytes: Uint8Array): void {
    const writer = this.#open();
    if (bytes.length < attachBytesMin) {
      writer.raw(bytes);
      return;
    }
    this.#attachments.push({ at: writer.length, bytes });
    this.#attachedBytes += bytes.length;
  }

  end(): void {
    const writer = this.#open();
    const bytes = writer.length + this.#attachedBytes;
    writer.bytes.writeUInt32LE(bytes - this.#completeBytes - lengthBytes, this.#completeLength);
    this.#completeLength = writer.length;
    this.#completeAttachments = this.#attachments.length;
    this.#completeBytes = bytes;
  }

  /** Hands over all complete frames; the queue is empty afterwards. */
  take(): OutgoingBytes {
    this.#forgetUnfinished();
    const pool = this.#pool;
    const buffer = this.#writer?.bytes ?? Buffer.alloc(0);
    const pieces = split(buffer, this.#completeLength, this.#attachments);
    const byteLength = this.#completeBytes;
    this.#writer = undefined;
    this.#attachments = [];
    this.#attachedBytes = 0;
    this.#completeLength = 0;
    this.#completeAttachments = 0;
    this.#completeBytes = 0;
    return { pieces, byteLength, release: () => pool.release(buffer) };
  }

  #open(): ByteWriter {
    if (this.#writer === undefined || this.#writer.length === this.#completeLength) {
      throw new Error('no frame has been begun');
    }
    return this.#writer;
  }

  #forgetUnfinished(): void {
    if (this.#writer === undefined) return;
    this.#writer.length = this.#completeLength;
    this.#attachments.length = this.#completeAttachments;
    this.#attachedBytes = this.#completeBytes - this.#completeLength;
  }
}

function split(buffer: Buffer, length: number, attachments: readonly Attachment[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const { at, bytes } of attachments) {
    if (at > from) pieces.push(buffer.subarray(from, at));
    pieces.push(bytes);
    from = at;
  }
  if (length > from) pieces.push(buffer.subarray(from, length));
  return pieces;
}
