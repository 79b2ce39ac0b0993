// The port through which queries read. A store, a group of stores, or a whole cluster implements it by shape.

import type { Column, DataType } from '@balsa/wire';
import type { PathNode } from '../tree/path.ts';

/** The nodes below `root`. `*` stands for one node, `**` for one or more, `temp*` for names that begin so. */
export type PathPattern = readonly PathNode[];

export interface SourceSeries {
  /** In canonical form, such as `root.plant.line4`: what is not plain stands in backquotes. */
  readonly device: string;
  /** One node in canonical form. */
  readonly measurement: string;
  readonly dataType: DataType;
  readonly isAligned: boolean;
}

/** A value as it stands in the array of its type: BOOLEAN 0 or 1, INT64 and TIMESTAMP as bigint, DATE as yyyymmdd, BLOB as its bytes. */
export type SourceValue = number | bigint | string | Uint8Array;

/** Times are whole milliseconds since 1970, within the safe integers. */
export interface TimeSpan {
  readonly startMs: number;
  /** Of the first millisecond behind it: at most 2^53. */
  readonly endMs: number;
}

export interface ScanRequest extends TimeSpan {
  readonly device: string;
  /** At least one, each once, and all of them are there. */
  readonly measurements: readonly string[];
  readonly isDescending: boolean;
  /** No block may have more. */
  readonly blockRowsMax: number;
  /** The asker will probably not want more than that; if it goes on to ask, more is given. */
  readonly rowsHint?: number;
  readonly signal: AbortSignal;
}

export interface RowBlock {
  /** At least one. */
  readonly times: Float64Array;
  /** One for each measurement that was asked for. */
  readonly columns: readonly Column[];
}

export interface PiecesRequest extends TimeSpan {
  readonly device: string;
  readonly measurement: string;
  /** Ascending. A summary may only speak of points between two neighbours: at or behind the one, before the other. */
  readonly cuts: Float64Array;
  /** Whether summaries are welcome; if not, every piece is points. */
  readonly allowsSummaries: boolean;
  readonly signal: AbortSignal;
}

export type Piece = Points | Summary;

/** A piece is there until this returns, or until the promise that it returns is kept; then comes the next. Whoever has enough throws. */
export type PieceTaker = (piece: Piece) => Promise<void> | undefined;

export interface Points {
  readonly kind: 'points';
  /** Ascending; at least one and at most some thousands. */
  readonly times: Float64Array;
  readonly column: Column;
}

/** What statistics know of some points without reading them. */
export interface Summary {
  readonly kind: 'summary';
  /** Of the first point. */
  readonly startMs: number;
  /** Of the last point, which may be the first. */
  readonly endMs: number;
  /** At least 1. */
  readonly count: number;
  readonly first: SourceValue;
  readonly last: SourceValue;
  /** Of INT32, INT64, FLOAT, DOUBLE, TIMESTAMP and STRING; `undefined` for others, or if every value is NaN. NaN is passed over. */
  readonly min: SourceValue | undefined;
  readonly max: SourceValue | undefined;
  /** Of INT32, INT64, FLOAT and DOUBLE, as a double; `undefined` for others. */
  readonly sum: number | undefined;
}

export interface LastRequest extends TimeSpan {
  readonly device: string;
  readonly measurements: readonly string[];
  readonly signal: AbortSignal;
}

export interface LastPoint {
  readonly timeMs: number;
  readonly value: SourceValue;
}

/** What comes block by block. A block is the asker's to keep, but neither side's to change; `return` ends the reading. */
export type Blocks<Block> = AsyncIterable<Block> | Iterable<Block>;

/**
 * Where series are. A query asks for the same series again and again while it runs; what it is answered then should be
 * of one moment, or at least no older each time.
 *
 * Each method rejects, or its iteration does, when its signal fires. Errors of a source reach whoever asked the query as
 * they are.
 */
export interface SeriesSource {
  /** The series that match at least one pattern, each once, by `device.measurement` in code unit order, some thousands at a time. */
  match(patterns: readonly PathPattern[], signal: AbortSignal): Blocks<readonly SourceSeries[]>;
  /**
   * Rows of one device: every time at which one of the measurements has a value, once, ascending or descending. Rows
   * without any value do not occur.
   */
  scan(request: ScanRequest): Blocks<RowBlock>;
  /**
   * Hands over the points of one series, ascending in time, each in one piece; resolves when that was all, and rejects with what `take`
   * throws.
   */
  eachPiece(request: PiecesRequest, take: PieceTaker): Promise<void>;
  /** The newest point of each measurement within the span. */
  last(request: LastRequest): Promise<readonly (LastPoint | undefined)[]>;
}
