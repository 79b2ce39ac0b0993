import { type DataType, encodeCommandResult, StatusCode, successResult, WireError } from '@balsa/wire';
import { AppliedIndex } from '../applied-index.ts';
import { EngineError } from '../errors.ts';
import { defaultStoreLimits } from '../limits.ts';
import { canonicalDevice, devicePattern } from '../path.ts';
import { type PathPattern, parsePathPattern } from '../path-pattern.ts';
import { readSnapshot } from '../snapshot/read-snapshot.ts';
import type { RegisteredSeries } from '../snapshot/series-names.ts';
import { SnapshotChunks } from '../snapshot/snapshot-chunks.ts';
import { createDatabase, dropDatabases } from './databases.ts';
import { createSeries, findSeries, registerSeries } from './define-series.ts';
import { dropSeries } from './drop-series.ts';
import { type DeviceSchema, namesOf, SchemaCatalog, type SchemaNode } from './schema-catalog.ts';
import { decodeSchemaCommand, type SchemaCommand } from './schema-command.ts';
import type { SchemaLimits } from './schema-limits.ts';
import { SchemaReader, schemaRecords, schemaSnapshotFormat } from './schema-snapshot.ts';
import type { SeriesSchema } from './series-schema.ts';
import { setTtl, unsetTtl } from './time-to-live.ts';

export interface SchemaStatistics {
  readonly databases: number;
  readonly devices: number;
  readonly series: number;
  readonly appliedIndex: number;
}

/** The state machine of the metadata group: which databases and series there are, and how long their points live. */
export class SchemaRegistry {
  readonly #limits: SchemaLimits;
  #catalog = new SchemaCatalog();
  #applied = new AppliedIndex();

  constructor(limits: SchemaLimits = { seriesMax: defaultStoreLimits.seriesMax }) {
    this.#limits = limits;
  }

  /**
   * Applies a command: `u8 operation | body`, see `SchemaOperation`. Returns `u16 status | UTF-8 message`; a command
   * that makes no sense is answered so as well. Throws only if `index` does not ascend.
   */
  apply(index: number, command: Uint8Array): Uint8Array {
    this.#applied.advanceTo(index);
    let decoded: SchemaCommand;
    try {
      decoded = decodeSchemaCommand(Buffer.from(command.buffer, command.byteOffset, command.byteLength));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, error.message);
    }
    return this.#carryOut(decoded);
  }

  /** The registry as it is now, as bytes. Takes no time to speak of; commands that are applied later do not show. */
  snapshot(): IterableIterator<Uint8Array> {
    const catalog = this.#catalog;
    const state = { capture: catalog.capture(), appliedIndex: this.#applied.index };
    return new SnapshotChunks(schemaSnapshotFormat, schemaRecords(state, this.#limits.seriesMax), () =>
      catalog.release(),
    );
  }

  /** Becomes what a snapshot holds. Rejects with a SnapshotError, and then nothing has changed. */
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const reader = new SchemaReader(this.#limits.seriesMax);
    const { catalog, appliedIndex } = await readSnapshot(chunks, schemaSnapshotFormat, reader);
    this.#catalog = catalog;
    this.#applied = new AppliedIndex(appliedIndex);
  }

  /** A device; `undefined` if it has no series or the path is not legal. */
  device(path: string): DeviceSchema | undefined {
    return this.#catalog.devices.get(canonicalDevice(path) ?? path);
  }

  /** A series of a device by its canonical name or alias. */
  series(device: string, name: string): SeriesSchema | undefined {
    return findSeries(this.device(device), name);
  }

  /** The type of a series; `undefined` if there is none. Both names are canonical. */
  dataTypeOf(device: string, measurement: string): DataType | undefined {
    return this.#catalog.devices.get(device)?.series.get(measurement)?.dataType;
  }

  /** The series that a pattern takes, by path in code unit order. Not to be gone on with after another command was applied. */
  matchSeries(pattern: PathPattern): Generator<SeriesSchema, void, undefined> {
    return this.#catalog.matchSeries(pattern);
  }

  /** The nodes of databases and devices, and those above them, that a pattern takes; as `matchSeries`. */
  matchNodes(pattern: PathPattern): Generator<SchemaNode, void, undefined> {
    return this.#catalog.tree.match(pattern);
  }

  /** The database that a device is in, or that is the path itself; `undefined`: none. The path is canonical. */
  databaseOf(path: string): string | undefined {
    return this.#catalog.tree.databaseAbove(namesOf(path))?.path;
  }

  /** How long the points of a device live; `undefined`: for ever. The path is canonical. */
  ttlMsOf(device: string): number | undefined {
    return this.#catalog.ttlMsOf(device);
  }

  /** What was said of times to live, by path; it may end in `.**`. */
  get ttls(): ReadonlyMap<string, number> {
    return this.#catalog.ttls;
  }

  /**
   * Up to `limit` series of a device, or of all devices below a prefix (`root.plant.**`), by path in code unit order.
   * @throws EngineError ILLEGAL_PATH.
   */
  list(selector: string, limit: number): RegisteredSeries[] {
    const pattern = devicePattern(selector);
    if (pattern === undefined) throw new EngineError('ILLEGAL_PATH', `"${selector}" is not a legal device path`);
    const all = pattern.kind === 'device' ? `${pattern.device}.*` : `${pattern.prefix}*.**`;
    const listed: RegisteredSeries[] = [];
    for (const { device, measurement, dataType } of this.matchSeries(parsePathPattern(all)!)) {
      if (listed.length === limit) break;
      listed.push({ device, measurement, dataType });
    }
    return listed;
  }

  statistics(): SchemaStatistics {
    const { databases, devices, seriesCount } = this.#catalog;
    return {
      databases: databases.size,
      devices: devices.size,
      series: seriesCount,
      appliedIndex: this.#applied.index,
    };
  }

  /** Of all that is in it, in whatever order it came. */
  checksum(): number {
    return this.#catalog.checksum;
  }

  #carryOut(command: SchemaCommand): Uint8Array {
    const catalog = this.#catalog;
    const { seriesMax } = this.#limits;
    switch (command.kind) {
      case 'registerSeries':
        return registerSeries(catalog, seriesMax, command);
      case 'createDatabase':
        return createDatabase(catalog, command.path, command.ttlMs);
      case 'dropDatabases':
        return dropDatabases(catalog, command.patterns);
      case 'createSeries':
        return createSeries(catalog, seriesMax, command.device, command.isAligned, command.definitions);
      case 'dropSeries':
        return dropSeries(catalog, command.patterns);
      case 'setTtl':
        return setTtl(catalog, command.path, command.ttlMs) ?? successResult;
      case 'unsetTtl':
        return unsetTtl(catalog, command.path) ?? successResult;
    }
  }
}
