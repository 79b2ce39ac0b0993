// A journal that keeps its lines in files, as a state machine does that has too many of them for a snapshot. What nobody needs is removed
// at once, so that whoever forgets to hold a file misses it.

import { crc32c } from '@balsa/wire';
import type { HeldFiles, StateFiles, StateFilesReceiver } from '../../ports.ts';
import { Journal, type JournalLine } from './journal.ts';

/** Outlives its node. */
export type JournalFolder = Map<string, Buffer>;

interface NamedFile {
  readonly name: string;
  readonly bytes: number;
}

interface Content {
  readonly files: readonly NamedFile[];
  readonly checksum: number;
}

const linesPerFile = 16;

export class FileJournal extends Journal implements StateFiles {
  readonly #folder: JournalFolder;
  readonly #pins = new Map<string, number>();
  #captured: HeldFiles | undefined;
  /** Bytes that came from other nodes. */
  bytesReceived = 0;
  /** Whoever reads its files now does so too late. */
  isClosed = false;

  constructor(folder: JournalFolder) {
    super();
    this.#folder = folder;
  }

  get files(): StateFiles {
    return this;
  }

  override snapshot(): Iterable<Uint8Array> {
    const files: NamedFile[] = [];
    for (let at = 0; at < this.lines.length; at += linesPerFile) {
      const bytes = Buffer.from(JSON.stringify(this.lines.slice(at, at + linesPerFile)));
      const name = `${at}-${crc32c(bytes)}`;
      this.#folder.set(name, bytes);
      files.push({ name, bytes: bytes.length });
    }
    this.#keepCaptured(this.#hold(files));
    return [Buffer.from(JSON.stringify({ files, checksum: this.checksum() } satisfies Content))];
  }

  override async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    const { files, checksum } = JSON.parse(Buffer.concat(parts).toString()) as Content;
    const lines = files.flatMap(({ name }) => JSON.parse(this.#folder.get(name)!.toString()) as JournalLine[]);
    this.replaceBy(lines, checksum);
    this.#keepCaptured(undefined);
  }

  async check(content: Uint8Array): Promise<Error | undefined> {
    const { files } = JSON.parse(Buffer.from(content).toString()) as Content;
    const missing = files.find(({ name }) => !this.#folder.has(name));
    return missing && new Error(`${missing.name} is gone`);
  }

  async hold(content: Uint8Array): Promise<HeldFiles> {
    const damage = await this.check(content);
    if (damage !== undefined) throw damage;
    return this.#hold((JSON.parse(Buffer.from(content).toString()) as Content).files);
  }

  async receive(content: Uint8Array): Promise<StateFilesReceiver> {
    const { files } = JSON.parse(Buffer.from(content).toString()) as Content;
    const missing = files.filter(({ name }) => !this.#folder.has(name));
    const starts = new Map(
      files.map(({ name }, i) => [name, files.slice(0, i).reduce((sum, it) => sum + it.bytes, 0)]),
    );
    const allBytes = files.reduce((sum, it) => sum + it.bytes, 0);
    let got = Buffer.alloc(0);
    return {
      bytes: allBytes,
      get offset() {
        return missing[0] === undefined ? allBytes : starts.get(missing[0].name)! + got.length;
      },
      write: async (given) => {
        got = Buffer.concat([got, given]);
        for (let file = missing[0]; file !== undefined && got.length >= file.bytes; file = missing[0]) {
          const bytes = got.subarray(0, file.bytes);
          this.bytesReceived += file.bytes;
          if (!file.name.endsWith(`-${crc32c(bytes)}`)) {
            got = Buffer.alloc(0);
            return false;
          }
          this.#folder.set(file.name, bytes);
          got = got.subarray(file.bytes);
          missing.shift();
          // What follows may be here.
          const isNext = missing[0] !== undefined && files[files.indexOf(file) + 1] === missing[0];
          if (!isNext) got = Buffer.alloc(0);
        }
        return true;
      },
      finish: async () => this.#hold(files),
      close: async () => {},
    };
  }

  #hold(files: readonly NamedFile[]): HeldFiles {
    for (const { name } of files) this.#pins.set(name, (this.#pins.get(name) ?? 0) + 1);
    const bytes = Buffer.concat(files.map(({ name }) => this.#folder.get(name)!));
    let isHeld = true;
    return {
      bytes: bytes.length,
      read: async (offset, bytesMax) => {
        await new Promise(setImmediate);
        if (this.isClosed) throw new Error('the journal is closed');
        return Uint8Array.from(bytes.subarray(offset, offset + Math.min(bytesMax, 500)));
      },
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        for (const { name } of files) this.#unpin(name);
      },
    };
  }

  #unpin(name: string): void {
    const pins = this.#pins.get(name)! - 1;
    this.#pins.set(name, pins);
    if (pins > 0) return;
    this.#pins.delete(name);
    this.#folder.delete(name);
  }

  #keepCaptured(held: HeldFiles | undefined): void {
    this.#captured?.release();
    this.#captured = held;
  }
}
