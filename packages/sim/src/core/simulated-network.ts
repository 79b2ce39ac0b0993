// The network between members: messages are delayed, lost, doubled, overtaken and cut off, as the seed decides.

import { type Message, MessageType, type NodeId, type SeededRandom } from '@balsa/raft';
import type { Scheduler } from '../scheduler.ts';
import type { LossReason } from '../trace-events.ts';
import type { Scenario } from './scenario.ts';

export interface NetworkPorts {
  readonly deliver: (message: Message) => void;
  /** For the record only. */
  readonly lost: (message: Message, why: LossReason) => void;
}

export class SimulatedNetwork {
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  /** Of weak acknowledgements: what becomes of all other messages stays what it was before there were any. */
  readonly #weakRandom: SeededRandom;
  readonly #settings: Scenario['network'];
  readonly #ports: NetworkPorts;
  /** How many cuts lie on a direction, as `from>to`. */
  readonly #cuts = new Map<string, number>();
  readonly #lastArrivalMs = new Map<string, number>();
  #calm = false;

  constructor(
    scheduler: Scheduler,
    { random, weakRandom }: { readonly random: SeededRandom; readonly weakRandom: SeededRandom },
    settings: Scenario['network'],
    ports: NetworkPorts,
  ) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#weakRandom = weakRandom;
    this.#settings = settings;
    this.#ports = ports;
  }

  send(message: Message): void {
    if (this.isCut(message.from, message.to)) {
      this.#ports.lost(message, 'link cut');
      return;
    }
    const { lossProbability, duplicateProbability } = this.#settings;
    const random = this.#randomOf(message);
    if (!this.#calm && random.chance(lossProbability)) {
      this.#ports.lost(message, 'lost');
      return;
    }
    this.#deliverLater(message);
    if (!this.#calm && random.chance(duplicateProbability)) this.#deliverLater(message);
  }

  /** Nothing sent in this direction arrives until every cut on it is mended. */
  cut(from: NodeId, to: NodeId): void {
    const link = `${from}>${to}`;
    this.#cuts.set(link, (this.#cuts.get(link) ?? 0) + 1);
  }

  mend(from: NodeId, to: NodeId): void {
    const link = `${from}>${to}`;
    this.#cuts.set(link, Math.max(0, (this.#cuts.get(link) ?? 0) - 1));
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return (this.#cuts.get(`${from}>${to}`) ?? 0) > 0;
  }

  /** From now on the network is what the transport port promises: nothing is lost or doubled, and between two members order is kept. */
  calmDown(): void {
    this.#calm = true;
    this.#cuts.clear();
  }

  #randomOf({ type }: Message): SeededRandom {
    return type === MessageType.weakAck ? this.#weakRandom : this.#random;
  }

  #deliverLater(message: Message): void {
    const { delayMsMin, delayMsMax, straggleProbability, straggleMsMax } = this.#settings;
    const random = this.#randomOf(message);
    if (this.#calm) {
      this.#deliverInOrder(message, random.integerBetween(delayMsMin, delayMsMax + 1));
      return;
    }
    const straggles = random.chance(straggleProbability);
    const delayMs = straggles
      ? random.integerBetween(delayMsMax, delayMsMax + straggleMsMax)
      : random.integerBetween(delayMsMin, delayMsMax + 1);
    this.#scheduler.after(delayMs, () => this.#ports.deliver(message));
  }

  #deliverInOrder(message: Message, delayMs: number): void {
    const link = `${message.from}>${message.to}`;
    const arrivalMs = Math.max(this.#scheduler.nowMs + delayMs, this.#lastArrivalMs.get(link) ?? 0);
    this.#lastArrivalMs.set(link, arrivalMs);
    this.#scheduler.after(arrivalMs - this.#scheduler.nowMs, () => this.#ports.deliver(message));
  }
}
