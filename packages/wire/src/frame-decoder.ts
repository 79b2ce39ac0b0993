// Cuts a stream of bytes into frames. A frame that lies within one chunk is handed on where it lies; one that spans
// chunks is put together once. The length is checked against the limit before memory is taken for it.

import { WireError } from './errors.ts';
import { frameHeaderBytes } from './frame-queue.ts';

const lengthBytes = 4;
const typeBytes = 1;

/** Keeps a quiet connection alive; read and forgotten. */
export const pingFrameType = 0;

export interface FrameReceiver {
  /**
   * One frame's body, from `start` up to `end` of `bytes`. The memory is never written again and may be kept, but a
   * small part that is kept for long holds the whole chunk it came in.
   */
  onFrame(type: number, bytes: Buffer, start: number, end: number): void;
}

export class FrameDecoder {
  /** Of a frame's type and body together. */
  frameBytesMax: number;
  readonly #header = Buffer.alloc(frameHeaderBytes);
  #headerFilled = 0;
  #body: Buffer | undefined;
  #bodyFilled = 0;
  #stopped = false;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** No further frames, not even those of the chunk that is being read. */
  stop(): void {
    this.#stopped = true;
    this.#body = undefined;
  }

  /** @throws WireError FRAME_TOO_LARGE, BYTES_MALFORMED; the stream cannot be read on after that. */
  push(chunk: Buffer, receiver: FrameReceiver, start = 0): void {
    let offset = start;
    if (this.#headerFilled > 0) offset = this.#continueFrame(chunk, offset, receiver);
    while (chunk.length - offset >= frameHeaderBytes && !this.#stopped) {
      const length = this.#checkedLength(chunk.readUInt32LE(offset));
      const end = offset + lengthBytes + length;
      if (end > chunk.length) break;
      const type = chunk[offset + lengthBytes] ?? pingFrameType;
      if (type !== pingFrameType) receiver.onFrame(type, chunk, offset + frameHeaderBytes, end);
      offset = end;
    }
    if (offset < chunk.length && !this.#stopped) this.#continueFrame(chunk, offset, receiver);
  }

  /** Takes what the unfinished frame still needs; returns where the next frame begins. */
  #continueFrame(chunk: Buffer, start: number, receiver: FrameReceiver): number {
    let offset = start;
    if (this.#headerFilled < frameHeaderBytes) {
      const taken = chunk.copy(this.#header, this.#headerFilled, offset);
      this.#headerFilled += taken;
      offset += taken;
      if (this.#headerFilled < frameHeaderBytes) return offset;
    }
    if (this.#body === undefined) {
      const length = this.#checkedLength(this.#header.readUInt32LE(0));
      this.#body = Buffer.allocUnsafeSlow(length - typeBytes);
      this.#bodyFilled = 0;
    }
    const body = this.#body;
    const taken = chunk.copy(body, this.#bodyFilled, offset);
    this.#bodyFilled += taken;
    offset += taken;
    if (this.#bodyFilled === body.length) {
      this.#body = undefined;
      this.#headerFilled = 0;
      const type = this.#header[lengthBytes] ?? pingFrameType;
      if (type !== pingFrameType) receiver.onFrame(type, body, 0, body.length);
    }
    return offset;
  }

  #checkedLength(length: number): number {
    if (length > this.frameBytesMax) {
      throw new WireError('FRAME_TOO_LARGE', `a frame of ${length} bytes is over the limit of ${this.frameBytesMax}`);
    }
    if (length < typeBytes) throw new WireError('BYTES_MALFORMED', 'a frame is empty: it has no type');
    return length;
  }
}
