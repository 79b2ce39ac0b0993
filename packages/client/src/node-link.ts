// A client's connections to one node: made when they are first needed, made again when they are lost.

import { ClientError } from './errors.ts';
import { ProtocolConnection } from './protocol-connection.ts';
import { retryDelayMs } from './retry-delay.ts';

export interface NodeLinkOptions {
  readonly address: string;
  /** How many connections share the load. */
  readonly connections: number;
  readonly name: string;
  readonly timeoutMs: number;
}

export interface NodeLinkEvents {
  /** A connection has been made. */
  onReady(link: NodeLink): void;
  /** A connection has room again. */
  onRoom(): void;
  onLeader(group: number, leader: string): void;
}

/** One place for a connection. */
interface Slot {
  connection: ProtocolConnection | undefined;
  connecting: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
  failures: number;
}

export class NodeLink {
  readonly address: string;
  readonly #options: NodeLinkOptions;
  readonly #events: NodeLinkEvents;
  readonly #slots: readonly Slot[];
  #turn = 0;
  #lastFailure: ClientError | undefined;
  readonly #closing = new AbortController();

  constructor(options: NodeLinkOptions, events: NodeLinkEvents) {
    this.address = options.address;
    this.#options = options;
    this.#events = events;
    this.#slots = Array.from({ length: options.connections }, () => ({
      connection: undefined,
      connecting: undefined,
      timer: undefined,
      failures: 0,
    }));
  }

  /** Why the last attempt to connect failed, if it did. */
  get lastFailure(): ClientError | undefined {
    return this.#lastFailure;
  }

  /** An open connection, the next one in turn; if there is none, `undefined`, and one is on its way. */
  take(): ProtocolConnection | undefined {
    this.wake();
    for (let tried = 0; tried < this.#slots.length; tried++) {
      this.#turn = (this.#turn + 1) % this.#slots.length;
      const connection = this.#slots[this.#turn]?.connection;
      if (connection?.isOpen) return connection;
    }
    return undefined;
  }

  /** Begins to connect where that has not begun; a place that has just failed waits out its delay. */
  wake(): void {
    for (const slot of this.#slots) {
      const isIdle = slot.connection === undefined && slot.connecting === undefined && slot.timer === undefined;
      if (isIdle && !this.#closing.signal.aborted) slot.connecting = this.#connect(slot);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(
      this.#slots.map(async (slot) => {
        clearTimeout(slot.timer);
        await slot.connecting;
        await slot.connection?.close();
      }),
    );
  }

  async #connect(slot: Slot): Promise<void> {
    const { address, name, timeoutMs } = this.#options;
    try {
      const connection = await ProtocolConnection.connect({
        address,
        name,
        timeoutMs,
        signal: this.#closing.signal,
        onLeader: (group, leader) => this.#events.onLeader(group, leader),
        onRoom: () => this.#events.onRoom(),
        onClose: () => this.#lost(slot),
      });
      slot.connecting = undefined;
      // It may have been lost again before this line was reached.
      if (!connection.isOpen) return;
      slot.connection = connection;
      slot.failures = 0;
      this.#lastFailure = undefined;
      if (!this.#closing.signal.aborted) this.#events.onReady(this);
    } catch (error) {
      slot.connecting = undefined;
      if (!(error instanceof ClientError)) throw error;
      this.#lastFailure = error;
    }
  }

  /** Also called when a connection could not be made. The next attempt is made unasked: somebody may wait for it. */
  #lost(slot: Slot): void {
    slot.connection = undefined;
    if (this.#closing.signal.aborted || slot.timer !== undefined) return;
    slot.failures++;
    const delayMs = slot.failures === 1 ? 0 : retryDelayMs(slot.failures);
    slot.timer = setTimeout(() => {
      slot.timer = undefined;
      this.wake();
    }, delayMs);
  }
}
