// The snapshot of a schema registry: one record of type 1, then the series in the order in which they were registered,
// see snapshot/series-names.ts.
//
//   1: u64 index of the last command | u64 series | u32 checksum | u64 `seriesMax` of the node that wrote it

import type { ByteReader } from '@balsa/wire';
import { SnapshotError } from './errors.ts';
import { SeriesCatalog } from './series-catalog.ts';
import type { SnapshotFormat } from './snapshot/format.ts';
import { headMissing, recordOutOfPlace, type StateReader } from './snapshot/read-snapshot.ts';
import { SeriesNameReader, SeriesNameWriter, seriesRecord, seriesTwice } from './snapshot/series-names.ts';
import type { RecordSource } from './snapshot/snapshot-chunks.ts';

export const schemaSnapshotFormat: SnapshotFormat = { machine: 2, version: 1 };

const headRecord = 1;

/** What the registry is, apart from its limits. */
export interface SchemaState {
  readonly catalog: SeriesCatalog;
  readonly appliedIndex: number;
}

/** The records of the state as it is now: a catalog is only ever added to, so to know how much there was is enough. */
export function schemaRecords({ catalog, appliedIndex }: SchemaState, seriesMax: number): RecordSource {
  const { registered, checksum } = catalog;
  const series = registered.length;
  return function* (out) {
    out.begin(headRecord);
    out.u64(appliedIndex);
    out.u64(series);
    out.u32(checksum);
    out.limit(seriesMax);
    out.end();
    yield;
    const names = new SeriesNameWriter();
    for (let i = 0; i < series; i++) {
      names.write(out, registered[i]!);
      yield;
    }
  };
}

interface SchemaHead {
  readonly appliedIndex: number;
  readonly series: number;
  readonly checksum: number;
}

export class SchemaReader implements StateReader<SchemaState> {
  readonly #seriesMax: number;
  readonly #catalog = new SeriesCatalog();
  readonly #names = new SeriesNameReader();
  #head: SchemaHead | undefined;

  constructor(seriesMax: number) {
    this.#seriesMax = seriesMax;
  }

  accept(type: number, body: ByteReader): void {
    if (this.#head === undefined) this.#head = this.#readHead(type, body);
    else if (type === seriesRecord) this.#readSeries(this.#head, body);
    else throw recordOutOfPlace(type);
  }

  finish(): SchemaState {
    if (this.#head === undefined) throw headMissing();
    const { appliedIndex, series, checksum } = this.#head;
    const { registered } = this.#catalog;
    if (registered.length !== series || this.#catalog.checksum !== checksum) {
      throw new SnapshotError('SNAPSHOT_MALFORMED', `these are not the ${series} series that were announced`);
    }
    return { catalog: this.#catalog, appliedIndex };
  }

  #readHead(type: number, body: ByteReader): SchemaHead {
    if (type !== headRecord) throw recordOutOfPlace(type);
    const head = { appliedIndex: body.u64(), series: body.u64(), checksum: body.u32() };
    const writersMax = body.u64();
    if (head.series > this.#seriesMax) {
      throw new SnapshotError(
        'SNAPSHOT_OVER_LIMITS',
        `it has ${head.series} series, and here there may be ${this.#seriesMax}; where it was written, ${writersMax}`,
      );
    }
    return head;
  }

  #readSeries(head: SchemaHead, body: ByteReader): void {
    const series = this.#names.read(body);
    if (this.#catalog.devices.get(series.device)?.has(series.measurement)) throw seriesTwice(series);
    if (this.#catalog.registered.length === head.series) throw recordOutOfPlace(seriesRecord);
    this.#catalog.add(series);
  }
}
