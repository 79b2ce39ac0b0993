// The snapshot of a schema registry: one record of type 1, then records of the other types, the series in the order in which they were
// registered.
//
//   1: u64 index of the last command | u64 series | u32 checksum of all that follows | u64 `seriesMax` of the node that wrote it
//   2: text16 path of a database
//   3: text16 path that has a time to live | u64 ms
//   4: u8 1 if aligned | text16 device, empty if it is that of the series before | definition, see series-bytes.ts

import { type ByteReader, deviceBytesMax } from '@balsa/wire';
import { SnapshotError } from '../errors.ts';
import { canonicalDevice, canonicalMeasurement } from '../path.ts';
import { parsePathPattern } from '../path-pattern.ts';
import type { SnapshotFormat } from '../snapshot/format.ts';
import { headMissing, recordOutOfPlace, type StateReader } from '../snapshot/read-snapshot.ts';
import { illegalName, seriesTwice } from '../snapshot/series-names.ts';
import type { RecordSource } from '../snapshot/snapshot-chunks.ts';
import { type CatalogCapture, namesOf, SchemaCatalog } from './schema-catalog.ts';
import { databasesMax, ttlRulesMax } from './schema-limits.ts';
import { readDefinition, writeDefinition } from './series-bytes.ts';
import { faultOf } from './series-schema.ts';

export const schemaSnapshotFormat: SnapshotFormat = { machine: 2, version: 2 };

const headRecord = 1;
const databaseRecord = 2;
const ttlRecord = 3;
const seriesRecord = 4;

export interface CapturedSchema {
  readonly capture: CatalogCapture;
  readonly appliedIndex: number;
}

/** What the registry is, apart from its limits. */
export interface SchemaState {
  readonly catalog: SchemaCatalog;
  readonly appliedIndex: number;
}

/** The records of what was captured. */
export function schemaRecords({ capture, appliedIndex }: CapturedSchema, seriesMax: number): RecordSource {
  return function* (out) {
    out.begin(headRecord);
    out.u64(appliedIndex);
    out.u64(capture.series.count);
    out.u32(capture.checksum);
    out.limit(seriesMax);
    out.end();
    yield;
    for (const database of capture.databases) {
      out.begin(databaseRecord);
      out.text16(database);
      out.end();
      yield;
    }
    for (const [path, ttlMs] of capture.ttls) {
      out.begin(ttlRecord);
      out.text16(path);
      out.u64(ttlMs);
      out.end();
      yield;
    }
    let device = '';
    for (let position = 0; position < capture.series.size; position++) {
      const series = capture.series.at(position);
      if (series === undefined) continue;
      out.begin(seriesRecord);
      out.u8(series.isAligned ? 1 : 0);
      out.text16(series.device === device ? '' : series.device);
      writeDefinition(out, series);
      out.end();
      device = series.device;
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
  readonly #catalog = new SchemaCatalog();
  #head: SchemaHead | undefined;
  #device = '';

  constructor(seriesMax: number) {
    this.#seriesMax = seriesMax;
  }

  accept(type: number, body: ByteReader): void {
    if (this.#head === undefined) {
      this.#head = this.#readHead(type, body);
      return;
    }
    switch (type) {
      case databaseRecord:
        this.#readDatabase(body);
        break;
      case ttlRecord:
        this.#readTtl(body);
        break;
      case seriesRecord:
        this.#readSeries(this.#head, body);
        break;
      default:
        throw recordOutOfPlace(type);
    }
  }

  finish(): SchemaState {
    if (this.#head === undefined) throw headMissing();
    const { appliedIndex, series, checksum } = this.#head;
    if (this.#catalog.seriesCount !== series || this.#catalog.checksum !== checksum) {
      throw new SnapshotError('SNAPSHOT_MALFORMED', `this is not the schema of ${series} series that was announced`);
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

  #readDatabase(body: ByteReader): void {
    const path = body.text16(deviceBytesMax);
    const { databases, tree } = this.#catalog;
    if (canonicalDevice(path) !== path) throw illegalName(path);
    const other = tree.databaseAbove(namesOf(path)) ?? tree.databaseBelow(namesOf(path));
    if (other !== undefined || databases.size === databasesMax) throw recordOutOfPlace(databaseRecord);
    this.#catalog.addDatabase(path);
  }

  #readTtl(body: ByteReader): void {
    const path = body.text16(deviceBytesMax);
    const ttlMs = body.u64();
    if (parsePathPattern(path)?.text !== path) throw illegalName(path);
    const { ttls } = this.#catalog;
    if (ttlMs === 0 || ttls.has(path) || ttls.size === ttlRulesMax) throw recordOutOfPlace(ttlRecord);
    this.#catalog.setTtl(path, ttlMs);
  }

  #readSeries(head: SchemaHead, body: ByteReader): void {
    const isAligned = body.u8() !== 0;
    const named = body.text16(deviceBytesMax);
    const definition = readDefinition(body);
    if (named !== '' || this.#device === '') {
      if (canonicalDevice(named) !== named) throw illegalName(named);
      this.#device = named;
    }
    const { measurement } = definition;
    if (canonicalMeasurement(measurement) !== measurement) throw illegalName(measurement);
    const fault = faultOf(definition);
    if (fault !== undefined) throw new SnapshotError('SNAPSHOT_MALFORMED', `${this.#device}.${measurement}: ${fault}`);
    const known = this.#catalog.devices.get(this.#device);
    if (known?.series.has(measurement)) throw seriesTwice({ device: this.#device, measurement });
    if (known !== undefined && known.isAligned !== isAligned) throw recordOutOfPlace(seriesRecord);
    if (this.#catalog.seriesCount === head.series) throw recordOutOfPlace(seriesRecord);
    this.#catalog.addSeries({ ...definition, device: this.#device, isAligned });
  }
}
