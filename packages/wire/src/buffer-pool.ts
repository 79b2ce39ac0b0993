// The first touch of a page of memory costs 2-11 us in a virtual machine, more than everything else that is done for a
// message. So outgoing bytes go through a few buffers that are used again and again.

export interface BufferPool {
  /** A buffer of at least `bytes`, with garbage in it. */
  acquire(bytes: number): Buffer;
  /** Gives a buffer back. Nobody may hold a view of it any more. */
  release(buffer: Buffer): void;
}

/** Leaves it all to the garbage collector: for bytes that the caller keeps. */
export const unpooled: BufferPool = {
  acquire: (bytes) => Buffer.allocUnsafeSlow(bytes),
  release: () => {},
};

const smallestClassBits = 14;
const largestClassBits = 22;

/** Keeps up to `retainedBytesMax` of released buffers, in sizes of powers of two from 16 KiB to 4 MiB. */
export class RetainingPool implements BufferPool {
  readonly #retainedBytesMax: number;
  readonly #free: Buffer[][] = Array.from({ length: largestClassBits - smallestClassBits + 1 }, () => []);
  #retainedBytes = 0;

  constructor(retainedBytesMax: number) {
    this.#retainedBytesMax = retainedBytesMax;
  }

  get retainedBytes(): number {
    return this.#retainedBytes;
  }

  acquire(bytes: number): Buffer {
    const bits = Math.max(smallestClassBits, 32 - Math.clz32(bytes - 1));
    const buffer = this.#free[bits - smallestClassBits]?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(bits > largestClassBits ? bytes : 2 ** bits);
    this.#retainedBytes -= buffer.length;
    return buffer;
  }

  release(buffer: Buffer): void {
    const bits = 31 - Math.clz32(buffer.length);
    const free = this.#free[bits - smallestClassBits];
    if (free === undefined || buffer.length !== 2 ** bits) return;
    if (this.#retainedBytes + buffer.length > this.#retainedBytesMax) return;
    this.#retainedBytes += buffer.length;
    free.push(buffer);
  }
}

/** What all connections of the process share. */
export const connectionPool: RetainingPool = new RetainingPool(32 * 1024 * 1024);
