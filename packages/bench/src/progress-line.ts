// What is going on, on standard error: one line that rewrites itself on a terminal, and a line now and then elsewhere.

export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #lastPlainMs = 0;
  #shown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  show(text: string): void {
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001b[K${text.slice(0, Math.max(20, this.#stream.columns - 1))}`);
      this.#shown = true;
      return;
    }
    const nowMs = Date.now();
    if (nowMs - this.#lastPlainMs < plainIntervalMs) return;
    this.#lastPlainMs = nowMs;
    this.#stream.write(`${text}\n`);
  }

  /** Removes the line, so that what is printed next stands alone. */
  clear(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K');
    this.#shown = false;
  }
}

const plainIntervalMs = 2_000;

const barCells = 24;

/** How much is done, as `███░░░ 12/24`. */
export function progressBar(done: number, total: number): string {
  const full = Math.floor((barCells * Math.min(done, total)) / total);
  return `${'█'.repeat(full)}${'░'.repeat(barCells - full)} ${done}/${total}`;
}
