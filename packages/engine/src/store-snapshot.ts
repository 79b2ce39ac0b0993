// The snapshot of a series store: one record of type 1, then every series in the order of their creation, each with the
// record that names it (type 2, snapshot/series-names.ts) and those of its points (type 3, snapshot/points.ts).
//
//   1: u64 index of the last command | u64 rows applied
//      u64 devices | u64 series | u64 points | u64 billed bytes
//      u64 `memoryBytesMax` | u64 `seriesMax`, both of the node that wrote it
//
// Stores that have applied the same commands give the same bytes, as far as they have the same limits.

import type { ByteReader } from '@balsa/wire';
import { type AnySeries, createSeries } from './any-series.ts';
import type { DirectoryCapture, DirectoryTotals } from './directory-capture.ts';
import { SnapshotError } from './errors.ts';
import type { StoreLimits } from './limits.ts';
import { SeriesDirectory } from './series-directory.ts';
import type { SnapshotFormat } from './snapshot/format.ts';
import { pointsRecord } from './snapshot/points.ts';
import { headMissing, recordOutOfPlace, type StateReader } from './snapshot/read-snapshot.ts';
import type { RecordWriter } from './snapshot/record-writer.ts';
import {
  type RegisteredSeries,
  SeriesNameReader,
  SeriesNameWriter,
  seriesRecord,
  seriesTwice,
} from './snapshot/series-names.ts';

export const storeSnapshotFormat: SnapshotFormat = { machine: 3, version: 1 };

const headRecord = 1;

/** What has been applied. */
export interface StoreProgress {
  readonly appliedIndex: number;
  readonly rowsApplied: number;
}

/** What the store is, apart from its limits. */
export interface StoreState extends StoreProgress {
  readonly directory: SeriesDirectory;
}

/** Writes one record at each step. */
export function* storeRecords(
  out: RecordWriter,
  capture: DirectoryCapture,
  { appliedIndex, rowsApplied }: StoreProgress,
  limits: StoreLimits,
): Generator<void, void, undefined> {
  const { devices, series, points, billedBytes } = capture.totals;
  out.begin(headRecord);
  for (const count of [appliedIndex, rowsApplied, devices, series, points, billedBytes]) out.u64(count);
  out.limit(limits.memoryBytesMax);
  out.limit(limits.seriesMax);
  out.end();
  yield;
  const names = new SeriesNameWriter();
  for (const each of capture.takeSeries()) {
    names.write(out, each);
    yield;
    yield* each.points.write(out);
  }
}

interface StoreHead extends StoreProgress, DirectoryTotals {}

export class StoreReader implements StateReader<StoreState> {
  readonly #limits: StoreLimits;
  readonly #directory = new SeriesDirectory();
  readonly #names = new SeriesNameReader();
  #head: StoreHead | undefined;
  /** The series named last, to which points belong. */
  #series: AnySeries | undefined;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  accept(type: number, body: ByteReader): void {
    if (this.#head === undefined) {
      this.#head = this.#readHead(type, body);
      return;
    }
    if (type === seriesRecord) this.#series = this.#addSeries(this.#names.read(body));
    else if (type === pointsRecord && this.#series !== undefined) this.#directory.load(this.#series, body);
    else throw recordOutOfPlace(type);
    const { series, billedBytes } = this.#directory;
    if (series > this.#head.series || billedBytes > this.#head.billedBytes) throw notAsAnnounced();
  }

  finish(): StoreState {
    const head = this.#head;
    if (head === undefined) throw headMissing();
    const directory = this.#directory;
    const { devices, series, points, billedBytes } = directory;
    if (
      devices !== head.devices ||
      series !== head.series ||
      points !== head.points ||
      billedBytes !== head.billedBytes
    ) {
      throw notAsAnnounced();
    }
    return { directory, appliedIndex: head.appliedIndex, rowsApplied: head.rowsApplied };
  }

  #readHead(type: number, body: ByteReader): StoreHead {
    if (type !== headRecord) throw recordOutOfPlace(type);
    const head = {
      appliedIndex: body.u64(),
      rowsApplied: body.u64(),
      devices: body.u64(),
      series: body.u64(),
      points: body.u64(),
      billedBytes: body.u64(),
    };
    const [memoryBytesMax, seriesMax] = [body.u64(), body.u64()];
    const limits = this.#limits;
    if (head.billedBytes > limits.memoryBytesMax || head.series > limits.seriesMax) {
      throw new SnapshotError(
        'SNAPSHOT_OVER_LIMITS',
        `it has ${head.series} series and ${head.billedBytes} bytes, and here there may be ${limits.seriesMax} and ` +
          `${limits.memoryBytesMax}; where it was written, ${seriesMax} and ${memoryBytesMax}`,
      );
    }
    return head;
  }

  #addSeries(name: RegisteredSeries): AnySeries {
    if (this.#directory.device(name.device)?.series.has(name.measurement)) throw seriesTwice(name);
    const series = createSeries(name.dataType);
    this.#directory.add(name.device, name.measurement, series);
    return series;
  }
}

function notAsAnnounced(): SnapshotError {
  return new SnapshotError('SNAPSHOT_MALFORMED', 'it holds more or less than it announces');
}
