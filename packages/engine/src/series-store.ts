import {
  type AggregateQuery,
  type AggregateResult,
  type DataType,
  decodeTablet,
  encodeCommandResult,
  type RangeQuery,
  type RangeResult,
  StatusCode,
  type StoreStatistics,
  WireError,
} from '@balsa/wire';
import { aggregate } from './aggregate.ts';
import { AppliedIndex } from './applied-index.ts';
import { directoryChecksum } from './checksum.ts';
import { createMissingSeries } from './create-series.ts';
import { DataOperation } from './data-command.ts';
import { deleteRange, deleteSeries } from './delete-points.ts';
import { type DeviceRows, type DeviceRowsQuery, deviceRows } from './device-rows.ts';
import { defaultStoreLimits, type StoreLimits } from './limits.ts';
import { range } from './range.ts';
import { SeriesDirectory } from './series-directory.ts';
import { readSnapshot } from './snapshot/read-snapshot.ts';
import { SnapshotChunks } from './snapshot/snapshot-chunks.ts';
import { StoreReader, storeRecords, storeSnapshotFormat } from './store-snapshot.ts';
import { insertTablet } from './tablet-insert.ts';

/**
 * The state machine of the data group: columnar series in memory, rebuilt from a snapshot and the log.
 *
 * Series are created by their first write, which fixes their type. Timestamps may come in any order and repeat: the
 * last value written wins. Reads see exactly the commands applied and change nothing.
 *
 * @example
 * const store = new SeriesStore();
 * const result = store.apply(1, encodeInsertTablet(tablet)); // u16 status, UTF-8 message
 * const { timestamps, columns } = store.range({ device, measurements, startMs, endMs, limit: 1000 });
 */
export class SeriesStore {
  readonly #limits: StoreLimits;
  #directory = new SeriesDirectory();
  #applied = new AppliedIndex();
  #rowsApplied = 0;
  /** `undefined` when something was applied since it was taken. */
  #checksum: number | undefined;

  /** Limits not given are the defaults. All replicas of a group need the same. */
  constructor(limits: Partial<StoreLimits> = {}) {
    this.#limits = { ...defaultStoreLimits, ...limits };
  }

  /**
   * Applies a command: `u8 operation | body`, see `DataOperation`. Returns `u16 status | UTF-8 message`; a command
   * that makes no sense is answered so as well. Throws only if `index` does not ascend.
   */
  apply(index: number, command: Uint8Array): Uint8Array {
    this.#applied.advanceTo(index);
    this.#checksum = undefined;
    const body = Buffer.from(command.buffer, command.byteOffset, command.byteLength).subarray(1);
    try {
      return this.#carryOut(command[0], body);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, error.message);
    }
  }

  /**
   * The store as it is now, as bytes. Takes no time to speak of, and nothing applied later shows in it. Until its end is
   * reached or `return` is called, writes to points that are there already copy what they change, 32 KiB at a time.
   */
  snapshot(): IterableIterator<Uint8Array> {
    const directory = this.#directory;
    const capture = directory.capture();
    const progress = { appliedIndex: this.#applied.index, rowsApplied: this.#rowsApplied };
    return new SnapshotChunks(
      storeSnapshotFormat,
      (out) => storeRecords(out, capture, progress, this.#limits),
      () => directory.release(capture),
    );
  }

  /**
   * Becomes what a snapshot holds. Rejects with a SnapshotError, and then nothing has changed. Until it resolves, both
   * states are in memory.
   */
  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const state = await readSnapshot(chunks, storeSnapshotFormat, new StoreReader(this.#limits));
    this.#directory = state.directory;
    this.#applied = new AppliedIndex(state.appliedIndex);
    this.#rowsApplied = state.rowsApplied;
    this.#checksum = undefined;
  }

  /** See `range`. */
  range(query: RangeQuery): RangeResult {
    return range(this.#directory, query);
  }

  /** The type of a series; `undefined` if it is not here. Both names are canonical. */
  dataTypeOf(device: string, measurement: string): DataType | undefined {
    return this.#directory.device(device)?.series.get(measurement)?.kind.type;
  }

  /** See `deviceRows`. */
  deviceRows(query: DeviceRowsQuery): DeviceRows {
    return deviceRows(this.#directory, query);
  }

  /** See `aggregate`. */
  aggregate(query: AggregateQuery): AggregateResult {
    return aggregate(this.#directory, query);
  }

  statistics(): StoreStatistics {
    const { devices, series, points } = this.#directory;
    const rowsApplied = this.#rowsApplied;
    return { devices, series, points, rowsApplied, appliedIndex: this.#applied.index, checksum: this.checksum() };
  }

  /**
   * CRC-32C of the content: equal on all replicas that hold the same points. Takes time in proportion to them (some
   * milliseconds per million), but only once after each command.
   */
  checksum(): number {
    this.#checksum ??= directoryChecksum(this.#directory);
    return this.#checksum;
  }

  /** What the content counts against `memoryBytesMax`. */
  get billedBytes(): number {
    return this.#directory.billedBytes;
  }

  /** @throws WireError: the body makes no sense. */
  #carryOut(operation: number | undefined, body: Buffer): Uint8Array {
    switch (operation) {
      case DataOperation.insertTablet: {
        const tablet = decodeTablet(body);
        const { written, result } = insertTablet(this.#directory, this.#limits, tablet);
        if (written) this.#rowsApplied += tablet.timestamps.length;
        return result;
      }
      case DataOperation.deleteRange:
        return deleteRange(this.#directory, body);
      case DataOperation.deleteSeries:
        return deleteSeries(this.#directory, body);
      case DataOperation.createSeries:
        return createMissingSeries(this.#directory, this.#limits, body);
      default:
        return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, `operation ${operation} is not known here`);
    }
  }
}
