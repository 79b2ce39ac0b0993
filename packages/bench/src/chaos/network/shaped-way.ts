// One way between two nodes, for all connections that use it: whatever travels along it is kept in order, and can be
// held back (cut), slowed down (bytes per second) or delayed. As with real packets, what is on its way when a way is cut
// is not lost for good: the sender's TCP would send it again, so here it waits.

import type { Socket } from 'node:net';

/** Of one connection; more than that stays with the sender, who notices. */
const heldBytesMax = 256 * 1024;

export class ShapedWay {
  #isOpen = true;
  #bytesPerSecond = Number.POSITIVE_INFINITY;
  #delayMs = 0;
  #freeAtMs = 0;
  readonly #streams = new Set<ShapedStream>();

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  cut(): void {
    this.#isOpen = false;
  }

  mend(): void {
    this.#isOpen = true;
    this.#changed();
  }

  cap(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond ?? Number.POSITIVE_INFINITY;
    this.#freeAtMs = 0;
    this.#changed();
  }

  delay(delayMs: number): void {
    this.#delayMs = delayMs;
    this.#changed();
  }

  /** Whatever `source` sends, its end included, goes to `sink` along this way. */
  carry(source: Socket, sink: Socket): void {
    const stream = new ShapedStream(this, source, sink, () => this.#streams.delete(stream));
    this.#streams.add(stream);
  }

  /** How long the way is still taken by what was sent before; at 0 these bytes take it. */
  take(bytes: number, nowMs: number): number {
    if (this.#freeAtMs > nowMs) return this.#freeAtMs - nowMs;
    this.#freeAtMs = nowMs + (bytes * 1000) / this.#bytesPerSecond;
    return 0;
  }

  #changed(): void {
    for (const stream of this.#streams) stream.goOn();
  }
}

interface Held {
  /** `undefined`: the end of the connection. */
  readonly bytes: Buffer | undefined;
  readonly sentAtMs: number;
}

/** One direction of one connection. */
class ShapedStream {
  readonly #way: ShapedWay;
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #onDone: () => void;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isDone = false;

  constructor(way: ShapedWay, source: Socket, sink: Socket, onDone: () => void) {
    this.#way = way;
    this.#source = source;
    this.#sink = sink;
    this.#onDone = onDone;
    source.on('data', (bytes: Buffer) => this.#hold(bytes));
    // A half-closed connection is of no use to nodes, so its end is the end of both halves.
    source.once('close', () => this.#hold(undefined));
    sink.on('drain', () => this.goOn());
    sink.once('connect', () => this.goOn());
    sink.once('close', () => this.#end());
  }

  /** Passes on what may pass. */
  goOn(): void {
    clearTimeout(this.#timer);
    for (let first = this.#held[0]; first !== undefined && !this.#isDone; first = this.#held[0]) {
      if (!this.#way.isOpen || this.#sink.writableNeedDrain || this.#sink.connecting) return;
      const waitMs = this.#waitMs(first, performance.now());
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.goOn(), waitMs);
        return;
      }
      this.#held.shift();
      this.#pass(first.bytes);
    }
  }

  #hold(bytes: Buffer | undefined): void {
    if (this.#isDone) return;
    this.#held.push({ bytes, sentAtMs: performance.now() });
    this.#heldBytes += bytes?.length ?? 0;
    if (this.#heldBytes > heldBytesMax) this.#source.pause();
    this.goOn();
  }

  #waitMs({ bytes, sentAtMs }: Held, nowMs: number): number {
    const delayedMs = sentAtMs + this.#way.delayMs - nowMs;
    return delayedMs > 0 ? delayedMs : this.#way.take(bytes?.length ?? 0, nowMs);
  }

  #pass(bytes: Buffer | undefined): void {
    if (bytes === undefined) {
      this.#sink.destroy();
      return;
    }
    this.#heldBytes -= bytes.length;
    if (this.#heldBytes <= heldBytesMax) this.#source.resume();
    this.#sink.write(bytes);
  }

  #end(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#held.length = 0;
    this.#onDone();
  }
}
