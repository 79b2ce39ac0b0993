// Several tablets are under way at a time. One that fails for a while is sent again: its rows have the same times, so nothing is written
// twice. Tablets of a device whose times overlap go one after the other, so that of equal times the last in the file counts.

import { setTimeout as sleep } from 'node:timers/promises';
import { StatusCode } from '@balsa/wire';
import { isPassing, type NodeClient } from '../node-client/node-client.ts';
import { StatementRefused } from '../node-client/statement-refused.ts';
import { halvesOf, type JsonTablet, tabletBody } from './json-tablet.ts';

export interface TabletSenderOptions {
  readonly signal: AbortSignal;
  /** Hears of rows that a node has acknowledged. */
  readonly onRows: (count: number) => void;
  readonly inFlightMax?: number;
  /** How long one tablet is tried. */
  readonly retryMs?: number;
}

interface InFlight {
  readonly device: string;
  readonly from: number;
  readonly to: number;
  readonly done: Promise<void>;
}

const IN_FLIGHT_MAX = 8;
const RETRY_MS = 60_000;
const FIRST_PAUSE_MS = 50;
const PAUSE_MS_MAX = 2000;

export class TabletSender {
  readonly #client: Pick<NodeClient, 'insertTablet'>;
  readonly #signal: AbortSignal;
  readonly #failure = new AbortController();
  readonly #onRows: (count: number) => void;
  readonly #inFlightMax: number;
  readonly #retryMs: number;
  readonly #inFlight = new Set<InFlight>();

  constructor(client: Pick<NodeClient, 'insertTablet'>, options: TabletSenderOptions) {
    this.#client = client;
    this.#signal = AbortSignal.any([options.signal, this.#failure.signal]);
    this.#onRows = options.onRows;
    this.#inFlightMax = options.inFlightMax ?? IN_FLIGHT_MAX;
    this.#retryMs = options.retryMs ?? RETRY_MS;
  }

  /** Resolves when the tablet is under way. Called one after the other. @throws what an earlier one failed with. */
  async send(tablet: JsonTablet): Promise<void> {
    if (tablet.times.length === 0) return;
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    for (const time of tablet.times) {
      from = Math.min(from, time);
      to = Math.max(to, time);
    }
    const { device } = tablet;
    for (;;) {
      this.#signal.throwIfAborted();
      const overlapping = [...this.#inFlight].find((it) => it.device === device && it.from <= to && it.to >= from);
      if (overlapping !== undefined) await overlapping.done;
      else if (this.#inFlight.size >= this.#inFlightMax)
        await Promise.race([...this.#inFlight].map(({ done }) => done));
      else break;
    }
    const done = this.#write(tablet)
      .catch((error: unknown) => this.#failure.abort(error))
      .finally(() => this.#inFlight.delete(entry));
    const entry: InFlight = { device, from, to, done };
    this.#inFlight.add(entry);
  }

  /** Resolves when all are acknowledged. @throws what the first failed with. */
  async finish(): Promise<void> {
    await Promise.all([...this.#inFlight].map(({ done }) => done));
    this.#signal.throwIfAborted();
  }

  async #write(tablet: JsonTablet): Promise<void> {
    const body = tabletBody(tablet);
    const refusal = body === undefined ? undefined : await this.#writeBody(body);
    if (refusal === undefined) {
      this.#onRows(tablet.times.length);
      return;
    }
    const halves = halvesOf(tablet);
    if (halves === undefined) throw refusal;
    for (const half of halves) await this.#write(half);
  }

  /** Gives the refusal of one that is too large. */
  async #writeBody(body: string): Promise<StatementRefused | undefined> {
    const untilMs = performance.now() + this.#retryMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
      try {
        await this.#client.insertTablet(body, this.#signal);
        return undefined;
      } catch (error) {
        if (error instanceof StatementRefused && error.status === StatusCode.REQUEST_TOO_LARGE) return error;
        if (!isPassing(error) || performance.now() + pauseMs > untilMs) throw error;
      }
      await sleep(pauseMs, undefined, { signal: this.#signal });
    }
  }
}
