// What databases are asked, before anyone has put it into his own words; and what they answer, in those of none.

export interface SeriesId {
  readonly device: number;
  readonly sensor: number;
}

/** From the first up to, but not including, the second. */
export interface TimeRange {
  readonly fromMs: number;
  readonly untilMs: number;
}

export type Aggregation = 'avg' | 'count' | 'max';

export type Question =
  /** Points in a range, above a value, oldest first or newest first, as many as that. */
  | {
      readonly kind: 'points';
      readonly series: SeriesId;
      readonly range: TimeRange;
      readonly above: number | null;
      readonly newestFirst: boolean;
      readonly limit: number | null;
    }
  /** `series` `null`: of each by itself. `range` `null`: whenever they are. */
  | {
      readonly kind: 'aggregate';
      readonly of: Aggregation;
      readonly series: SeriesId | null;
      readonly range: TimeRange | null;
    }
  /** How many points are above a value. */
  | {
      readonly kind: 'countAbove';
      readonly series: SeriesId;
      readonly range: TimeRange | null;
      readonly above: number;
    }
  /** Averages by window; the range is a multiple of it. */
  | {
      readonly kind: 'windows';
      readonly series: SeriesId | null;
      readonly range: TimeRange;
      readonly windowMs: number;
    }
  /** The newest point. */
  | { readonly kind: 'latest'; readonly series: SeriesId | null };

export function isCount(question: Question): boolean {
  return question.kind === 'countAbove' || (question.kind === 'aggregate' && question.of === 'count');
}

export interface AnswerCell {
  /** As `d1.s2`. */
  readonly series: string;
  /** Of a point, or of the start of a window; `null`: the answer has none. */
  readonly timeMs: number | null;
  readonly value: number;
}

/** What is null, and a count of 0, is left out. Of one series in the order of the answer, of all by series and time. */
export type Answer = readonly AnswerCell[];

/** Brings an answer about all series into order, whatever the target's was. */
export function ordered({ series }: { readonly series: SeriesId | null }, cells: AnswerCell[]): Answer {
  if (series !== null) return cells;
  return cells.sort((a, b) =>
    a.series === b.series ? (a.timeMs ?? 0) - (b.timeMs ?? 0) : a.series < b.series ? -1 : 1,
  );
}
