import { encodeRegisterSeries, encodeSchemaCommand } from '@balsa/engine';
import {
  encodeAdvanceClock,
  encodeCreateSeries,
  encodeDeleteRange,
  encodeDeleteSeries,
  encodeSetTtl,
  encodeUnsetTtl,
} from '@balsa/engine/storage';
import { DataType, encodeInsertTablet } from '@balsa/wire';
import { expect, test } from 'vitest';
import { describeCommand } from './describe-command.ts';
import { GroupIds } from './group-ids.ts';

const { metadata, data } = GroupIds;
const { DOUBLE, INT32 } = DataType;
const typed = { measurements: ['a', 'b', 'c', 'd'], dataTypes: [INT32, INT32, DOUBLE, DOUBLE] };
const tablet = {
  device: 'root.plant.press',
  measurements: ['s'],
  dataTypes: [DOUBLE],
  timestamps: new Float64Array(1200).map((_, i) => i),
  columns: [{ values: new Float64Array(1200) }],
};

test.each([
  [data, encodeInsertTablet(tablet), 'insert 1,200 rows of 1 series into root.plant.press'],
  [
    data,
    encodeDeleteRange({ patterns: ['root.a.**', 'root.b'], startMs: 0, endMs: Number.POSITIVE_INFINITY }),
    'delete points of root.a.**, root.b, from 1970-01-01T00:00:00.000Z on',
  ],
  [
    data,
    encodeDeleteRange({ patterns: ['root.a'], startMs: Number.NEGATIVE_INFINITY, endMs: Number.MAX_SAFE_INTEGER }),
    'delete points of root.a, before 9007199254740991 ms',
  ],
  [
    data,
    encodeDeleteRange({ patterns: ['root.a'], startMs: 1, endMs: 2 }),
    'delete points of root.a, from 1970-01-01T00:00:00.001Z to before 1970-01-01T00:00:00.002Z',
  ],
  [data, encodeDeleteSeries(['root.a.*']), 'delete series root.a.*'],
  [
    data,
    encodeCreateSeries({ device: 'root.a', isAligned: true, ...typed }),
    'create series of root.a, aligned: a, b, c and 1 more',
  ],
  [data, encodeSetTtl({ path: 'root.a.**', ttlMs: 86_400_000 }), 'set time to live of root.a.** to 86,400,000 ms'],
  [data, encodeUnsetTtl('root.a.**'), 'unset time to live of root.a.**'],
  [data, encodeAdvanceClock(1000), 'advance clock to 1970-01-01T00:00:01.000Z'],
  [metadata, encodeRegisterSeries({ device: 'root.a', ...typed }), 'register series of root.a: a, b, c and 1 more'],
  [
    metadata,
    encodeSchemaCommand({ kind: 'createDatabase', path: 'root.a', ttlMs: 1000 }),
    'create database root.a, time to live 1,000 ms',
  ],
  [metadata, encodeSchemaCommand({ kind: 'dropDatabases', patterns: ['root.a'] }), 'drop databases root.a'],
  [metadata, encodeSchemaCommand({ kind: 'dropSeries', patterns: ['root.a.s'] }), 'drop series root.a.s'],
  [
    metadata,
    encodeSchemaCommand({ kind: 'createSeries', device: 'root.a', isAligned: false, definitions: [] }),
    'create series of root.a: ',
  ],
  [
    metadata,
    encodeSchemaCommand({ kind: 'setTtl', path: 'root.a.**', ttlMs: 5 }),
    'set time to live of root.a.** to 5 ms',
  ],
  [metadata, encodeSchemaCommand({ kind: 'unsetTtl', path: 'root.a.**' }), 'unset time to live of root.a.**'],
])('of group %i: %# is told in words', (group, command, text) => {
  expect(describeCommand(group, command)?.text).toBe(text);
});

test('what is not known here is not made up', () => {
  expect(describeCommand(data, Uint8Array.of(99))).toBeUndefined();
  expect(describeCommand(data, new Uint8Array(0))).toBeUndefined();
  expect(describeCommand(metadata, encodeInsertTablet(tablet))).toBeUndefined();
  expect(describeCommand(7, encodeInsertTablet(tablet))).toBeUndefined();
});
