import {
  ByteWriter,
  crc32c,
  type DataType,
  dataTypeName,
  encodeCommandResult,
  StatusCode,
  successResult,
  WireError,
} from '@balsa/wire';
import { AppliedIndex } from './applied-index.ts';
import { EngineError } from './errors.ts';
import { defaultStoreLimits } from './limits.ts';
import { canonicalDevice, canonicalMeasurement, devicePattern } from './path.ts';
import { decodeRegisterSeries, SchemaOperation, type SeriesRegistration } from './schema-command.ts';

export interface RegisteredSeries {
  readonly device: string;
  readonly measurement: string;
  readonly dataType: DataType;
}

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
  readonly #devices = new Map<string, Map<string, DataType>>();
  readonly #applied = new AppliedIndex();
  #series = 0;
  #checksum = 0;

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

  snapshot(): Iterable<Uint8Array> {
    throw new Error('not there yet');
  }

  restore(_chunks: AsyncIterable<Uint8Array>): Promise<void> {
    throw new Error('not there yet');
  }

  /** The measurements of a device and their types; `undefined` if it has none or the path is not legal. */
  lookup(device: string): ReadonlyMap<string, DataType> | undefined {
    return this.#devices.get(canonicalDevice(device) ?? device);
  }

  /**
   * Up to `limit` series of a device, or of all devices below a prefix (`root.plant.**`), by path in code unit order.
   * @throws EngineError ILLEGAL_PATH.
   */
  list(selector: string, limit: number): RegisteredSeries[] {
    const pattern = devicePattern(selector);
    if (pattern === undefined) throw new EngineError('ILLEGAL_PATH', `"${selector}" is not a legal device path`);
    const paths =
      pattern.kind === 'device'
        ? [pattern.device]
        : [...this.#devices.keys()].filter((path) => path.startsWith(pattern.prefix)).sort();
    const listed: RegisteredSeries[] = [];
    for (const device of paths) {
      for (const [measurement, dataType] of [...(this.#devices.get(device) ?? [])].sort(byName)) {
        if (listed.length === limit) return listed;
        listed.push({ device, measurement, dataType });
      }
    }
    return listed;
  }

  statistics(): SchemaStatistics {
    return { devices: this.#devices.size, series: this.#series, appliedIndex: this.#applied.index };
  }

  /** The sum of the series' own checksums: independent of the order in which they were registered. */
  checksum(): number {
    return this.#checksum;
  }

  #register({ device, measurements, dataTypes }: SeriesRegistration): Uint8Array {
    const path = canonicalDevice(device);
    const names = measurements.map(canonicalMeasurement);
    if (path === undefined || names.includes(undefined)) {
      const illegal = path === undefined ? device : measurements[names.indexOf(undefined)];
      return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${illegal}" is not a legal name`);
    }
    const known = this.#devices.get(path) ?? new Map<string, DataType>();
    const fresh = new Map<string, DataType>();
    const conflicts: string[] = [];
    for (const [i, dataType] of dataTypes.entries()) {
      const name = names[i]!;
      const existing = known.get(name) ?? fresh.get(name);
      if (existing === undefined) fresh.set(name, dataType);
      else if (existing !== dataType) conflicts.push(`${name} is already registered as ${dataTypeName(existing)}`);
    }
    if (this.#series + fresh.size > this.#limits.seriesMax) {
      return encodeCommandResult(
        StatusCode.METADATA_ERROR,
        `${fresh.size} new series would exceed the limit of ${this.#limits.seriesMax}`,
      );
    }
    if (fresh.size > 0) this.#devices.set(path, known);
    for (const [name, dataType] of fresh) this.#add(known, path, name, dataType);
    if (conflicts.length === 0) return successResult;
    return encodeCommandResult(StatusCode.DATA_TYPE_MISMATCH, `${path}: ${conflicts.join('; ')}`);
  }

  #add(known: Map<string, DataType>, path: string, measurement: string, dataType: DataType): void {
    known.set(measurement, dataType);
    this.#series++;
    const writer = new ByteWriter(256);
    writer.text16(path);
    writer.text16(measurement);
    writer.u8(dataType);
    this.#checksum = (this.#checksum + crc32c(writer.written())) >>> 0;
  }
}

function byName(a: readonly [string, DataType], b: readonly [string, DataType]): number {
  return a[0] < b[0] ? -1 : 1;
}
