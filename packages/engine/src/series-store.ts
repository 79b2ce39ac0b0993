import {
  type AggregateQuery,
  type AggregateResult,
  CommandOperation,
  decodeTablet,
  encodeCommandResult,
  type RangeQuery,
  type RangeResult,
  StatusCode,
  type StoreStatistics,
  type Tablet,
  WireError,
} from '@balsa/wire';
import { aggregate } from './aggregate.ts';
import { AppliedIndex } from './applied-index.ts';
import { directoryChecksum } from './checksum.ts';
import { defaultStoreLimits, type StoreLimits } from './limits.ts';
import { range } from './range.ts';
import { SeriesDirectory } from './series-directory.ts';
import { insertTablet } from './tablet-insert.ts';

/**
 * The state machine of the data group: columnar series in memory, rebuilt from the log.
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
  readonly #directory = new SeriesDirectory();
  readonly #applied = new AppliedIndex();
  #rowsApplied = 0;
  /** The last checksum taken, and the index at which it was. */
  #checksum = 0;
  #checksumIndex = 0;

  /** Limits not given are the defaults. All replicas of a group need the same. */
  constructor(limits: Partial<StoreLimits> = {}) {
    this.#limits = { ...defaultStoreLimits, ...limits };
  }

  /**
   * Applies a command: `u8 operation | body`, see `CommandOperation`. Returns `u16 status | UTF-8 message`; a command
   * that makes no sense is answered so as well. Throws only if `index` does not ascend.
   */
  apply(index: number, command: Uint8Array): Uint8Array {
    this.#applied.advanceTo(index);
    if (command[0] !== CommandOperation.insertTablet) {
      return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, `operation ${command[0]} is not known here`);
    }
    let tablet: Tablet;
    try {
      tablet = decodeTablet(Buffer.from(command.buffer, command.byteOffset + 1, command.byteLength - 1));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return encodeCommandResult(StatusCode.ILLEGAL_PARAMETER, error.message);
    }
    const { written, result } = insertTablet(this.#directory, this.#limits, tablet);
    if (written) this.#rowsApplied += tablet.timestamps.length;
    return result;
  }

  snapshot(): Iterable<Uint8Array> {
    throw new Error('not there yet');
  }

  restore(_chunks: AsyncIterable<Uint8Array>): Promise<void> {
    throw new Error('not there yet');
  }

  /** See `range`. */
  range(query: RangeQuery): RangeResult {
    return range(this.#directory, query);
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
    if (this.#checksumIndex !== this.#applied.index) {
      this.#checksum = directoryChecksum(this.#directory);
      this.#checksumIndex = this.#applied.index;
    }
    return this.#checksum;
  }

  /** What the content counts against `memoryBytesMax`. */
  get billedBytes(): number {
    return this.#directory.billedBytes;
  }
}
