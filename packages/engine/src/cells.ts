// Values of one type side by side. Typed arrays are cells as they are; text becomes them through `TextCells`, so that
// chunks and series are written once for every type.

export interface Cells<T> {
  readonly length: number;
  [index: number]: T;
  set(source: Cells<T>, at?: number): void;
  subarray(start: number, end: number): Cells<T>;
  copyWithin(target: number, start: number, end: number): unknown;
}

/** As `TextCells`, of bytes. */
export class BlobCells extends Array<Uint8Array> implements Cells<Uint8Array> {
  static empty(capacity: number): BlobCells {
    const cells = new BlobCells(capacity);
    cells.fill(noBytes);
    return cells;
  }

  static copyOf(blobs: readonly Uint8Array[]): BlobCells {
    const cells = new BlobCells(blobs.length);
    for (let i = 0; i < blobs.length; i++) cells[i] = blobs[i]!;
    return cells;
  }

  set(source: Cells<Uint8Array>, at = 0): void {
    for (let i = 0; i < source.length; i++) this[at + i] = source[i]!;
  }

  /** A copy, as of texts. */
  subarray(start: number, end: number): Cells<Uint8Array> {
    const cells = new BlobCells(end - start);
    for (let i = start; i < end; i++) cells[i - start] = this[i]!;
    return cells;
  }
}

const noBytes = new Uint8Array(0);

/** An array of strings with the two bulk moves that typed arrays have. */
export class TextCells extends Array<string> implements Cells<string> {
  static empty(capacity: number): TextCells {
    const cells = new TextCells(capacity);
    cells.fill('');
    return cells;
  }

  static copyOf(strings: readonly string[]): TextCells {
    const cells = new TextCells(strings.length);
    for (let i = 0; i < strings.length; i++) cells[i] = strings[i]!;
    return cells;
  }

  set(source: Cells<string>, at = 0): void {
    for (let i = 0; i < source.length; i++) this[at + i] = source[i]!;
  }

  /** A copy, unlike that of a typed array: nobody writes through a subarray. */
  subarray(start: number, end: number): Cells<string> {
    const cells = new TextCells(end - start);
    for (let i = start; i < end; i++) cells[i - start] = this[i]!;
    return cells;
  }
}
