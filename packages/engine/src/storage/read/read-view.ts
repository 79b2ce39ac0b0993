// One device as it was at one moment, for a read that goes on while commands are applied and files come and go.

import {
  atOnceOrLater,
  awaited,
  type DeviceId,
  deviceOfPath,
  ready,
  type SeriesMetadata,
  type Steps,
  type TsFileReader,
} from '@balsa/tsfile';
import type { DataType } from '@balsa/wire';
import type { Device } from '../catalog/device.ts';
import { reasonOf, StorageError } from '../errors.ts';
import type { DataFile } from '../files/data-file.ts';
import { isDamage } from '../files/is-damage.ts';
import type { Memtable } from '../memtable/memtable.ts';
import { fileParts, type SeriesInFile, SharedTimes } from '../merge/file-parts.ts';
import { memoryPart, type Part, type PartContext, type Range } from '../merge/part.ts';
import type { Points } from '../points.ts';
import { type Intervals, intervalsOf } from '../tombstones/intervals.ts';
import type { Tombstone, TombstoneSet } from '../tombstones/tombstone.ts';
import type { TtlRules } from '../tombstones/ttl.ts';
import type { ReadCounters } from './read-counters.ts';

/** The state that a read begins with. */
export interface ReadState {
  readonly files: readonly DataFile[];
  /** The earlier ones first. */
  readonly memtables: readonly Memtable[];
  readonly tombstones: TombstoneSet;
  readonly ttl: TtlRules;
  readonly appliedIndex: number;
  readonly counters: ReadCounters;
  quarantine(file: DataFile, error: StorageError): void;
}

/** Memtables come after all files. */
const memtableRankMin: number = 2 ** 52;
const wholeDeviceSeriesMin = 4;

export class ReadView {
  readonly #state: ReadState;
  readonly #device: Device;
  readonly #id: DeviceId;
  readonly #range: Range;
  readonly #files: DataFile[] = [];
  readonly #memory = new Map<string, Points[][]>();
  readonly #found = new Map<DataFile, Map<string, SeriesMetadata>>();
  readonly #times = new Map<DataFile, Promise<SharedTimes | undefined>>();

  /**
   * Captures what is needed of the series that are named. The caller closes it.
   * @throws StorageError STORAGE_DAMAGED: a file that may have points in the range is damaged.
   */
  constructor(state: ReadState, device: Device, measurements: readonly string[], range: Range) {
    this.#state = state;
    this.#device = device;
    this.#id = deviceOfPath(device.path);
    const floorMs = state.ttl.floorMs(device.path);
    this.#range = { startMs: Math.max(range.startMs, floorMs), endMs: range.endMs };
    for (const file of state.files) {
      const span = file.spanOf(device);
      if (span === undefined || span.lastMs < this.#range.startMs || span.firstMs >= range.endMs) {
        state.counters.filesSkipped++;
        continue;
      }
      if (file.damage !== undefined) {
        this.close();
        throw file.damage;
      }
      file.retain();
      this.#files.push(file);
    }
    const { startMs, endMs } = this.#range;
    for (const measurement of measurements) {
      this.#memory.set(
        measurement,
        state.memtables.map((it) => it.capture(device, measurement, startMs, endMs)),
      );
    }
  }

  get range(): Range {
    return this.#range;
  }

  /** The parts of one of the series; at once, if what leads to them is at hand. */
  parts(measurement: string, type: DataType): Part[] | Promise<Part[]> {
    return atOnceOrLater(this.#gather(measurement, type));
  }

  *#gather(measurement: string, type: DataType): Steps<Part[]> {
    const { tombstones, appliedIndex, memtables, counters } = this.#state;
    const deletes = tombstones.of(this.#device, measurement, appliedIndex);
    const context: PartContext = { type, range: this.#range, counters };
    const parts: Part[] = [];
    for (const file of this.#files) {
      const found = yield* this.#find(file, measurement, type);
      if (found === undefined) continue;
      const { isInOrder, flush, index } = file.entry;
      const layer = { rank: isInOrder ? 0 : flush, gone: goneSince(index, deletes) };
      parts.push(...fileParts(found, layer, context));
    }
    for (const [i, memtable] of memtables.entries()) {
      const pieces = this.#memory.get(measurement)?.[i] ?? [];
      if (pieces.length === 0) continue;
      const gone = goneSince(memtable.sealed?.appliedIndex ?? appliedIndex, deletes);
      const layer = { rank: memtableRankMin + i, gone };
      for (const points of pieces) parts.push(memoryPart(points, layer, context));
    }
    return parts;
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.release();
  }

  *#find(file: DataFile, measurement: string, type: DataType): Steps<SeriesInFile | undefined> {
    try {
      const reader = yield* ready(file.reader());
      const series = yield* this.#seriesIn(file, reader, measurement);
      // One of another type is of a series that was deleted.
      if (series === undefined || series.dataType !== type) {
        this.#state.counters.filesSkipped++;
        return undefined;
      }
      const times = series.role === 'plain' ? undefined : yield* awaited(this.#timesIn(file, reader));
      return { file, reader, series, times, errorOf: (error: unknown) => this.#errorOf(file, error) };
    } catch (error) {
      throw this.#errorOf(file, error);
    }
  }

  /** One by itself is looked up; of many, the whole device is read once. */
  *#seriesIn(file: DataFile, reader: TsFileReader, measurement: string): Steps<SeriesMetadata | undefined> {
    if (this.#memory.size < wholeDeviceSeriesMin)
      return yield* ready(reader.seriesOfKnownDevice(this.#id, measurement));
    let wanted = this.#found.get(file);
    if (wanted === undefined) {
      wanted = yield* awaited(this.#wantedIn(reader));
      this.#found.set(file, wanted);
    }
    return wanted.get(measurement);
  }

  async #wantedIn(reader: TsFileReader): Promise<Map<string, SeriesMetadata>> {
    const wanted = new Map<string, SeriesMetadata>();
    for await (const series of reader.seriesOf(this.#id)) {
      if (this.#memory.has(series.measurement)) wanted.set(series.measurement, series);
    }
    return wanted;
  }

  #timesIn(file: DataFile, reader: TsFileReader): Promise<SharedTimes | undefined> {
    let times = this.#times.get(file);
    if (times === undefined) {
      times = reader.series(this.#id, '').then((series) => series && new SharedTimes(reader, series));
      this.#times.set(file, times);
    }
    return times;
  }

  /** Damage is where somebody meets it: from then on the file serves nothing. */
  #errorOf(file: DataFile, error: unknown): unknown {
    return damageOf(error, file, (damage) => this.#state.quarantine(file, damage));
  }
}

/** What was deleted of a layer after it was written. */
function goneSince(index: number, deletes: readonly Tombstone[]): Intervals {
  return intervalsOf(deletes.length === 0 ? deletes : deletes.filter((it) => it.index > index));
}

/** Damage puts a file into quarantine. */
export function damageOf(error: unknown, file: DataFile, quarantine: (damage: StorageError) => void): unknown {
  if (!isDamage(error)) return error;
  const damage =
    error instanceof StorageError
      ? error
      : new StorageError('STORAGE_DAMAGED', `${file.name}: ${reasonOf(error)}`, { file: file.name, cause: error });
  quarantine(damage);
  return damage;
}
