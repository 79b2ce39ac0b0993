import type { Span } from '../span.ts';
import type { Expression } from './expression.ts';
import type { Constant, Duration, TimeExpression } from './literal.ts';
import type { Name, Path } from './path.ts';

export interface SelectStatement {
  readonly kind: 'select';
  /** SELECT LAST: the latest point of each series. */
  readonly isLast: boolean;
  readonly columns: readonly ResultColumn[];
  readonly from: readonly Path[];
  readonly where: Expression | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expression | undefined;
  readonly fill: Fill | undefined;
  readonly orderBy: readonly SortKey[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  /** SLIMIT, in series. */
  readonly seriesLimit: number | undefined;
  /** SOFFSET, in series. */
  readonly seriesOffset: number | undefined;
  readonly alignBy: 'time' | 'device';
  readonly span: Span;
}

export interface ResultColumn {
  readonly expression: Expression;
  readonly alias: Name | undefined;
  readonly span: Span;
}

export interface GroupBy {
  readonly window: TimeWindow | undefined;
  /** LEVEL = 1, 2; `root` is level 0. Empty: not by level. */
  readonly levels: readonly number[];
  readonly span: Span;
}

export interface TimeWindow {
  /** `undefined`: wherever there is data. */
  readonly range: TimeRange | undefined;
  readonly interval: Duration;
  /** From the start of one window to that of the next; `undefined`: the interval. */
  readonly slidingStep: Duration | undefined;
  readonly span: Span;
}

export interface TimeRange {
  readonly start: TimeExpression;
  readonly end: TimeExpression;
  /** `[start, end)` includes its start, `(start, end]` its end; the windows do as their range does. */
  readonly includes: 'start' | 'end';
  readonly span: Span;
}

export interface Fill {
  readonly method: 'previous' | 'linear' | Constant;
  /** PREVIOUS only: from how far back a value may be taken. */
  readonly within: Duration | undefined;
  readonly span: Span;
}

export interface SortKey {
  /** `timeseries` and `device` are columns of results, like the time. */
  readonly by: 'time' | 'timeseries' | 'device' | Expression;
  readonly direction: 'ascending' | 'descending';
  readonly nulls: 'first' | 'last' | undefined;
  readonly span: Span;
}
