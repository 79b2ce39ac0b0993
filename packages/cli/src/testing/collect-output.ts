import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What was written to it, as text. */
export class CollectedOutput extends Writable {
  text = '';

  override _write(part: Buffer, _encoding: string, done: () => void): void {
    this.text += part.toString();
    done();
  }

  /** Resolves once the text, from `from` on, has `wanted`. */
  async until(wanted: string, from = 0, timeoutMs = 20_000): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!this.text.includes(wanted, from)) {
      if (performance.now() > deadlineMs) throw new Error(`waited in vain for ${JSON.stringify(wanted)}: ${this.text}`);
      await sleep(5);
    }
  }
}
