// Rows as they come, of many devices, gathered into tablets.

import type { DataType } from '@balsa/wire';
import type { Cell } from '../node-client/node-client.ts';
import type { JsonTablet } from './json-tablet.ts';

/** A request of about this size keeps a node busy long enough; its limit is 8 MiB unless configured otherwise. */
const TABLET_CHARS = 512 << 10;
const TABLET_ROWS_MAX = 20_000;
/** Of all devices together. */
const WAITING_CHARS_MAX = 32 << 20;
/** What a time and the separators of a row take. */
const ROW_CHARS = 16;

/** The columns of a device; their number and order are those of the rows that are added. */
export interface RowColumns {
  readonly measurements: readonly string[];
  readonly dataTypes: readonly DataType[];
}

interface Waiting {
  readonly columns: RowColumns;
  readonly times: number[];
  readonly values: Cell[][];
  chars: number;
}

export class DeviceRows {
  readonly #isAligned: boolean;
  readonly #byDevice = new Map<string, Waiting>();
  #chars = 0;

  constructor(isAligned: boolean) {
    this.#isAligned = isAligned;
  }

  /** Gives what is to be sent now, if anything. `cells`: copied. */
  add(device: string, columns: RowColumns, time: number, cells: readonly Cell[]): JsonTablet[] {
    const waiting = this.#waitingFor(device, columns);
    waiting.times.push(time);
    let chars = ROW_CHARS;
    for (const [at, cell] of cells.entries()) {
      waiting.values[at]!.push(cell);
      chars += typeof cell === 'string' ? cell.length + 3 : cell === null ? 5 : 12;
    }
    waiting.chars += chars;
    this.#chars += chars;
    if (waiting.chars >= TABLET_CHARS || waiting.times.length >= TABLET_ROWS_MAX) return [this.#take(device, waiting)];
    return this.#chars >= WAITING_CHARS_MAX ? this.takeAll() : [];
  }

  takeAll(): JsonTablet[] {
    return [...this.#byDevice].map(([device, waiting]) => this.#take(device, waiting));
  }

  #waitingFor(device: string, columns: RowColumns): Waiting {
    let waiting = this.#byDevice.get(device);
    if (waiting === undefined) {
      waiting = { columns, times: [], values: columns.measurements.map(() => []), chars: 0 };
      this.#byDevice.set(device, waiting);
    }
    return waiting;
  }

  #take(device: string, { columns, times, values, chars }: Waiting): JsonTablet {
    this.#byDevice.delete(device);
    this.#chars -= chars;
    return { device, isAligned: this.#isAligned, ...columns, times, values };
  }
}
