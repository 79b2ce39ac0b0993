// Blocks of rows that become one.

import { allocateValues, type Column, type DataType, isNull, nullBytes } from '@balsa/wire';
import type { RowBlock } from '../merge/join-series.ts';
import { copyValues } from '../points.ts';

interface Part extends RowBlock {
  /** Of its rows, the first so many. */
  readonly rows: number;
}

export class GatheredRows {
  readonly #types: readonly DataType[];
  readonly #parts: Part[] = [];
  #count = 0;
  #textBytes = 0;

  constructor(types: readonly DataType[]) {
    this.#types = types;
  }

  get count(): number {
    return this.#count;
  }

  /** Rows times columns. */
  get values(): number {
    return this.#count * this.#types.length;
  }

  /** What texts and blobs take, about. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /** Adds the first `rows` rows of a block. */
  add(block: RowBlock, rows: number): void {
    this.#parts.push({ ...block, rows });
    this.#count += rows;
    for (const { values } of block.columns) {
      if (ArrayBuffer.isView(values)) continue;
      for (let row = 0; row < rows; row++) this.#textBytes += values[row]!.length;
    }
  }

  times(): Float64Array {
    const times = new Float64Array(this.#count);
    let at = 0;
    for (const part of this.#parts) {
      times.set(part.times.subarray(0, part.rows), at);
      at += part.rows;
    }
    return times;
  }

  columns(): Column[] {
    return this.#types.map((type, column) => this.#column(type, column));
  }

  #column(type: DataType, position: number): Column {
    const values = allocateValues(type, this.#count);
    let nulls: Uint8Array | undefined;
    let at = 0;
    for (const { columns, rows } of this.#parts) {
      const column = columns[position]!;
      copyValues(values, at, column.values, 0, rows);
      for (let row = 0; column.nulls !== undefined && row < rows; row++) {
        if (!isNull(column, row)) continue;
        nulls ??= new Uint8Array(nullBytes(this.#count));
        nulls[(at + row) >> 3]! |= 1 << ((at + row) & 7);
      }
      at += rows;
    }
    return nulls === undefined ? { values } : { values, nulls };
  }
}
