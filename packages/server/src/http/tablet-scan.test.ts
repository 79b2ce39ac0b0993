// What is scanned is what JSON.parse and tablet-json.ts make of the same bytes; what they refuse is never taken.

import { dataTypeName, servedDataTypes } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { snakeCased } from './rest/rest-bodies.ts';
import { isAlignedIn, tabletFromJson } from './tablet-json.ts';
import { scanTablet } from './tablet-scan.ts';

/** `undefined`: it is refused. */
function read(body: Buffer) {
  try {
    const fields = snakeCased(JSON.parse(body.toString('utf8')));
    return { tablet: tabletFromJson(fields), isAligned: isAlignedIn(fields) };
  } catch {
    return undefined;
  }
}

function scanned(body: Buffer) {
  const request = scanTablet(body);
  return request && { tablet: request.tablet, isAligned: request.isAligned };
}

const text = (json: unknown): Buffer => Buffer.from(JSON.stringify(json));

const usual = {
  timestamps: [1767225600000, 1767225605000, -1],
  measurements: ['speed', 'count', 'state', 'small'],
  data_types: ['DOUBLE', 'INT64', 'INT32', 'FLOAT'],
  values: [
    [20.51, -0.001, 0],
    [1, 2, -4503599627370496],
    [-2147483648, 2147483647, 7],
    [0.1, 1.5, 16777217],
  ],
  is_aligned: true,
  device: 'root.plant.line1',
};

describe('what is usual is scanned', () => {
  test.each([
    ['in the order of IoTDB', text(usual)],
    ['with white space', Buffer.from(JSON.stringify(usual, null, 2).replaceAll('"values"', '\t"values"\r\n'))],
    [
      'in camel case',
      Buffer.from(JSON.stringify(usual).replace('data_types', 'dataTypes').replace('device', 'deviceId')),
    ],
    ['not aligned', text({ ...usual, is_aligned: false })],
    ['silent about it', text({ ...usual, is_aligned: undefined })],
    ['with names of other alphabets', text({ ...usual, device: 'root.工厂', measurements: ['速度', 'é', 's', 't'] })],
    ['with numbers of many digits', text({ ...usual, values: [[Math.PI, 1e300, -5e-324], ...usual.values.slice(1)] })],
    ['with nulls', text({ ...usual, values: [[1, null, 3], ...usual.values.slice(1)] })],
    ['with more rows than memory begins with', text(bodyOf(Array.from({ length: 3000 }, (_, row) => row / 8)))],
    [
      'with texts and truths',
      text({
        ...usual,
        data_types: ['TEXT', 'BOOLEAN', 'STRING', 'BLOB'],
        values: [
          ['a', ']"\\', null],
          [true, false, null],
          ['', '}', '[{'],
          ['AAEC', '', null],
        ],
      }),
    ],
  ])('%s', (_, body) => {
    expect(scanned(body)).toBeDefined();
    expect(scanned(body)).toEqual(read(body));
  });
});

function bodyOf(cells: readonly unknown[]): object {
  const timestamps = cells.map((_, row) => row);
  return { timestamps, measurements: ['s'], data_types: ['DOUBLE'], values: [cells], device: 'root.d' };
}

test('every double comes as JSON.parse reads it', () => {
  const decimal = fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }))
    .map(([whole, decimals]) => (whole / 10 ** decimals).toFixed(decimals));
  const number = fc.oneof(
    decimal,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.integer().map(String),
  );
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
      const body = Buffer.from(
        JSON.stringify(bodyOf(numbers.map(() => 0))).replace(/"values":.*?\]\]/, `"values":[[${numbers}]]`),
      );
      expect(scanned(body)).toEqual(read(body));
      expect(scanned(body)).toBeDefined();
    }),
  );
});

const wrong = [
  '{}',
  '[]',
  'null',
  '',
  '}',
  '{',
  '{"device":"root.d"',
  '{"device":"root.d"}}',
  ...[
    ['1767225600000', '1767225600000.5'],
    ['1767225600000', '9007199254740993'],
    ['[20.51', '[020.51'],
    ['[20.51', '[20.'],
    ['[20.51', '[.5'],
    ['[20.51', '[+1'],
    ['[20.51', '[-'],
    ['[20.51', '[--1'],
    ['[20.51', '[20 .51'],
    ['[20.51', '[2 0'],
    ['[20.51', '[1e'],
    ['[20.51', '['],
    ['[20.51', '[,20.51'],
    ['[20.51', '[0x1'],
    ['[20.51', '["20.51"'],
    ['[20.51', '[true'],
    ['[20.51', '[{}'],
    ['[20.51', '[[1]'],
    ['[20.51', '[20.51,1'],
    [',0]', ',0,]'],
    [',0]', ']'],
    [',0]', ',0'],
    ['[1,2,', '[1.5,2,'],
    ['[-2147483648', '[-2147483649'],
    ['"DOUBLE"', '"DOUBLES"'],
    ['"DOUBLE",', ''],
    ['"speed",', ''],
    ['"speed"', '1'],
    ['"speed"', '"spe\ned"'],
    ['true', '1'],
    ['true', '"true"'],
    ['true', 'tru'],
    ['"root.plant.line1"', '7'],
    ['"root.plant.line1"', '"root'],
    ['"device"', 'device'],
    ['"device":', '"device"'],
    ['"device"', '"devise"'],
    [',"device"', '"device"'],
    ['],"is', '],,"is'],
  ].map(([from, to]) => JSON.stringify(usual).replace(from!, to!)),
];

test.each(wrong)('%s is not taken', (body) => {
  expect(body).not.toBe(JSON.stringify(usual));
  expect(read(Buffer.from(body))).toBeUndefined();
  expect(scanned(Buffer.from(body))).toBeUndefined();
});

test.each([
  ['what is said twice', '{"device":"root.x",'],
  ['a prototype', '{"__proto__":{"x":1},'],
  ['a field that it does not know', '{"comment":1,'],
  ['a field that every object has', '{"constructor":{"prototype":1},'],
])('%s is for JSON.parse', (_, beginning) => {
  expect(scanned(Buffer.from(JSON.stringify(usual).replace('{', beginning)))).toBeUndefined();
});

test('memory is not taken for values that are not there', () => {
  const times = Array.from({ length: 100_000 }, (_, row) => row);
  const types = Array.from({ length: 100_000 }, () => 'DOUBLE');
  // Eighty gigabytes, if it were believed.
  const body = text({ ...usual, timestamps: times, measurements: types, data_types: types, values: [] });
  expect(scanned(body)).toBeUndefined();
});

test('whatever is turned in a body, nothing is taken that is not what it says', () => {
  const cells = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.constantFrom(null, true, 'x', ']', '', 0, -0, 2 ** 53, 'NaN', '12'),
  );
  const column = (rows: number) =>
    fc.record({
      type: fc.constantFrom(...servedDataTypes.map(dataTypeName)),
      cells: fc.array(cells, { minLength: rows, maxLength: rows }),
    });
  const bodies = fc.integer({ min: 0, max: 4 }).chain((rows) =>
    fc.record({
      timestamps: fc.array(fc.integer(), { minLength: rows, maxLength: rows }),
      columns: fc.array(column(rows), { minLength: 1, maxLength: 3 }),
      turned: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'0123456789.,-+eE[]{}":\\ntu \n\0')), { maxLength: 2 }),
    }),
  );
  fc.assert(
    fc.property(bodies, ({ timestamps, columns, turned }) => {
      const body = text({
        device: 'root.d',
        timestamps,
        measurements: columns.map((_, i) => `s${i}`),
        data_types: columns.map(({ type }) => type),
        values: columns.map((it) => it.cells),
      });
      for (const [at, character] of turned) body.write(character, at % body.length, 'latin1');
      const found = scanned(body);
      if (found !== undefined) expect(found).toEqual(read(body));
    }),
    { numRuns: 3000 },
  );
});
