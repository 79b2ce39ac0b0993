// All series by device and measurement, and what they amount to. Totals are functions of the content alone, not of the
// order in which it came, so limits that look at them refuse the same commands on every replica.

import type { ByteReader, Column } from '@balsa/wire';
import type { AnySeries } from './any-series.ts';
import { DirectoryCapture, type DirectoryTotals, type SeriesEntry } from './directory-capture.ts';
import { DropLog } from './drop-log.ts';
import { deviceOverheadBytes, seriesOverheadBytes } from './limits.ts';
import { canonicalDevice, canonicalMeasurement, type DevicePattern } from './path.ts';
import type { RowPicks } from './tablet-rows.ts';

export interface Device {
  /** Canonical, as all names here are. */
  readonly path: string;
  readonly series: ReadonlyMap<string, AnySeries>;
}

interface OwnedDevice extends Device {
  readonly series: Map<string, AnySeries>;
  readonly entries: Map<string, SeriesEntry>;
}

export class SeriesDirectory {
  readonly #devices = new Map<string, OwnedDevice>();
  /** All series by ordinal: in the order in which they were created. */
  readonly #entries = new DropLog<SeriesEntry>(({ series }, ordinal) => {
    series.ordinal = ordinal;
  });
  readonly #captures = new Set<DirectoryCapture>();
  /** Paths of all devices in code unit order; `undefined` when one was added or removed since. */
  #sortedPaths: string[] | undefined;
  #points = 0;
  #billedBytes = 0;

  get devices(): number {
    return this.#devices.size;
  }

  get series(): number {
    return this.#entries.count;
  }

  get points(): number {
    return this.#points;
  }

  get billedBytes(): number {
    return this.#billedBytes;
  }

  /** The canonical form of a device path; `undefined` if it is not legal. Names in use are not parsed again. */
  canonicalDevice(path: string): string | undefined {
    return this.#devices.has(path) ? path : canonicalDevice(path);
  }

  /** As `canonicalDevice`, for a measurement of a device that may not exist yet. */
  canonicalMeasurement(device: Device | undefined, name: string): string | undefined {
    return device?.series.has(name) ? name : canonicalMeasurement(name);
  }

  device(path: string): Device | undefined {
    return this.#devices.get(path);
  }

  /** Devices that a pattern selects, by path in code unit order. */
  select(pattern: DevicePattern): Device[] {
    if (pattern.kind === 'below') return this.#inOrder((path) => path.startsWith(pattern.prefix));
    const device = this.#devices.get(pattern.device);
    return device === undefined ? [] : [device];
  }

  /** All devices by path in code unit order. */
  all(): Device[] {
    return this.#inOrder(() => true);
  }

  get totals(): DirectoryTotals {
    const { devices, series, points, billedBytes } = this;
    return { devices, series, points, billedBytes };
  }

  /** Everything as it is now. What happens later does not show in it. The caller releases it. */
  capture(): DirectoryCapture {
    const capture = new DirectoryCapture(this.#entries.capture(), this.totals);
    this.#captures.add(capture);
    return capture;
  }

  /** Nobody reads the capture any more. */
  release(capture: DirectoryCapture): void {
    this.#captures.delete(capture);
    this.#entries.release();
  }

  /** Adds a series without points, and its device if that is new. Neither name is taken; both are canonical. */
  add(path: string, measurement: string, series: AnySeries): void {
    let device = this.#devices.get(path);
    if (device === undefined) {
      device = { path, series: new Map(), entries: new Map() };
      this.#devices.set(path, device);
      this.#sortedPaths = undefined;
      this.#billedBytes += deviceBytes(path);
    }
    device.series.set(measurement, series);
    const entry: SeriesEntry = { device: path, measurement, series, droppedAt: undefined };
    device.entries.set(measurement, entry);
    series.ordinal = this.#entries.add(entry);
    this.#billedBytes += seriesBytes(measurement);
  }

  /** Removes a series with its points, and its device if that has no other. It is not written to any more, so captures may come to it later. */
  remove(path: string, measurement: string): void {
    const device = this.#devices.get(path)!;
    const entry = device.entries.get(measurement)!;
    this.#leaveOut(entry.series);
    this.#billedBytes -= seriesBytes(measurement);
    device.series.delete(measurement);
    device.entries.delete(measurement);
    this.#entries.drop(entry);
    if (device.series.size > 0) return;
    this.#devices.delete(path);
    this.#sortedPaths = undefined;
    this.#billedBytes -= deviceBytes(path);
  }

  /** Deletes the points of a series of this directory with `startMs <= time < endMs`. */
  deleteRange(series: AnySeries, startMs: number, endMs: number): void {
    for (const capture of this.#captures) capture.beforeWrite(series);
    this.#leaveOut(series);
    series.deleteRange(startMs, endMs);
    this.#countIn(series);
  }

  /** Writes the picked rows of a column into a series of this directory that accepts their type. */
  write(series: AnySeries, timestamps: Float64Array, column: Column, picks: RowPicks): void {
    for (const capture of this.#captures) capture.beforeWrite(series);
    this.#leaveOut(series);
    series.write(timestamps, column.values, picks);
    this.#countIn(series);
  }

  /** Adds points to a series of this directory as they come out of a snapshot. @throws WireError: see `Series.load`. */
  load(series: AnySeries, bytes: ByteReader): void {
    this.#leaveOut(series);
    series.load(bytes);
    this.#countIn(series);
  }

  #leaveOut(series: AnySeries): void {
    this.#points -= series.points;
    this.#billedBytes -= series.billedBytes;
  }

  #countIn(series: AnySeries): void {
    this.#points += series.points;
    this.#billedBytes += series.billedBytes;
  }

  #inOrder(wanted: (path: string) => boolean): Device[] {
    this.#sortedPaths ??= [...this.#devices.keys()].sort();
    return this.#sortedPaths.filter(wanted).map((path) => this.#devices.get(path)!);
  }
}

export function deviceBytes(path: string): number {
  return deviceOverheadBytes + 2 * path.length;
}

export function seriesBytes(measurement: string): number {
  return seriesOverheadBytes + 2 * measurement.length;
}
