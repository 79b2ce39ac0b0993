// One TCP connection that carries frames: the same between clients and nodes as among nodes.
//
// Outgoing frames are encoded into one buffer and go to the socket in one write per turn of the event loop, with at
// most one write under way: what arrives meanwhile forms the next. That is worth a factor of six in messages per second
// against a write per message, and costs an idle connection nothing.
//
// Nothing here waits for ever: a stranger must show the preamble and be admitted within `helloTimeoutMs`, a write must
// make progress, and where pings are on, silence ends the connection.

import type { Socket } from 'node:net';
import type { ByteWriter } from './byte-writer.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { WireError } from './errors.ts';
import { FrameDecoder, type FrameReceiver, pingFrameType } from './frame-decoder.ts';
import { FrameQueue, type FrameSink, type OutgoingBytes } from './frame-queue.ts';
import { checkPreamble, encodePreamble, type Protocol, preambleBytes } from './preamble.ts';
import { atEndOfTurn } from './turn.ts';

export interface FrameConnectionOptions {
  readonly protocol: Protocol;
  /** Largest frame accepted once the other side is admitted. */
  readonly frameBytesMax: number;
  /** Largest frame accepted before that. Default 4 KiB. */
  readonly helloBytesMax?: number;
  /** From the connection's start to `admit`. Default 5,000. */
  readonly helloTimeoutMs?: number;
  /** Above this many bytes queued for sending, `hasRoom` says no. */
  readonly queueBytesMax: number;
  /**
   * Stop reading while more than `queueBytesMax` is queued for sending: for a server, whose answers are caused by what
   * it reads. Never for both sides of a connection, which could then wait for each other. Default false.
   */
  readonly pauseReadsWhenFull?: boolean;
  /** A write that makes no progress for so long ends the connection. Default 30,000. */
  readonly stallTimeoutMs?: number;
  /** Send a ping when nothing else was sent for so long. Default 0: never. */
  readonly pingIntervalMs?: number;
  /** End the connection when nothing was received for so long; needs pings on the other side. Default 0: never. */
  readonly silenceTimeoutMs?: number;
}

export interface FrameConnectionHandler extends FrameReceiver {
  /** The socket is connected and the preamble is on its way: say hello. Not called for sockets that were accepted. */
  onConnect?(): void;
  /** The queue for sending has room again, after `hasRoom` had said no. */
  onRoom?(): void;
  /** Called once, last; the reason is absent if this side closed the connection without one. */
  onClose(reason: WireError | undefined): void;
}

const lingerTimeoutMs = 1000;
const keepAliveDelayMs = 15_000;

export class FrameConnection implements FrameSink {
  readonly socket: Socket;
  readonly #options: FrameConnectionOptions;
  readonly #handler: FrameConnectionHandler;
  readonly #decoder: FrameDecoder;
  readonly #queue = new FrameQueue();
  readonly #watch: ConnectionWatch;
  readonly #flushThisTurn: () => void;
  readonly #onWritten: (error?: Error | null) => void;
  #helloTimer: NodeJS.Timeout | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;
  #preamble: Buffer | undefined = Buffer.alloc(0);
  #sending: OutgoingBytes | undefined;
  #flushPlanned = false;
  #wasFull = false;
  #readsPaused = false;
  #ending = false;
  #closed = false;
  #reason: WireError | undefined;

  /** Takes over a socket, connected or connecting, and sends this side's preamble. */
  constructor(socket: Socket, options: FrameConnectionOptions, handler: FrameConnectionHandler) {
    this.socket = socket;
    this.#options = options;
    this.#handler = handler;
    this.#decoder = new FrameDecoder(options.helloBytesMax ?? 4096);
    this.#flushThisTurn = () => {
      this.#flushPlanned = false;
      this.#flush();
    };
    this.#onWritten = (error) => this.#writeEnded(error);
    const helloTimeoutMs = options.helloTimeoutMs ?? 5000;
    this.#helloTimer = setTimeout(() => {
      this.destroy(new WireError('HELLO_TIMEOUT', `the other side was not admitted within ${helloTimeoutMs} ms`));
    }, helloTimeoutMs);
    this.#watch = new ConnectionWatch(
      {
        stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
        pingIntervalMs: options.pingIntervalMs ?? 0,
        silenceTimeoutMs: options.silenceTimeoutMs ?? 0,
      },
      {
        ping: () => this.#ping(),
        fail: (reason) => this.destroy(reason),
      },
    );
    this.#listen();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveDelayMs);
    socket.write(encodePreamble(options.protocol));
  }

  /** Address of the other side, for logs. */
  get remoteAddress(): string {
    return `${this.socket.remoteAddress ?? '?'}:${this.socket.remotePort ?? '?'}`;
  }

  get isOpen(): boolean {
    return !this.#closed && !this.#ending;
  }

  /** Bytes that wait to be sent or are being sent. */
  get queuedBytes(): number {
    return this.#queue.byteLength + (this.#sending?.byteLength ?? 0);
  }

  /** Whether `bytes` more may be queued. An empty queue takes a frame of any size. If not, `onRoom` will follow. */
  hasRoom(bytes: number): boolean {
    const queued = this.queuedBytes;
    if (queued === 0 || queued + bytes <= this.#options.queueBytesMax) return true;
    this.#wasFull = true;
    return false;
  }

  /** The other side has said who it is: large frames from now on, and no hello deadline. */
  admit(): void {
    if (!this.isOpen) return;
    this.#decoder.frameBytesMax = this.#options.frameBytesMax;
    clearTimeout(this.#helloTimer);
    this.#helloTimer = undefined;
    this.#watch.start();
  }

  begin(type: number): ByteWriter {
    return this.#queue.begin(type);
  }

  attach(bytes: Uint8Array): void {
    this.#queue.attach(bytes);
  }

  /** Completes the frame; it leaves with everything else of this turn. After the close it is dropped silently. */
  end(): void {
    this.#queue.end();
    if (!this.isOpen) {
      this.#queue.take().release();
      return;
    }
    if (!this.#flushPlanned && this.#sending === undefined) {
      this.#flushPlanned = true;
      atEndOfTurn(this.#flushThisTurn);
    }
    if (this.#options.pauseReadsWhenFull === true && !this.#readsPaused && !this.hasRoom(0)) {
      this.#readsPaused = true;
      this.socket.pause();
    }
  }

  /** Sends what is queued, then closes; what does not leave within a second is lost. Frames are no longer received. */
  close(reason?: WireError): void {
    if (!this.isOpen) return;
    this.#reason ??= reason;
    this.#flush();
    this.#ending = true;
    this.#decoder.stop();
    this.#lingerTimer = setTimeout(() => this.socket.destroy(), lingerTimeoutMs);
    if (this.#sending === undefined) this.socket.end();
    this.socket.resume();
  }

  /** Closes at once; what is queued is lost. */
  destroy(reason?: WireError): void {
    if (this.#closed) return;
    this.#reason ??= reason;
    this.#ending = true;
    this.#decoder.stop();
    this.socket.destroy();
  }

  #listen(): void {
    const { socket } = this;
    if (socket.connecting) socket.once('connect', () => this.#handler.onConnect?.());
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => {
      if (!this.#ending) this.#reason ??= new WireError('CONNECTION_LOST', error.message, { cause: error });
    });
    socket.on('end', () => {
      if (!this.#ending) this.#reason ??= new WireError('CONNECTION_LOST', 'the other side closed the connection');
    });
    socket.on('close', () => this.#onClose());
  }

  #onData(chunk: Buffer): void {
    this.#watch.received();
    try {
      if (this.#preamble === undefined) this.#decoder.push(chunk, this.#handler);
      else this.#readPreamble(this.#preamble, chunk);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.destroy(error);
    }
  }

  #readPreamble(before: Buffer, chunk: Buffer): void {
    const bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
    checkPreamble(bytes, this.#options.protocol);
    if (bytes.length < preambleBytes) {
      this.#preamble = bytes;
      return;
    }
    this.#preamble = undefined;
    this.#decoder.push(bytes, this.#handler, preambleBytes);
  }

  #flush(): void {
    if (this.#sending !== undefined || this.#closed || this.#queue.byteLength === 0) return;
    const outgoing = this.#queue.take();
    this.#sending = outgoing;
    this.#watch.writeBegan();
    const { pieces } = outgoing;
    const last = pieces.length - 1;
    if (last === 0) {
      this.socket.write(pieces[0]!, this.#onWritten);
      return;
    }
    this.socket.cork();
    for (let i = 0; i < last; i++) this.socket.write(pieces[i]!);
    this.socket.write(pieces[last]!, this.#onWritten);
    this.socket.uncork();
  }

  #writeEnded(error: Error | null | undefined): void {
    const sent = this.#sending;
    this.#sending = undefined;
    this.#watch.writeEnded();
    // After a failure the system may still hold the memory: leave it to the garbage collector.
    if (error !== undefined && error !== null) return;
    sent?.release();
    this.#flush();
    if (this.#ending && this.#sending === undefined) this.socket.end();
    if (this.#wasFull && this.queuedBytes <= this.#options.queueBytesMax / 2) this.#roomAgain();
  }

  #roomAgain(): void {
    this.#wasFull = false;
    if (this.#readsPaused) {
      this.#readsPaused = false;
      this.socket.resume();
    }
    this.#handler.onRoom?.();
  }

  #ping(): void {
    this.begin(pingFrameType);
    this.end();
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ending = true;
    this.#decoder.stop();
    this.#watch.stop();
    clearTimeout(this.#helloTimer);
    clearTimeout(this.#lingerTimer);
    this.#handler.onClose(this.#reason);
  }
}
