import type { LogStoreEvents } from '../ports.ts';
import type { GroupLog } from './group-log.ts';

/** Tells the owner what became durable: once for each group and block, the highest sequence. */
export class DurableReports {
  readonly #events: LogStoreEvents;
  #logs: GroupLog[] = [];

  constructor(events: LogStoreEvents) {
    this.#events = events;
  }

  note(log: GroupLog, sequence: number): void {
    if (log.unreportedSequence === undefined) this.#logs.push(log);
    log.unreportedSequence = sequence;
  }

  deliver(): void {
    if (this.#logs.length === 0) return;
    const logs = this.#logs;
    this.#logs = [];
    for (const log of logs) {
      const sequence = log.unreportedSequence!;
      log.unreportedSequence = undefined;
      if (!log.isForgotten) this.#events.onDurable(log.group, sequence);
    }
  }

  /** After a failure nothing more is acknowledged. */
  discard(): void {
    this.#logs = [];
  }
}
