// The state machine of the host's tests: it writes down what it is told, in order, so that a test can see what was
// applied, where, and how often.

import { crc32c } from '@balsa/wire';
import type { StateMachine } from '../../ports.ts';

export interface JournalLine {
  readonly index: number;
  readonly text: string;
}

/** A command that makes the journal throw, on every replica that applies it. */
export const poison = 'poison';

export class Journal implements StateMachine {
  readonly lines: JournalLine[] = [];
  /** How often its state came from a snapshot. */
  restores = 0;
  #checksum = 0;

  /** The result is the number of lines, as text. */
  apply(index: number, command: Uint8Array): Uint8Array {
    const text = Buffer.from(command).toString();
    if (text === poison) throw new Error('the journal was poisoned');
    this.lines.push({ index, text });
    this.#checksum = crc32c(Buffer.from(`${this.#checksum} ${index} ${text}`));
    return Buffer.from(String(this.lines.length));
  }

  checksum(): number {
    return this.#checksum;
  }

  snapshot(): Iterable<Uint8Array> {
    return [Buffer.from(JSON.stringify({ lines: this.lines, checksum: this.#checksum }))];
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    const state = JSON.parse(Buffer.concat(parts).toString()) as { lines: JournalLine[]; checksum: number };
    this.replaceBy(state.lines, state.checksum);
  }

  replaceBy(lines: readonly JournalLine[], checksum: number): void {
    this.lines.splice(0, this.lines.length, ...lines);
    this.#checksum = checksum;
    this.restores++;
  }

  texts(): string[] {
    return this.lines.map(({ text }) => text);
  }
}
