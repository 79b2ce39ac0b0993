// Which aggregations there are: what they take, what they give, who gathers it.

import { DataType, dataTypeName } from '@balsa/wire';
import type { AggregateName } from '../plan/aggregate-names.ts';
import { StatementError } from '../statement-error.ts';
import type { Expression, FunctionCall } from '../tree/expression.ts';
import type { Accumulator } from './accumulators/accumulator.ts';
import { EndValue, ExtremeValue, FurthestValue, ValueByExtreme } from './accumulators/chosen-values.ts';
import { RowCount, RunCount, type RunSettings, ValueCount } from './accumulators/counting.ts';
import { MostFrequentValue } from './accumulators/most-frequent.ts';
import { type Moment, SumOrAverage, Variance } from './accumulators/sums.ts';
import { TimeEnds, type TimeFact } from './accumulators/time-ends.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { isNumeric, isOrdered, isText } from './vector/evaluator.ts';

export interface Aggregation {
  readonly dataType: DataType;
  /** Whether it can be told from summaries of a series. */
  readonly takesSummaries: boolean;
  /** Whether it is one of rows, in which a value may be missing, and not of the points of a series. */
  readonly isOfRows: boolean;
  /** What it holds for each window, at least. */
  readonly bytesPerWindow: number;
  create(windows: number, budget: MemoryBudget): Accumulator;
}

const bytesPerWindow = 32;

/** @throws StatementError: it does not take arguments of these types. */
export function aggregationOf(name: AggregateName, call: FunctionCall, types: readonly DataType[]): Aggregation {
  const [type, keyType] = types as [DataType, DataType?];
  switch (name) {
    case 'count':
      return summarised(DataType.INT64, (windows) => new ValueCount(windows));
    case 'count_time':
      return { ...gathered(DataType.INT64, (windows) => new RowCount(windows)), isOfRows: true };
    case 'count_if': {
      if (type !== DataType.BOOLEAN) throw mismatch(call, 'a condition', type);
      const settings = runSettingsOf(call);
      return { ...gathered(DataType.INT64, (windows) => new RunCount(windows, settings)), isOfRows: true };
    }
    case 'sum':
    case 'avg':
      if (!isNumeric(type)) throw mismatch(call, 'numbers', type);
      return summarised(DataType.DOUBLE, (windows) => new SumOrAverage(windows, name === 'avg'));
    case 'min_value':
    case 'max_value':
      checkOrdered(call, type);
      return summarised(type, (windows) => new ExtremeValue(windows, type, name === 'max_value'));
    case 'first_value':
    case 'last_value':
      return summarised(type, (windows) => new EndValue(windows, type, name === 'last_value'));
    case 'min_time':
    case 'max_time':
    case 'time_duration': {
      const fact: TimeFact = name;
      return summarised(DataType.INT64, (windows) => new TimeEnds(windows, fact));
    }
    case 'extreme':
      if (!isNumeric(type)) throw mismatch(call, 'numbers', type);
      return summarised(type, (windows) => new FurthestValue(windows, type));
    case 'mode': {
      const create = (windows: number, budget: MemoryBudget): Accumulator =>
        new MostFrequentValue(windows, type, budget);
      return { ...gathered(type, create), bytesPerWindow: 200 };
    }
    case 'max_by':
    case 'min_by':
      checkOrdered(call, keyType!);
      return gathered(type, (windows) => new ValueByExtreme(windows, type, keyType!, name === 'max_by'));
    default: {
      if (!isNumeric(type)) throw mismatch(call, 'numbers', type);
      const moment = momentOf(name);
      return gathered(DataType.DOUBLE, (windows) => new Variance(windows, moment));
    }
  }
}

/** The arguments that are computed for each row; what follows them are settings. @throws StatementError if there are too many or too few. */
export function valueArgumentsOf(name: AggregateName, call: FunctionCall): readonly Expression[] {
  const wanted = name === 'max_by' || name === 'min_by' ? 2 : 1;
  const { length } = call.arguments;
  if (name === 'count_if' ? length < 2 || length > 3 : length !== wanted) {
    const number = name === 'count_if' ? 'a condition, a threshold, and a setting' : `${wanted}`;
    throw new StatementError('STATEMENT_INVALID', `${name} takes ${number} as arguments, not ${length}`, call.span);
  }
  return call.arguments.slice(0, wanted);
}

function summarised(dataType: DataType, create: Aggregation['create']): Aggregation {
  return { dataType, takesSummaries: true, isOfRows: false, bytesPerWindow, create };
}

function gathered(dataType: DataType, create: Aggregation['create']): Aggregation {
  return { dataType, takesSummaries: false, isOfRows: false, bytesPerWindow, create };
}

function checkOrdered(call: FunctionCall, type: DataType): void {
  const isString = isText(type) && type !== DataType.TEXT;
  if (!isOrdered(type) && !isString) throw mismatch(call, 'numbers, TIMESTAMP or STRING', type);
}

function mismatch(call: FunctionCall, wanted: string, type: DataType): StatementError {
  const reason = `${call.function.text} takes ${wanted}, not ${dataTypeName(type)}`;
  return new StatementError('OPERAND_TYPE_MISMATCH', reason, call.span);
}

function momentOf(name: 'stddev' | 'variance' | Moment): Moment {
  if (name === 'stddev') return 'stddev_samp';
  return name === 'variance' ? 'var_samp' : name;
}

/** Of count_if: `3` or `keep >= 3`, and `'ignoreNull' = 'false'`. */
function runSettingsOf({ arguments: [, threshold, setting] }: FunctionCall): RunSettings {
  return { counts: thresholdOf(threshold!), ignoresNull: setting === undefined || ignoresNull(setting) };
}

function thresholdOf(threshold: Expression): RunSettings['counts'] {
  if (threshold.kind === 'integer') return atLeast(threshold.value);
  const isKeep = threshold.kind === 'comparison' && threshold.right.kind === 'integer' && isNamedKeep(threshold.left);
  if (!isKeep) {
    throw new StatementError(
      'STATEMENT_INVALID',
      'the threshold of count_if is a number, or keep compared with one',
      threshold.span,
    );
  }
  const number = Number((threshold.right as { value: bigint }).value);
  switch (threshold.operator) {
    case '=':
      return (length) => length === number;
    case '!=':
      return (length) => length !== number;
    case '<':
      return (length) => length < number;
    case '<=':
      return (length) => length <= number;
    case '>':
      return (length) => length > number;
    case '>=':
      return (length) => length >= number;
  }
}

function atLeast(threshold: bigint): RunSettings['counts'] {
  const number = Number(threshold);
  return (length) => length >= number;
}

function isNamedKeep(expression: Expression): boolean {
  if (expression.kind !== 'series' || expression.path.isAbsolute || expression.path.nodes.length !== 1) return false;
  const [node] = expression.path.nodes;
  return node?.kind === 'name' && node.name.toLowerCase() === 'keep';
}

function ignoresNull(setting: Expression): boolean {
  const isSetting =
    setting.kind === 'comparison' &&
    setting.operator === '=' &&
    setting.left.kind === 'string' &&
    setting.left.value.toLowerCase() === 'ignorenull' &&
    (setting.right.kind === 'string' || setting.right.kind === 'boolean');
  const value = isSetting ? String((setting.right as { value: unknown }).value).toLowerCase() : '';
  if (value !== 'true' && value !== 'false') {
    const reason = "the third argument of count_if is 'ignoreNull' = 'true' or 'ignoreNull' = 'false'";
    throw new StatementError('STATEMENT_INVALID', reason, setting.span);
  }
  return value === 'true';
}
