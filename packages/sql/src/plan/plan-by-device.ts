import { DataType, dataTypeName } from '@balsa/wire';
import { addDevice } from '../execute/add-device.ts';
import { mergeByTime } from '../execute/merge-by-time.ts';
import type { QueryContext } from '../execute/query-context.ts';
import type { ColumnHeader } from '../execute/result-set.ts';
import type { Rows } from '../execute/rows.ts';
import type { RowOrder } from '../execute/sort-rows.ts';
import type { Span } from '../span.ts';
import { StatementError } from '../statement-error.ts';
import { expressionText, rememberedTexts } from '../text/expression-text.ts';
import { nameText } from '../text/names.ts';
import { splitTimeConditions } from '../time/time-conditions.ts';
import type { Expression } from '../tree/expression.ts';
import type { ResultColumn, SelectStatement, SortKey } from '../tree/select.ts';
import { isAggregation } from './check-select.ts';
import { DeviceBinder } from './device-binder.ts';
import { finishRows } from './finish-rows.ts';
import { OutputList, outputBytes, typeOfNull } from './output-list.ts';
import type { QueryPlan } from './query-plan.ts';
import { rowOrderOf, rowsWanted } from './row-order.ts';
import { runUnit } from './run-unit.ts';
import { SeriesCatalog } from './series-catalog.ts';
import { type CompiledUnit, compileUnit } from './unit.ts';

const deviceHeader: ColumnHeader = {
  name: 'Device',
  expression: 'Device',
  isAlias: false,
  dataType: DataType.TEXT,
  series: undefined,
  blockColumn: 0,
};

type Blocks = AsyncGenerator<Rows, void, undefined>;

/** One column for each measurement, rows of each device by themselves. */
export async function planByDevice(context: QueryContext, statement: SelectStatement): Promise<QueryPlan> {
  const { times, rest } = splitTimeConditions(statement.where, context);
  const isAggregated = isAggregation(statement);
  const window = statement.groupBy?.window;
  const hasTime = !isAggregated || window !== undefined;
  const sortExpressions = statement.orderBy.flatMap(({ by }) => (typeof by === 'object' ? [by] : []));
  const selected = statement.columns.map(({ expression }) => expression);
  const further = [...sortExpressions, ...(rest ? [rest] : []), ...(statement.having ? [statement.having] : [])];
  const binder = new DeviceBinder(new SeriesCatalog(context), statement.from, context.limits.columnsMax);
  await binder.find(selected, further);

  const outputs = new OutputList(statement.seriesOffset, statement.seriesLimit, context.limits.columnsMax);
  for (const column of statement.columns) {
    const ofColumn = new Set<string>();
    for (const device of binder.devices) {
      for (const expression of binder.expansions(column.expression, device)) {
        await context.pace.after(1);
        const text = measurementText(expression);
        if (!ofColumn.has(text)) outputs.add(column, text, undefined);
        if (!ofColumn.has(text)) context.budget.take(outputBytes);
        ofColumn.add(text);
      }
    }
  }
  const { texts } = outputs;
  if (texts.length === 0) return { columns: [deviceHeader], hasTime, open: async function* () {} };

  const unitOf = (device: string): CompiledUnit => {
    const textOf = rememberedTexts();
    return compileUnit(
      {
        outputs: outputsOf(statement.columns, texts, device, binder),
        alike: [],
        sortKeys: sortExpressions.map((by) => sortKeyOf(by, device, binder)),
        filter: rest && binder.condition(rest, device),
        having: statement.having && binder.condition(statement.having, device),
        timeSeries: binder.countedSeries(device),
        isAggregation: isAggregated,
        textOf,
        identityOf: textOf,
      },
      context,
    );
  };
  const { devices, outputTypes, sortTypes } = await typesOf(context, binder.devices, unitOf, texts, statement.span);
  const { keys, isDescending, deviceDescending, isByTime } = rowOrder(statement.orderBy, hasTime, texts.length + 1);
  const reading = {
    times,
    isDescending,
    rowsHint: keys.length === 0 ? rowsWanted(statement) : undefined,
    window,
    fill: statement.fill,
  };
  const ordered = deviceDescending ? devices.toReversed() : devices;
  const rowsOf = (device: string): Blocks =>
    addDevice(runUnit(context, unitOf(device), reading, outputTypes, sortTypes), device);
  const open = (): Blocks => {
    const rows = isByTime ? mergeByTime(context, ordered.map(rowsOf), isDescending) : oneByOne(ordered, rowsOf);
    return finishRows(context, rows, statement, keys, texts.length + 1);
  };
  return { columns: [deviceHeader, ...outputs.headers(outputTypes, 1)], hasTime, open };
}

/** Without the device, which stands in a column of its own. */
function measurementText(expression: Expression): string {
  return expressionText(expression, ({ nodes }) => {
    const last = nodes.at(-1);
    return last?.kind === 'name' ? nameText(last.name) : '*';
  });
}

function outputsOf(
  columns: readonly ResultColumn[],
  texts: readonly string[],
  device: string,
  binder: DeviceBinder,
): (Expression | undefined)[] {
  const byText = new Map<string, Expression>();
  for (const { expression } of columns) {
    for (const bound of binder.expansions(expression, device)) byText.set(measurementText(bound), bound);
  }
  return texts.map((text) => byText.get(text));
}

function sortKeyOf(by: Expression, device: string, binder: DeviceBinder): Expression | undefined {
  const [first, second] = [...binder.expansions(by, device)];
  if (second === undefined) return first;
  throw new StatementError('STATEMENT_INVALID', 'rows are ordered by one measurement, not by several', by.span);
}

/** The devices that have one of the columns, and the types of these, which must be the same for all devices. */
async function typesOf(
  context: QueryContext,
  candidates: readonly string[],
  unitOf: (device: string) => CompiledUnit,
  texts: readonly string[],
  span: Span,
): Promise<{ devices: string[]; outputTypes: DataType[]; sortTypes: DataType[] }> {
  const known: (DataType | undefined)[] = [];
  const sortKnown: (DataType | undefined)[] = [];
  const devices: string[] = [];
  for (const device of candidates) {
    const { outputs, sortKeys } = unitOf(device);
    await context.pace.after(outputs.length);
    if (outputs.every((output) => output === undefined)) continue;
    devices.push(device);
    for (const [index, output] of outputs.entries()) {
      known[index] = oneType(known[index], output?.dataType, () => texts[index]!, span);
    }
    for (const [index, key] of sortKeys.entries()) {
      sortKnown[index] = oneType(sortKnown[index], key?.dataType, () => 'what rows are ordered by', span);
    }
  }
  const outputTypes = texts.map((_, index) => known[index] ?? typeOfNull);
  return { devices, outputTypes, sortTypes: Array.from(sortKnown, (type) => type ?? typeOfNull) };
}

function oneType(
  known: DataType | undefined,
  type: DataType | undefined,
  what: () => string,
  span: Span,
): DataType | undefined {
  if (type === undefined || known === undefined || known === type) return type ?? known;
  const reason = `${what()} would be of ${dataTypeName(known)} and of ${dataTypeName(type)}: devices that are aligned have the same types`;
  throw new StatementError('OPERAND_TYPE_MISMATCH', reason, span);
}

interface DeviceRowOrder {
  /** Empty: devices one by one, or merged by time, come in order as they are. */
  readonly keys: readonly RowOrder[];
  readonly isDescending: boolean;
  readonly deviceDescending: boolean;
  readonly isByTime: boolean;
}

/** By device and then by time, unless something else is asked for. `firstKey`: where the keys stand in the rows. */
function rowOrder(orderBy: readonly SortKey[], hasTime: boolean, firstKey: number): DeviceRowOrder {
  const [first, second] = orderBy;
  const isDescending = (by: SortKey['by']): boolean => orderBy.find((key) => key.by === by)?.direction === 'descending';
  const plain = { keys: [], isDescending: isDescending('time'), deviceDescending: isDescending('device') };
  if (first === undefined || (first.by === 'device' && (second === undefined || second.by === 'time'))) {
    return { ...plain, isByTime: false };
  }
  if (hasTime && first.by === 'time' && (second === undefined || second.by === 'device')) {
    return { ...plain, isByTime: true };
  }
  let next = firstKey;
  const keys = orderBy.map((key) => rowOrderOf(key, key.by === 'time' ? 'time' : key.by === 'device' ? 0 : next++));
  return { keys, isDescending: false, deviceDescending: false, isByTime: false };
}

async function* oneByOne(devices: readonly string[], rowsOf: (device: string) => Blocks): Blocks {
  for (const device of devices) yield* rowsOf(device);
}
