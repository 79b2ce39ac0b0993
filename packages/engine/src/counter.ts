import { successResult } from '@balsa/wire';
import { AppliedIndex } from './applied-index.ts';

/** What a counter has counted. */
export interface CounterStatistics {
  readonly commands: number;
  readonly bytes: number;
  readonly appliedIndex: number;
}

/** A state machine that only counts, to measure a log without a store behind it. Every command succeeds. */
export class Counter {
  readonly #applied = new AppliedIndex();
  #commands = 0;
  #bytes = 0;

  apply(index: number, command: Uint8Array): Uint8Array {
    this.#applied.advanceTo(index);
    this.#commands++;
    this.#bytes += command.length;
    return successResult;
  }

  snapshot(): Iterable<Uint8Array> {
    throw new Error('not there yet');
  }

  restore(_chunks: AsyncIterable<Uint8Array>): Promise<void> {
    throw new Error('not there yet');
  }

  /** Differs with high probability if a command was lost, repeated or cut; it costs next to nothing to keep. */
  checksum(): number {
    return (Math.imul(this.#commands, 0x9e3779b1) ^ Math.imul(this.#bytes, 0x85ebca6b)) >>> 0;
  }

  statistics(): CounterStatistics {
    return { commands: this.#commands, bytes: this.#bytes, appliedIndex: this.#applied.index };
  }
}
