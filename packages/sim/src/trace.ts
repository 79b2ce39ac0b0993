// What happened: as a hash for "is it the same run?", and as events for "what led to this?".

import { type Message, MessageType, type NodeId } from '@balsa/raft';
import { type Lane, laneAfter, lanesAtStart } from './lanes.ts';
import type { Scheduler } from './scheduler.ts';
import type { LossReason, Mark, TraceEvent } from './trace-events.ts';

/** Which part of a run is kept. */
export interface TraceWindow {
  /** The newest so many events; 0: none, which is fastest. */
  readonly eventsMax: number;
  readonly fromMs?: number;
  readonly toMs?: number;
}

export interface TraceRecord {
  readonly events: readonly TraceEvent[];
  /** How the members stood just before the first of the events. */
  readonly lanesBefore: readonly Lane[];
}

export class Trace {
  readonly #scheduler: Pick<Scheduler, 'nowMs'>;
  readonly #window: Required<TraceWindow>;
  readonly #lanesBefore: Lane[];
  readonly #sentMs = new WeakMap<Message, number>();
  readonly #events: TraceEvent[] = [];
  #hash = 0x811c_9dc5;
  messagesSent = 0;
  /** Of those, appends that a follower passed on. */
  relayedAppends = 0;

  /** The hash covers the whole run, whatever is kept. */
  constructor(scheduler: Pick<Scheduler, 'nowMs'>, members: number, window: TraceWindow) {
    this.#scheduler = scheduler;
    this.#window = { fromMs: 0, toMs: Number.POSITIVE_INFINITY, ...window };
    this.#lanesBefore = lanesAtStart(members);
  }

  get hash(): number {
    return this.#hash >>> 0;
  }

  get record(): TraceRecord {
    return { events: this.#events, lanesBefore: this.#lanesBefore };
  }

  note(member: NodeId, mark: Mark, text: string): void {
    this.#mix(this.#nowMs);
    this.#mix(member);
    this.#mix(text.length);
    if (this.#isKept) this.#keep({ type: 'mark', atMs: this.#nowMs, member, mark, text });
  }

  /** What is not drawn belongs to the run all the same: messages of other groups, results of commands. */
  mix(...words: readonly number[]): void {
    this.#mix(this.#nowMs);
    for (const word of words) this.#mix(word);
  }

  sent(message: Message): void {
    this.messagesSent++;
    if (message.type === MessageType.append && message.from !== message.leader) this.relayedAppends++;
    this.mix(message.type, message.from * 16 + message.to, message.term);
    if (!this.#isKept) return;
    this.#sentMs.set(message, this.#nowMs);
    this.#keep({ type: 'sent', atMs: this.#nowMs, message });
  }

  /** Called again for every copy. */
  arrived(message: Message): void {
    if (this.#isKept) this.#keep({ type: 'arrived', ...this.#timesOf(message), message });
  }

  lost(message: Message, why: LossReason): void {
    if (this.#isKept) this.#keep({ type: 'lost', ...this.#timesOf(message), message, why });
  }

  /** Whole milliseconds: clocks that run ahead or behind tick in between. */
  get #nowMs(): number {
    return Math.round(this.#scheduler.nowMs);
  }

  get #isKept(): boolean {
    return this.#window.eventsMax > 0;
  }

  #timesOf(message: Message): { readonly atMs: number; readonly sentMs: number } {
    const atMs = this.#nowMs;
    return { atMs, sentMs: this.#sentMs.get(message) ?? atMs };
  }

  /** FNV-1a over 32-bit words. */
  #mix(word: number): void {
    this.#hash = Math.imul(this.#hash ^ word, 0x0100_0193);
  }

  #keep(event: TraceEvent): void {
    const { fromMs, toMs, eventsMax } = this.#window;
    if (event.atMs > toMs) return;
    if (event.atMs < fromMs) this.#pass(event);
    else this.#events.push(event);
    if (this.#events.length > eventsMax) this.#pass(this.#events.shift()!);
  }

  #pass(event: TraceEvent): void {
    if (event.type !== 'mark') return;
    this.#lanesBefore[event.member - 1] = laneAfter(this.#lanesBefore[event.member - 1]!, event.mark);
  }
}
