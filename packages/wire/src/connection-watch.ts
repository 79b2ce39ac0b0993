// Notices what a socket does not tell: a write that makes no progress, a peer that has gone silent. One timer per
// connection looks twice per timeout; the hot path only sets flags.

import { WireError } from './errors.ts';

export interface WatchTimeouts {
  readonly stallTimeoutMs: number;
  /** 0: no pings. */
  readonly pingIntervalMs: number;
  /** 0: silence is fine. */
  readonly silenceTimeoutMs: number;
}

export interface WatchActions {
  ping(): void;
  fail(reason: WireError): void;
}

export class ConnectionWatch {
  readonly #timeouts: WatchTimeouts;
  readonly #actions: WatchActions;
  readonly #timers: NodeJS.Timeout[] = [];
  #receivedSinceLook = true;
  #writing = false;
  #writesBegan = 0;

  constructor(timeouts: WatchTimeouts, actions: WatchActions) {
    this.#timeouts = timeouts;
    this.#actions = actions;
  }

  start(): void {
    if (this.#timers.length > 0) return;
    const { stallTimeoutMs, pingIntervalMs, silenceTimeoutMs } = this.#timeouts;
    this.#timers.push(setInterval(this.#stallLook(stallTimeoutMs), stallTimeoutMs / 2));
    if (pingIntervalMs > 0) this.#timers.push(setInterval(this.#pingLook(), pingIntervalMs));
    if (silenceTimeoutMs > 0) this.#timers.push(setInterval(this.#silenceLook(silenceTimeoutMs), silenceTimeoutMs / 2));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.length = 0;
  }

  received(): void {
    this.#receivedSinceLook = true;
  }

  writeBegan(): void {
    this.#writing = true;
    this.#writesBegan++;
  }

  writeEnded(): void {
    this.#writing = false;
  }

  #stallLook(stallTimeoutMs: number): () => void {
    let stalledLooks = 0;
    let writeAtLastLook = -1;
    return () => {
      stalledLooks = this.#writing && this.#writesBegan === writeAtLastLook ? stalledLooks + 1 : 0;
      writeAtLastLook = this.#writesBegan;
      if (stalledLooks < 2) return;
      this.#actions.fail(new WireError('PEER_STALLED', `the other side took no bytes for ${stallTimeoutMs} ms`));
    };
  }

  #pingLook(): () => void {
    let writesAtLastLook = 0;
    return () => {
      if (!this.#writing && this.#writesBegan === writesAtLastLook) this.#actions.ping();
      writesAtLastLook = this.#writesBegan;
    };
  }

  // Two looks, so that a process that was itself suspended reads what has come meanwhile before it judges.
  #silenceLook(silenceTimeoutMs: number): () => void {
    let silentLooks = 0;
    return () => {
      silentLooks = this.#receivedSinceLook ? 0 : silentLooks + 1;
      this.#receivedSinceLook = false;
      if (silentLooks < 2) return;
      this.#actions.fail(new WireError('PEER_SILENT', `nothing was received for ${silenceTimeoutMs} ms`));
    };
  }
}
