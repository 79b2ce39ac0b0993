// What is computed as a whole: the result of a query, or a device's part of one that is aligned by device.

import { type DataType, dataTypeName } from '@balsa/wire';
import type { AggregateInput } from '../execute/aggregate-rows.ts';
import { aggregationOf, valueArgumentsOf } from '../execute/aggregations.ts';
import type { QueryContext } from '../execute/query-context.ts';
import { compile, type Slot, type Surroundings } from '../execute/vector/compile.ts';
import { type Evaluator, nullEvaluator } from '../execute/vector/evaluator.ts';
import { checkBoolean } from '../execute/vector/logic.ts';
import type { SourceSeries } from '../source/series-source.ts';
import { StatementError } from '../statement-error.ts';
import type { Expression, FunctionCall } from '../tree/expression.ts';
import { operandsOf } from '../tree/walk-expression.ts';
import { aggregateOf, aggregatesIn } from './aggregate-names.ts';
import { boundTo } from './bound-series.ts';
import { typeOfNull } from './output-list.ts';
import { type Scope, scopeOf, seriesIn } from './scope.ts';

/** With its series in the place of paths. */
export interface Unit {
  /** `undefined`: null in every row. */
  readonly outputs: readonly (Expression | undefined)[];
  /** Further ones whose aggregations go into those that are called the same. */
  readonly alike: readonly Expression[];
  /** What rows are sorted by. */
  readonly sortKeys: readonly (Expression | undefined)[];
  readonly filter: Expression | undefined;
  readonly having: Expression | undefined;
  /** What count_time counts. */
  readonly timeSeries: readonly SourceSeries[];
  readonly isAggregation: boolean;
  /** How an expression is called; aggregations that are called the same are one. */
  readonly textOf: (expression: Expression) => string;
  /** What it is, series and all. */
  readonly identityOf: (expression: Expression) => string;
}

export interface CompiledUnit {
  readonly scope: Scope;
  readonly outputs: readonly (Evaluator | undefined)[];
  readonly sortKeys: readonly (Evaluator | undefined)[];
  readonly filter: Evaluator | undefined;
  readonly having: Evaluator | undefined;
  readonly aggregates: Aggregates | undefined;
}

export interface Aggregates {
  readonly inputs: readonly AggregateInput[];
  /** How many values they come to. */
  readonly groups: number;
}

/** @throws StatementError: types do not go together, or aggregations stand where there can be none. */
export function compileUnit(unit: Unit, context: QueryContext): CompiledUnit {
  const { filter, having, outputs, sortKeys } = unit;
  const computed = [...outputs, ...unit.alike, ...sortKeys, having].filter((expression) => expression !== undefined);
  const scope = scopeOf([...seriesIn(computed), ...seriesIn(filter ? [filter] : []), ...unit.timeSeries]);
  const common = { clock: context, check: () => context.pace.check() };
  const ofRows = { ...common, slotOf: scope.slotOf };
  const aggregates = unit.isAggregation ? gatheredIn(computed, unit, ofRows) : undefined;
  const slotOf = (call: Expression): Slot | undefined =>
    aggregateOf(call) === undefined ? undefined : aggregates?.slots.get(unit.textOf(call));
  const ofResults = aggregates === undefined ? ofRows : { ...common, slotOf };
  return {
    scope,
    outputs: outputs.map((output) => output && compile(output, ofResults)),
    sortKeys: sortKeys.map((key) => key && compile(key, ofResults)),
    filter: filter && conditionOf(filter, compile(filter, ofRows)),
    having: having && conditionOf(having, compile(having, ofResults)),
    aggregates,
  };
}

function conditionOf(expression: Expression, evaluator: Evaluator): Evaluator {
  checkBoolean(evaluator, expression.span);
  return evaluator;
}

function gatheredIn(
  expressions: readonly Expression[],
  unit: Unit,
  ofRows: Surroundings,
): Aggregates & { readonly slots: ReadonlyMap<string, Slot> } {
  const slots = new Map<string, Slot>();
  const inputs = new Map<string, AggregateInput>();
  for (const expression of expressions) {
    rejectTimeOutside(expression);
    for (const call of aggregatesIn(expression)) {
      const identity = unit.identityOf(call);
      if (inputs.has(identity)) continue;
      const operands = argumentsOf(call, unit);
      const evaluators = operands.map((operand) => withType(compile(operand, ofRows)));
      const types = evaluators.map(({ dataType }) => dataType);
      const aggregation = aggregationOf(aggregateOf(call)!, call, types);
      const text = unit.textOf(call);
      const slot = slots.get(text) ?? { index: slots.size, dataType: aggregation.dataType };
      if (slot.dataType !== aggregation.dataType) {
        const reason = `${text} would be of ${dataTypeName(slot.dataType)} and of ${dataTypeName(aggregation.dataType)}`;
        throw new StatementError('OPERAND_TYPE_MISMATCH', reason, call.span);
      }
      slots.set(text, slot);
      inputs.set(identity, { group: slot.index, aggregation, arguments: operands, evaluators });
    }
  }
  return { slots, inputs: [...inputs.values()], groups: slots.size };
}

function argumentsOf(call: FunctionCall, { timeSeries }: Unit): readonly Expression[] {
  const name = aggregateOf(call)!;
  const operands = valueArgumentsOf(name, call);
  return name === 'count_time' ? timeSeries.map((series) => boundTo(series, call.span)) : operands;
}

/** What is computed from a series that is missing is a number that is missing. */
function withType(evaluator: Evaluator): Evaluator & { readonly dataType: DataType } {
  const { dataType } = evaluator;
  return dataType === undefined ? { ...nullEvaluator, dataType: typeOfNull } : { ...evaluator, dataType };
}

function rejectTimeOutside(expression: Expression): void {
  if (aggregateOf(expression) !== undefined) return;
  if (expression.kind === 'time') {
    throw new StatementError('STATEMENT_INVALID', 'the time stands beside aggregations here', expression.span);
  }
  for (const operand of operandsOf(expression)) rejectTimeOutside(operand);
}
