// A file of reports, one JSON object a line, which takes no more of the disk than it may: when half of that is full, what is there
// becomes the earlier file, in place of the one before it.

import { appendFile, mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';

const newline = Buffer.from('\n');

export class ReportFile {
  readonly #folder: string;
  readonly #fileBytesMax: number;

  /** `bytesMax`: of both files together. */
  constructor(folder: string, bytesMax: number) {
    this.#folder = folder;
    this.#fileBytesMax = Math.floor(bytesMax / 2);
  }

  /** One at a time. Rejects if the disk refuses, or the line is longer than a file may be. */
  async append(line: string): Promise<void> {
    const bytes = Buffer.from(`${line}\n`);
    if (bytes.length > this.#fileBytesMax) {
      throw new Error(`a report of ${bytes.length} bytes is over half of report.bytesMax`);
    }
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, 'reports.jsonl');
    const { size, isCut } = await lookAt(path);
    const isFull = size + 1 + bytes.length > this.#fileBytesMax;
    if (isFull) await rename(path, join(this.#folder, 'reports.earlier.jsonl'));
    // A line that a crash has cut off must not take this one along.
    await appendFile(path, isCut && !isFull ? Buffer.concat([newline, bytes]) : bytes);
  }
}

async function lookAt(path: string): Promise<{ readonly size: number; readonly isCut: boolean }> {
  const file = await open(path, 'a+');
  try {
    const { size } = await file.stat();
    if (size === 0) return { size, isCut: false };
    const last = Buffer.alloc(1);
    await file.read(last, 0, 1, size - 1);
    return { size, isCut: !last.equals(newline) };
  } finally {
    await file.close();
  }
}
