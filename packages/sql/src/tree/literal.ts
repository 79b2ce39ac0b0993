import type { Span } from '../span.ts';

export interface IntegerLiteral {
  readonly kind: 'integer';
  /** Of any size; whether it fits depends on what it is compared with or written to. */
  readonly value: bigint;
  readonly span: Span;
}

export interface DecimalLiteral {
  readonly kind: 'decimal';
  readonly value: number;
  /** As it was written: a result's header repeats it, and it may be meant for a text series. `NaN`, too. */
  readonly text: string;
  readonly span: Span;
}

export interface BooleanLiteral {
  readonly kind: 'boolean';
  readonly value: boolean;
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly span: Span;
}

export interface NullLiteral {
  readonly kind: 'null';
  readonly span: Span;
}

/** A date, or a date with a time of day, of the proleptic Gregorian calendar. */
export interface DateTimeLiteral {
  readonly kind: 'dateTime';
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** East of Greenwich. `undefined`: the zone of the session applies. */
  readonly offsetMinutes: number | undefined;
  readonly span: Span;
}

export type DurationUnit = 'y' | 'mo' | 'w' | 'd' | 'h' | 'm' | 's' | 'ms' | 'us' | 'ns';

export interface Duration {
  readonly kind: 'duration';
  /**
   * As written, such as 1d 2h. They are not added up: in a window of GROUP BY, `mo` and `y` are those of the calendar,
   * elsewhere 30 and 365 days.
   */
  readonly parts: readonly { readonly amount: number; readonly unit: DurationUnit }[];
  readonly span: Span;
}

export interface Now {
  readonly kind: 'now';
  readonly span: Span;
}

/** `now() - 1d` */
export interface TimeShift {
  readonly kind: 'timeShift';
  readonly time: MovableTime;
  readonly operator: '+' | '-';
  readonly duration: Duration;
  readonly span: Span;
}

/** What a duration can be added to. */
export type MovableTime = DateTimeLiteral | Now | TimeShift;

/** A point in time. An integer counts the units of the server's precision since 1970. */
export type TimeExpression = IntegerLiteral | MovableTime;

/** What depends on no series. */
export type Constant = TimeExpression | DecimalLiteral | BooleanLiteral | StringLiteral | NullLiteral;
