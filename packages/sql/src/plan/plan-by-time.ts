import type { QueryContext } from '../execute/query-context.ts';
import type { RowOrder } from '../execute/sort-rows.ts';
import type { SourceSeries } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import { rememberedTexts } from '../text/expression-text.ts';
import { splitTimeConditions } from '../time/time-conditions.ts';
import type { Expression } from '../tree/expression.ts';
import type { SelectStatement, SortKey } from '../tree/select.ts';
import { aggregateOf, aggregatesIn } from './aggregate-names.ts';
import { TimeBinder } from './binder.ts';
import { isBound, seriesKey } from './bound-series.ts';
import { isAggregation } from './check-select.ts';
import { countTimeOperand } from './count-time-operand.ts';
import { finishRows } from './finish-rows.ts';
import { pathByLevels } from './levels.ts';
import { OutputList, outputBytes, typeOfNull } from './output-list.ts';
import type { QueryPlan } from './query-plan.ts';
import { rowOrderOf, rowsWanted } from './row-order.ts';
import { runUnit } from './run-unit.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { compileUnit } from './unit.ts';

/** One column for each series; rows of different devices at the same time are one. */
export async function planByTime(context: QueryContext, statement: SelectStatement): Promise<QueryPlan> {
  const { window, levels = [] } = statement.groupBy ?? {};
  const binder = new TimeBinder(new SeriesCatalog(context), statement.from, context.limits.columnsMax);
  const { times, rest } = splitTimeConditions(statement.where, context);
  const identityOf = rememberedTexts();
  const textOf = levels.length === 0 ? identityOf : rememberedTexts((path) => pathByLevels(path, levels));

  const { outputs, byText } = await outputsOf(context, statement, binder, textOf, levels.length > 0);
  const { texts } = outputs;
  const isAggregated = isAggregation(statement);
  const hasTime = !isAggregated || window !== undefined;
  if (texts.length === 0) return { columns: [], hasTime, open: async function* () {} };

  // One row needs no order, and where the time comes first, nothing behind it decides.
  const keys = hasTime && statement.orderBy[0]?.by !== 'time' ? statement.orderBy : [];
  const isDescending = keys.length === 0 && statement.orderBy[0]?.direction === 'descending';
  const sortKeys: (Expression | undefined)[] = [];
  const order: RowOrder[] = [];
  for (const key of keys) {
    order.push(rowOrderOf(key, typeof key.by === 'object' ? texts.length + sortKeys.length : 'time'));
    if (typeof key.by === 'object') sortKeys.push(await sortKeyOf(key, key.by, binder));
  }
  const unit = compileUnit(
    {
      outputs: texts.map((text) => byText.get(text)![0]!),
      alike: texts.flatMap((text) => byText.get(text)!.slice(1)),
      sortKeys,
      filter: rest && (await binder.condition(rest)),
      having: statement.having && (await binder.condition(statement.having)),
      timeSeries: await countedSeries(statement, binder),
      isAggregation: isAggregated,
      textOf,
      identityOf,
    },
    context,
  );
  const outputTypes = unit.outputs.map((output) => output?.dataType ?? typeOfNull);
  const sortTypes = unit.sortKeys.map((key) => key?.dataType ?? typeOfNull);
  const rowsHint = order.length === 0 ? rowsWanted(statement) : undefined;
  const reading = { times, isDescending, rowsHint, window, fill: statement.fill };
  return {
    columns: outputs.headers(outputTypes, 0),
    hasTime,
    open: () =>
      finishRows(context, runUnit(context, unit, reading, outputTypes, sortTypes), statement, order, texts.length),
  };
}

async function outputsOf(
  context: QueryContext,
  statement: SelectStatement,
  binder: TimeBinder,
  textOf: (expression: Expression) => string,
  isByLevel: boolean,
): Promise<{ outputs: OutputList; byText: Map<string, Expression[]> }> {
  const outputs = new OutputList(statement.seriesOffset, statement.seriesLimit, context.limits.columnsMax);
  const byText = new Map<string, Expression[]>();
  for (const column of statement.columns) {
    // By level, many series are one column, and which are of the last one is not known before all have been seen.
    const wanted = isByLevel ? Number.POSITIVE_INFINITY : Math.min(outputs.wanted, context.limits.columnsMax + 1);
    const ofColumn = new Set<string>();
    for (const expression of await binder.expansions(column.expression, wanted)) {
      if (!isByLevel && outputs.wanted <= 0) break;
      await context.pace.after(1);
      context.budget.take(outputBytes);
      const text = textOf(expression);
      if (!isByLevel || !ofColumn.has(text)) {
        outputs.add(column, text, isBound(expression) ? seriesKey(expression.series) : undefined);
      }
      ofColumn.add(text);
      const alike = byText.get(text);
      if (alike === undefined) byText.set(text, [expression]);
      else if (isByLevel) alike.push(expression);
    }
  }
  return { outputs, byText };
}

/** `undefined` if there is no such series: then rows are alike. */
async function sortKeyOf({ span }: SortKey, by: Expression, binder: TimeBinder): Promise<Expression | undefined> {
  const [first, second] = [...(await binder.expansions(by, 2))];
  if (second === undefined) return first;
  throw new StatementError('STATEMENT_INVALID', 'rows are ordered by one series, not by several', span);
}

/** What count_time is asked of: those of one FROM and one argument are all that it counts. */
async function countedSeries(statement: SelectStatement, binder: TimeBinder): Promise<SourceSeries[]> {
  const expressions = [
    ...statement.columns.map(({ expression }) => expression),
    ...(statement.having ? [statement.having] : []),
  ];
  const [call] = expressions.flatMap(aggregatesIn).filter((one) => aggregateOf(one) === 'count_time');
  return call === undefined ? [] : binder.seriesOf(countTimeOperand(call));
}
