import type { SourceSeries } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import type { Expression, SeriesOperand } from '../tree/expression.ts';
import type { Path } from '../tree/path.ts';
import { aggregateOf } from './aggregate-names.ts';
import { type BoundSeries, boundTo } from './bound-series.ts';
import { expansionsOf } from './expand.ts';
import { joinedPath, type SeriesCatalog } from './series-catalog.ts';
import { rewritten, seriesOperandsOf } from './series-operands.ts';

/** Finds the series that paths stand for when rows are aligned by time: each path continues each prefix of FROM. */
export class TimeBinder {
  readonly #catalog: SeriesCatalog;
  readonly #from: readonly Path[];
  readonly #countMax: number;

  constructor(catalog: SeriesCatalog, from: readonly Path[], countMax: number) {
    this.#catalog = catalog;
    this.#from = from;
    this.#countMax = countMax;
  }

  /** In the order of FROM, then by path. No more than `countMax`. */
  async seriesOf({ path }: SeriesOperand, countMax: number = Number.POSITIVE_INFINITY): Promise<SourceSeries[]> {
    const found: SourceSeries[] = [];
    for (const prefix of path.isAbsolute ? [path] : this.#from) {
      if (found.length >= countMax) break;
      const pattern = path.isAbsolute ? path : joinedPath(prefix, path);
      for (const series of await this.#catalog.match(pattern, countMax - found.length)) found.push(series);
    }
    return found;
  }

  /** One expression for each combination of series; none if a path stands for nothing. */
  async expansions(expression: Expression, countMax: number): Promise<Iterable<Expression>> {
    const operands = seriesOperandsOf(expression);
    const ofOne = operands.length === 1 ? countMax : undefined;
    const candidates = [];
    for (const operand of operands) candidates.push(await this.#candidates(operand, ofOne));
    return expansionsOf(expression, candidates, false);
  }

  /** A condition must hold for every combination of series. A series that is missing is null. */
  async condition(expression: Expression): Promise<Expression> {
    const operands = seriesOperandsOf(expression);
    const candidates = [];
    for (const operand of operands) candidates.push(await this.#candidates(operand));
    return everyOne(expansionsOf(expression, candidates, true), expression, this.#countMax);
  }

  async #candidates(operand: SeriesOperand, countMax?: number): Promise<BoundSeries[]> {
    return (await this.seriesOf(operand, countMax)).map((series) => boundTo(series, operand.span));
  }
}

export function everyOne(conditions: Iterable<Expression>, expression: Expression, countMax: number): Expression {
  const all: Expression[] = [];
  for (const condition of conditions) {
    if (all.length === countMax) {
      const reason = `this condition stands for more than ${countMax} combinations of series`;
      throw new StatementError('QUERY_OVER_LIMITS', reason, expression.span);
    }
    all.push(withoutMissing(condition));
  }
  return all.length === 1 ? all[0]! : { kind: 'logical', operator: 'and', operands: all, span: expression.span };
}

/** Of a series that is missing there are 0 values, and every other aggregation is null. */
function withoutMissing(condition: Expression): Expression {
  return rewritten(condition, (part) => {
    const name = aggregateOf(part);
    if (name === undefined || part.kind !== 'call') return undefined;
    if (!part.arguments.some(({ kind }) => kind === 'null')) return part;
    return name === 'count' ? { kind: 'integer', value: 0n, span: part.span } : { kind: 'null', span: part.span };
  });
}
