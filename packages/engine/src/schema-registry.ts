import { type DataType, dataTypeName, encodeCommandResult, StatusCode, successResult, WireError } from '@balsa/wire';
import { AppliedIndex } from './applied-index.ts';
import { EngineError } from './errors.ts';
import { defaultStoreLimits } from './limits.ts';
import { canonicalDevice, canonicalMeasurement, devicePattern } from './path.ts';
import { decodeRegisterSeries, SchemaOperation, type SeriesRegistration } from './schema-command.ts';
import { SchemaReader, schemaRecords, schemaSnapshotFormat } from './schema-snapshot.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { readSnapshot } from './snapshot/read-snapshot.ts';
import type { RegisteredSeries } from './snapshot/series-names.ts';
import { SnapshotChunks } from './snapshot/snapshot-chunks.ts';

export interface SchemaStatistics {
  readonly devices: number;
  readonly series: number;
  readonly appliedIndex: number;
}

/** All replicas of a group need the same limits. */
export interface SchemaLimits {
  readonly seriesMax: number;
}

/**
 * The state machine of the metadata group: which series exist, and of which type.
 *
 * Registering is idempotent. A measurement that is registered with another type is left as it is and named in the
 * answer, while the others are registered.
 */
export class SchemaRegistry {
  readonly #limits: SchemaLimits;
  #catalog = new SeriesCatalog();
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
    if (command[0] !== SchemaOperation.registerSeries) {
      return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, `operation ${command[0]} is not known here`);
    }
    let registration: SeriesRegistration;
    try {
      registration = decodeRegisterSeries(Buffer.from(command.buffer, command.byteOffset + 1, command.byteLength - 1));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, error.message);
    }
    return this.#register(registration);
  }

  /** The registry as it is now, as bytes. Takes no time to speak of; commands that are applied later do not show. */
  snapshot(): IterableIterator<Uint8Array> {
    const state = { catalog: this.#catalog, appliedIndex: this.#applied.index };
    return new SnapshotChunks(schemaSnapshotFormat, schemaRecords(state, this.#limits.seriesMax));
  }

  /** Becomes what a snapshot holds. Rejects with a SnapshotError, and then nothing has changed. */
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const reader = new SchemaReader(this.#limits.seriesMax);
    const { catalog, appliedIndex } = await readSnapshot(chunks, schemaSnapshotFormat, reader);
    this.#catalog = catalog;
    this.#applied = new AppliedIndex(appliedIndex);
  }

  /** The measurements of a device and their types; `undefined` if it has none or the path is not legal. */
  lookup(device: string): ReadonlyMap<string, DataType> | undefined {
    return this.#catalog.devices.get(canonicalDevice(device) ?? device);
  }

  /**
   * Up to `limit` series of a device, or of all devices below a prefix (`root.plant.**`), by path in code unit order.
   * @throws EngineError ILLEGAL_PATH.
   */
  list(selector: string, limit: number): RegisteredSeries[] {
    const pattern = devicePattern(selector);
    if (pattern === undefined) throw new EngineError('ILLEGAL_PATH', `"${selector}" is not a legal device path`);
    const { devices } = this.#catalog;
    const paths =
      pattern.kind === 'device'
        ? [pattern.device]
        : [...devices.keys()].filter((path) => path.startsWith(pattern.prefix)).sort();
    const listed: RegisteredSeries[] = [];
    for (const device of paths) {
      for (const [measurement, dataType] of [...(devices.get(device) ?? [])].sort(byName)) {
        if (listed.length === limit) return listed;
        listed.push({ device, measurement, dataType });
      }
    }
    return listed;
  }

  statistics(): SchemaStatistics {
    const { devices, registered } = this.#catalog;
    return { devices: devices.size, series: registered.length, appliedIndex: this.#applied.index };
  }

  /** Of the series, in whatever order they were registered. */
  checksum(): number {
    return this.#catalog.checksum;
  }

  #register({ device, measurements, dataTypes }: SeriesRegistration): Uint8Array {
    const path = canonicalDevice(device);
    const names = measurements.map(canonicalMeasurement);
    if (path === undefined || names.includes(undefined)) {
      const illegal = path === undefined ? device : measurements[names.indexOf(undefined)];
      return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${illegal}" is not a legal name`);
    }
    const known = this.#catalog.devices.get(path);
    const fresh = new Map<string, DataType>();
    const conflicts: string[] = [];
    for (const [i, dataType] of dataTypes.entries()) {
      const name = names[i]!;
      const existing = known?.get(name) ?? fresh.get(name);
      if (existing === undefined) fresh.set(name, dataType);
      else if (existing !== dataType) conflicts.push(`${name} is already registered as ${dataTypeName(existing)}`);
    }
    if (this.#catalog.registered.length + fresh.size > this.#limits.seriesMax) {
      return encodeCommandResult(
        StatusCode.METADATA_ERROR,
        `${fresh.size} new series would exceed the limit of ${this.#limits.seriesMax}`,
      );
    }
    for (const [measurement, dataType] of fresh) this.#catalog.add({ device: path, measurement, dataType });
    if (conflicts.length === 0) return successResult;
    return encodeCommandResult(StatusCode.DATA_TYPE_MISMATCH, `${path}: ${conflicts.join('; ')}`);
  }
}

function byName(a: readonly [string, DataType], b: readonly [string, DataType]): number {
  return a[0] < b[0] ? -1 : 1;
}
