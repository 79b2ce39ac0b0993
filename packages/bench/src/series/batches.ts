// The rows of all devices, in the tablets and in the order in which they are written: every device has its turn, as if all of them sent what
// they measured in the meantime.

import { Random } from '../chaos/random.ts';
import { type DataShape, startMs } from './data-shape.ts';
import { type ValueSource, valueSource } from './value-source.ts';

/** Rows of one device. Times ascend. */
export interface Batch {
  readonly device: number;
  readonly timestamps: Float64Array;
  /** One for each sensor. */
  readonly columns: readonly Float64Array[];
}

/** Behind those of the sensors. */
const latenessPart = 1 << 20;

export function* batchesOf(shape: DataShape): Generator<Batch, void, undefined> {
  let devices = Array.from({ length: shape.devices }, (_, device) => new DeviceRows(shape, device));
  while (devices.length > 0) {
    const more: DeviceRows[] = [];
    for (const device of devices) {
      const batch = device.next();
      if (batch === undefined) continue;
      yield batch;
      more.push(device);
    }
    devices = more;
  }
}

class DeviceRows {
  readonly #shape: DataShape;
  readonly #device: number;
  readonly #sources: readonly ValueSource[];
  readonly #lateness: Random;
  readonly #punctual: RowBuffer;
  /** Kept back until it is full: by then rows behind it have been written. */
  readonly #late: RowBuffer;
  #row = 0;

  constructor(shape: DataShape, device: number) {
    this.#shape = shape;
    this.#device = device;
    this.#sources = Array.from({ length: shape.sensors }, (_, sensor) => valueSource(shape, device, sensor));
    this.#lateness = new Random(shape.seed).fork(device).fork(latenessPart);
    this.#punctual = new RowBuffer(shape);
    this.#late = new RowBuffer(shape);
  }

  next(): Batch | undefined {
    const { rows, outOfOrderPercent, intervalMs } = this.#shape;
    while (this.#row < rows) {
      const isLate = this.#lateness.between(1, 100) <= outOfOrderPercent;
      const buffer = isLate ? this.#late : this.#punctual;
      buffer.add(startMs + this.#row * intervalMs, this.#sources);
      this.#row += 1;
      if (buffer.isFull) return buffer.take(this.#device);
    }
    return this.#punctual.take(this.#device) ?? this.#late.take(this.#device);
  }
}

class RowBuffer {
  readonly #timestamps: Float64Array;
  readonly #columns: readonly Float64Array[];
  #size = 0;

  constructor({ sensors, batchRows }: DataShape) {
    this.#timestamps = new Float64Array(batchRows);
    this.#columns = Array.from({ length: sensors }, () => new Float64Array(batchRows));
  }

  get isFull(): boolean {
    return this.#size === this.#timestamps.length;
  }

  add(timestamp: number, sources: readonly ValueSource[]): void {
    this.#timestamps[this.#size] = timestamp;
    for (const [sensor, source] of sources.entries()) this.#columns[sensor]![this.#size] = source.next();
    this.#size += 1;
  }

  /** `undefined`: it is empty. */
  take(device: number): Batch | undefined {
    const size = this.#size;
    if (size === 0) return undefined;
    this.#size = 0;
    return {
      device,
      timestamps: this.#timestamps.slice(0, size),
      columns: this.#columns.map((column) => column.slice(0, size)),
    };
  }
}
