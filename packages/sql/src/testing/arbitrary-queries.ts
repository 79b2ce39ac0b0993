// Random data, and random queries over it that make sense: what may be asked of which type is known here.

import { DataType } from '@balsa/wire';
import fc from 'fast-check';
import type { SourceValue } from '../source/series-source.ts';
import type { MemorySeries, MemorySourceOptions } from './memory-source.ts';

/** A measurement has one type everywhere: ALIGN BY DEVICE asks for that. `g` holds what doubles cannot tell apart. */
const typeIn = {
  i: DataType.INT32,
  l: DataType.INT64,
  g: DataType.INT64,
  f: DataType.FLOAT,
  d: DataType.DOUBLE,
  b: DataType.BOOLEAN,
  t: DataType.TEXT,
  n: DataType.STRING,
  m: DataType.TIMESTAMP,
} as const;
type Measurement = keyof typeof typeIn;

const measurementsOf: Readonly<Record<string, readonly Measurement[]>> = {
  'root.a.d1': ['i', 'l', 'd', 'b', 't'],
  'root.a.d2': ['i', 'f', 'd', 't', 'n', 'm'],
  'root.b.d1': ['i', 'b', 'g'],
  'root.b.x.d3': ['d', 'l', 'm', 'n'],
};

const small = fc.integer({ min: -9, max: 9 });
/** Halves: their sums are exact in any order. */
const half = fc.oneof({ weight: 20, arbitrary: small.map((value) => value / 2) }, fc.constant(Number.NaN));
const text = fc.constantFrom('', 'a', 'ab', 'b%', 'ba', 'Ä_');
const valueIn: Readonly<Record<Measurement, fc.Arbitrary<SourceValue>>> = {
  i: small,
  l: small.map(BigInt),
  g: fc.integer({ min: -3, max: 3 }).map((value) => 2n ** 60n + BigInt(value)),
  f: half,
  d: half,
  b: fc.constantFrom(0, 1),
  t: text,
  n: text,
  m: small.map(BigInt),
};

export const data: fc.Arbitrary<MemorySeries> = fc.record(
  Object.fromEntries(
    Object.entries(measurementsOf).map(([device, measurements]) => [
      device,
      fc.record(
        Object.fromEntries(
          measurements.map((measurement) => {
            const point = fc.tuple(fc.integer({ min: -5, max: 40 }), valueIn[measurement]);
            const points = fc.uniqueArray(point, { selector: ([time]) => time, maxLength: 25 });
            return [measurement, points.map((some) => [typeIn[measurement], ...some] as const)];
          }),
        ),
      ),
    ]),
  ),
);

export const sourceOptions: fc.Arbitrary<MemorySourceOptions> = fc.record({
  blockRows: fc.integer({ min: 1, max: 7 }),
  summaryPoints: fc.constantFrom(0, 1, 3, 50),
});

const oneOf = (...words: string[]): fc.Arbitrary<string> => fc.constantFrom(...words);
/** The texts of arbitraries, one behind the other. */
function textOf(strings: TemplateStringsArray, ...parts: fc.Arbitrary<string | number>[]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map((values) => String.raw({ raw: strings }, ...values));
}
const maybe = (clause: fc.Arbitrary<string>, weight = 1): fc.Arbitrary<string> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight, arbitrary: clause });
const listOf = (item: fc.Arbitrary<string>, maxLength = 3): fc.Arbitrary<string> =>
  fc.array(item, { minLength: 1, maxLength }).map((items) => items.join(', '));

const number = oneOf('i', 'l', 'd', 'f');
const exact = oneOf('i', 'l', 'd');
const any = oneOf('i', 'l', 'd', 'f', 'b', 't', 'n', 'm', 'g');
const ordered = oneOf('i', 'l', 'd', 'f', 'm', 'n', 'g');
const constant = small.map(String);
const sign = oneOf('=', '!=', '<', '<=', '>', '>=');
const time = fc.integer({ min: -8, max: 45 });

const calculation = fc.oneof(
  textOf`${exact} ${oneOf('+', '-', '*')} ${exact}`,
  textOf`(${exact} + ${constant}) * 2`,
  textOf`${number} / 2`,
  textOf`${oneOf('abs', 'floor', 'sqrt')}(${number})`,
  textOf`-${number}`,
);

const valueCondition: fc.Arbitrary<string> = fc.oneof(
  textOf`${number} ${sign} ${constant}`,
  textOf`${constant} ${sign} ${oneOf('m', 'i')}`,
  textOf`${number} ${sign} ${number}`,
  textOf`${calculation} ${sign} ${small.map((value) => value / 2)}`,
  textOf`g ${sign} ${fc.integer({ min: -3, max: 3 }).map((value) => String(2n ** 60n + BigInt(value)))}`,
  textOf`g ${oneOf('in', 'not in')} (${oneOf('1152921504606846976', '1152921504606846975, 1')})`,
  textOf`g ${sign} l`,
  textOf`b`,
  textOf`b = ${oneOf('true', 'false')}`,
  textOf`${oneOf('t', 'n')} ${sign} 'ab'`,
  textOf`${oneOf('t', 'n')} ${oneOf('like', 'not like')} '${oneOf('a%', '%a', '_b', '%', 'a_%')}'`,
  textOf`t ${oneOf('regexp', 'not regexp')} '${oneOf('^a', 'b', '^$', '[^a]')}'`,
  textOf`${any} is ${oneOf('null', 'not null')}`,
  textOf`${number} ${oneOf('between', 'not between')} ${constant} and ${constant}`,
  textOf`${number} ${oneOf('in', 'not in')} (${constant}, ${oneOf('2', 'null', '0.5')})`,
  textOf`time % 2 = 0`,
);
const timeCondition = fc.oneof(
  textOf`time ${sign} ${time}`,
  textOf`${time} ${sign} time`,
  textOf`time ${oneOf('between', 'not between')} ${time} and ${time}`,
  textOf`time ${oneOf('in', 'not in')} (${time}, ${time})`,
  textOf`not (time > ${time} and time < ${time})`,
  textOf`(time < ${time} or time >= ${time})`,
);
const condition = fc.oneof(valueCondition, timeCondition);
const onlyTimes = fc.oneof(
  timeCondition,
  textOf`${timeCondition} and ${timeCondition}`,
  textOf`${timeCondition} or ${timeCondition}`,
);
const where = fc.oneof(
  onlyTimes,
  condition,
  textOf`${condition} and ${condition}`,
  textOf`${condition} or ${condition}`,
  textOf`not (${condition} ${oneOf('and', 'or')} ${condition})`,
  textOf`${timeCondition} and (${condition} or ${condition}) and ${condition}`,
);

const aggregate = fc.oneof(
  textOf`count(${any})`,
  textOf`${oneOf('sum', 'avg', 'stddev', 'stddev_pop', 'variance', 'var_pop', 'var_samp')}(${number})`,
  textOf`extreme(${oneOf('i', 'l', 'd', 'f', 'g')})`,
  textOf`${oneOf('sum', 'avg', 'max_value', 'count', 'first_value')}(${calculation})`,
  textOf`${oneOf('min_value', 'max_value')}(${ordered})`,
  textOf`${oneOf('first_value', 'last_value', 'mode', 'count')}(${any})`,
  textOf`${oneOf('min_time', 'MAX_TIME', 'time_duration')}(${any})`,
  textOf`${oneOf('max_by', 'min_by')}(${fc.oneof(any, fc.constant('time'))}, ${ordered})`,
  textOf`count_if(${fc.oneof(textOf`${number} ${sign} ${constant}`, fc.constant('b'))}, ${oneOf('1', '2', 'keep = 1', 'keep < 3')}${oneOf('', ", 'ignoreNull' = 'false'", ", 'ignoreNull'='true'")})`,
  textOf`${oneOf('count', 'last_value', 'max_time')}(*)`,
);
const aggregateColumn = fc.oneof(
  { weight: 6, arbitrary: aggregate },
  { weight: 1, arbitrary: fc.constant('count_time(*)') },
  { weight: 1, arbitrary: textOf`sum(${exact}) / count(${exact})` },
  { weight: 1, arbitrary: textOf`max_value(${exact}) > ${constant}` },
);

const from = oneOf('root.a.d1', 'root.a.d2', 'root.a.*', 'root.**', 'root.b.**', 'root.b.d1, root.a.d1', 'root.a.d*');
const length = fc.integer({ min: 1, max: 17 });
const range = fc
  .tuple(time, fc.integer({ min: 1, max: 60 }), fc.boolean())
  .map(([start, size, includesStart]) =>
    includesStart ? `[${start}, ${start + size})` : `(${start}, ${start + size}]`,
  );
const window = fc.oneof(textOf`(${range}, ${length}ms)`, textOf`(${range}, ${length}ms, ${length}ms)`);
const fill = fc.oneof(
  textOf`fill(${oneOf('previous', 'linear', '5', '0.5', "'x'", 'true')})`,
  textOf`fill(previous, ${length}ms)`,
);
const page = textOf`${maybe(textOf` limit ${fc.nat({ max: 12 })}`)}${maybe(textOf` offset ${fc.nat({ max: 5 })}`)}`;
const seriesPage = textOf`${maybe(textOf` slimit ${fc.integer({ min: 1, max: 4 })}`)}${maybe(textOf` soffset ${fc.nat({ max: 3 })}`)}`;
const direction = oneOf('', ' asc', ' desc');
const nulls = oneOf('', ' nulls first', ' nulls last');
const timeOrder = textOf` order by time${direction}`;
/** A path that is one series, wherever the query reads from. */
const sortSeries = oneOf('root.a.d1.i', 'root.a.d2.d', 'root.a.d1.t');
const expressionOrder = textOf` order by ${fc.oneof(sortSeries, textOf`${sortSeries.filter((it) => !it.endsWith('t'))} * -1`)}${direction}${nulls}, time${direction}`;
const deviceOrder = fc.oneof(
  textOf` order by device${direction}`,
  textOf` order by device${direction}, time${direction}`,
  textOf` order by time${direction}`,
  textOf` order by time${direction}, device${direction}`,
);

const rawColumn = fc.oneof(
  { weight: 4, arbitrary: any },
  { weight: 2, arbitrary: fc.constant('*') },
  { weight: 2, arbitrary: calculation },
  { weight: 1, arbitrary: valueCondition.filter((it) => !it.startsWith('time')) },
);

const rawByTime = textOf`select ${listOf(rawColumn)} from ${from}${maybe(textOf` where ${where}`, 3)}${maybe(fc.oneof(timeOrder, expressionOrder))} ${maybe(fill)}${seriesPage}${page}`;
const aggregateByTime = textOf`select ${listOf(aggregateColumn)} from ${from}${maybe(textOf` where ${where}`, 2)}${maybe(textOf` group by ${window}`, 4)}${maybe(textOf` having ${aggregate.filter((it) => /^(count|sum|avg)\(/.test(it) && !it.includes('*'))} ${sign} ${constant}`)}${maybe(fc.oneof(timeOrder, textOf` order by ${oneOf('count(root.a.d1.i)', 'sum(root.a.d2.d) * -1', 'first_value(root.a.d1.t)')}${direction}${nulls}`))} ${maybe(fill)}${seriesPage}${page}`;
const byLevel = textOf`select ${listOf(aggregate)} from ${from}${maybe(textOf` where ${where}`)} group by ${oneOf('', '([0, 30), 7ms), ')}level = ${oneOf('0', '1', '2', '1, 2')}${seriesPage}`;
const withoutRange = textOf`select ${listOf(aggregate)} from ${from}${maybe(textOf` where ${onlyTimes}`)} group by (${length}ms)${maybe(timeOrder)}${page}`;
const rawByDevice = textOf`select ${listOf(rawColumn)} from ${from}${maybe(textOf` where ${where}`)}${maybe(fc.oneof(deviceOrder, textOf` order by ${oneOf('i', 'd', 'd * -1', 't')}${direction}${nulls}`, textOf` order by device${direction}, d${direction}${nulls}, time${direction}`))} ${maybe(fill)}${seriesPage}${page} align by device`;
const aggregateByDevice = textOf`select ${listOf(aggregateColumn)} from ${from}${maybe(textOf` where ${where}`)}${maybe(textOf` group by ${window}`, 4)}${maybe(textOf` having count(${any}) ${sign} ${constant}`)}${maybe(fc.oneof(deviceOrder, textOf` order by count(i)${direction}`))} ${maybe(fill)}${seriesPage}${page} align by device`;
const last = textOf`select last ${listOf(fc.oneof(any, fc.constant('*')))} from ${from}${maybe(textOf` where ${onlyTimes}`)}${maybe(textOf` order by ${oneOf('timeseries', 'time')}${direction}`)}${seriesPage}${page}`;

export const queriesByKind: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'rows aligned by time': rawByTime,
  'aggregations aligned by time': aggregateByTime,
  'aggregations by level': byLevel,
  'windows wherever there is data': withoutRange,
  'rows aligned by device': rawByDevice,
  'aggregations aligned by device': aggregateByDevice,
  'last points': last,
};
