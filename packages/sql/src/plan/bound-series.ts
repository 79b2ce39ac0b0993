// Expressions whose series are known. Expansion puts them in the place of what the text says.

import { nameOfNode, namesOf, pathOfNames } from '../source/path-names.ts';
import type { SourceSeries } from '../source/series-source.ts';
import type { Span } from '../span.ts';
import type { Expression, SeriesOperand } from '../tree/expression.ts';

/** A series that there is, in the place of a path that led to it. */
export interface BoundSeries extends SeriesOperand {
  readonly series: SourceSeries;
}

export function boundTo(series: SourceSeries, span: Span): BoundSeries {
  const names = [...namesOf(series.device), nameOfNode(series.measurement)];
  return { kind: 'series', path: pathOfNames(names, span), span, series };
}

export function isBound(expression: Expression): expression is BoundSeries {
  return expression.kind === 'series' && 'series' in expression;
}

export function seriesKey({ device, measurement }: SourceSeries): string {
  return `${device}.${measurement}`;
}
