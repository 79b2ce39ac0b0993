// What happened, as a hash for "is it the same run?" and as the last lines for "what led to this?".

import { type Message, MessageType, type NodeId } from '@balsa/raft';
import type { Scheduler } from './scheduler.ts';

const typeNames = new Map<number, string>(Object.entries(MessageType).map(([name, type]) => [type, name]));

export class Trace {
  readonly #scheduler: Scheduler;
  readonly #linesMax: number;
  #hash = 0x811c_9dc5;
  readonly #lines: string[] = [];
  messagesSent = 0;

  /** Keeps the newest `linesMax` lines; the hash covers all of them. */
  constructor(scheduler: Scheduler, linesMax: number) {
    this.#scheduler = scheduler;
    this.#linesMax = linesMax;
  }

  get hash(): number {
    return this.#hash >>> 0;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  note(member: NodeId, text: string): void {
    this.#mix(this.#scheduler.nowMs);
    this.#mix(member);
    this.#mix(text.length);
    this.#keep(() => `${member} ${text}`);
  }

  sent(message: Message): void {
    this.messagesSent++;
    this.#mix(this.#scheduler.nowMs);
    this.#mix(message.type);
    this.#mix(message.from * 16 + message.to);
    this.#mix(message.term);
    this.#keep(() => `${message.from} -> ${message.to} ${typeNames.get(message.type)} ${describeFields(message)}`);
  }

  /** FNV-1a over 32-bit words. */
  #mix(word: number): void {
    this.#hash = Math.imul(this.#hash ^ word, 0x0100_0193);
  }

  #keep(line: () => string): void {
    if (this.#linesMax === 0) return;
    this.#lines.push(`${String(this.#scheduler.nowMs).padStart(7)} ms  ${line()}`);
    if (this.#lines.length > this.#linesMax) this.#lines.shift();
  }
}

function describeFields(message: Message): string {
  return Object.entries(message)
    .filter(([name]) => name !== 'type' && name !== 'from' && name !== 'to')
    .map(
      ([name, value]) =>
        `${name}=${Array.isArray(value) ? value.map(describeBatch).join('+') || 'none' : String(value)}`,
    )
    .join(' ');
}

function describeBatch(batch: { firstIndex: number; count: number; term: number }): string {
  return `[${batch.firstIndex}..${batch.firstIndex + batch.count - 1}]@${batch.term}`;
}
