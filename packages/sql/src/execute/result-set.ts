import type { Column, DataType } from '@balsa/wire';
import type { QueryStatistics } from './query-context.ts';

export interface ColumnHeader {
  /** What the column is called: the alias, or the expression with full paths. */
  readonly name: string;
  /** The expression, alias or not. */
  readonly expression: string;
  readonly isAlias: boolean;
  readonly dataType: DataType;
  /** Full path, if the column is a series as it is. */
  readonly series: string | undefined;
  /** Which column of the blocks it is: columns that say the same are computed once. */
  readonly blockColumn: number;
}

export interface ResultBlock {
  /** Without meaning if the result has no time. At least one row. */
  readonly times: Float64Array;
  /** By `blockColumn`, each with as many values as there are times. */
  readonly columns: readonly Column[];
}

/** What a query answers. It holds memory and readings until its blocks have been used up or it is closed. */
export interface ResultSet {
  /** Without the time. */
  readonly columns: readonly ColumnHeader[];
  /** Whether rows have a time: IoTDB's clients put a column `Time` before the others then (`ignoreTimeStamp` is the opposite). */
  readonly hasTime: boolean;
  /**
   * Some thousands of rows at a time, to be gone through once. They are computed as they are asked for.
   *
   * Rejects with StatementError (QUERY_OUT_OF_MEMORY, QUERY_TIMED_OUT, QUERY_ABORTED), or with an error of the source.
   */
  readonly blocks: AsyncIterableIterator<ResultBlock>;
  /** So far. */
  readonly statistics: Readonly<QueryStatistics>;
  /** The most that the query has held so far. */
  readonly memoryBytesPeak: number;
  /** Ends what is under way and frees what is held; as often as one likes. */
  close(): Promise<void>;
}
