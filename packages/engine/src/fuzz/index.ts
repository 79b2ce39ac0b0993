// Commands as they come out of the log, queries as they come from clients, and the paths in both.

import {
  aggregateValuesMax,
  DataType,
  decodeAggregateQuery,
  decodeCommandResult,
  decodeRangeQuery,
  decodeRangeResult,
  encodeAggregateQuery,
  encodeAggregateResult,
  encodeInsertTablet,
  encodeRangeQuery,
  encodeRangeResult,
  StatusCode,
  type Tablet,
  WireError,
} from '@balsa/wire';
import { decoderTarget, FuzzFinding, type FuzzTarget } from '@balsa/wire/fuzz';
import { Counter } from '../counter.ts';
import { encodeCreateSeries, encodeDeleteRange, encodeDeleteSeries } from '../data-command.ts';
import { EngineError } from '../errors.ts';
import { canonicalDevice, devicePattern } from '../path.ts';
import { encodeRegisterSeries, encodeSchemaCommand } from '../schema/schema-command.ts';
import { SchemaRegistry } from '../schema/schema-registry.ts';
import { SeriesStore } from '../series-store.ts';
import { restoreTarget } from './restore.ts';
import { storageTargets } from './storage.ts';

const device = 'root.plant.line4';
const measurements = ['temperature', 'running', 'note'];
const dataTypes = [DataType.DOUBLE, DataType.BOOLEAN, DataType.TEXT];
const tablet: Tablet = {
  device,
  measurements,
  dataTypes,
  timestamps: Float64Array.of(1000, 2000, 1500),
  columns: [
    { values: Float64Array.of(20.5, Number.NaN, 21) },
    { values: Uint8Array.of(1, 0, 1), nulls: Uint8Array.of(2) },
    { values: ['a', '', 'grün'] },
  ],
};
/** Too many texts for one record of a snapshot. */
const texts: Tablet = {
  device: 'root.plant.line5',
  measurements: ['note'],
  dataTypes: [DataType.TEXT],
  timestamps: Float64Array.from({ length: 1000 }, (_, i) => i),
  columns: [{ values: Array.from({ length: 1000 }, (_, i) => `note ${i}`) }],
};
const subject = { device, measurements: ['temperature'], startMs: 0, endMs: 10_000 };
const pathWords = ['root.', '.**', '`', '``', 'root.`a.b`', '中'];
/** What the store applies beside tablets. */
const storeCommands = [
  encodeCreateSeries({ device, isAligned: false, measurements, dataTypes }),
  encodeDeleteRange({ patterns: ['root.plant.**', 'root.*.line4.temp*'], startMs: 0, endMs: Number.POSITIVE_INFINITY }),
  encodeDeleteSeries(['root.plant.line4.*']),
];
const dropped = encodeSchemaCommand({ kind: 'dropSeries', patterns: ['root.plant.line5.sp*'] });
/** One of each operation, to be applied one after the other. */
const schemaCommands = [
  encodeRegisterSeries({ device, measurements, dataTypes }),
  encodeSchemaCommand({ kind: 'createDatabase', path: 'root.plant', ttlMs: 1000 }),
  encodeSchemaCommand({
    kind: 'createSeries',
    device: 'root.plant.line5',
    isAligned: true,
    definitions: [
      {
        measurement: 'speed',
        dataType: DataType.FLOAT,
        encoding: 'RLE',
        compressor: 'ZSTD',
        alias: 'v',
        tags: [['unit', 'm/s']],
        attributes: [['maker', '']],
      },
    ],
  }),
  encodeSchemaCommand({ kind: 'setTtl', path: device, ttlMs: 1000 }),
  encodeSchemaCommand({ kind: 'unsetTtl', path: 'root.plant.**' }),
  dropped,
];
/** What is there before, so that something can be dropped. */
const other = encodeRegisterSeries({ device: 'root.other.d', measurements, dataTypes });
const drops = [
  encodeSchemaCommand({ kind: 'dropSeries', patterns: ['root.other.*.temp*'] }),
  encodeSchemaCommand({ kind: 'dropDatabases', patterns: ['root.**'] }),
];
const limits = { memoryBytesMax: 1 << 22, seriesMax: 100 };

type Machine = Pick<SeriesStore, 'apply' | 'checksum'>;

/** A state machine never throws for a command, and does the same with it on every replica. */
function machineTarget(
  name: string,
  corpus: readonly Buffer[],
  createEmpty: () => Machine,
  before: readonly Buffer[] = [],
): FuzzTarget {
  const index = before.length + 1;
  const create = (): Machine => {
    const machine = createEmpty();
    for (const [i, command] of before.entries()) machine.apply(i + 1, command);
    return machine;
  };
  return {
    name,
    corpus,
    words: pathWords,
    probe(input) {
      const [first, second] = [create(), create()];
      const results = [first, second].map((machine) => Buffer.from(machine.apply(index, input)));
      if (first.checksum() !== second.checksum() || !results[0]?.equals(results[1] ?? Buffer.alloc(0))) {
        throw new FuzzFinding('two replicas made different things of the same command');
      }
      // Again, behind itself: what exists now must not make it throw.
      first.apply(index + 1, input);
      const { status, message } = decodeCommandResult(results[0]);
      return status === StatusCode.SUCCESS ? undefined : message;
    },
  };
}

const filled = new SeriesStore(limits);
filled.apply(1, encodeInsertTablet(tablet));

export const engineTargets: readonly FuzzTarget[] = [
  machineTarget('engine/store-command', [encodeInsertTablet(tablet), ...storeCommands], () => new SeriesStore(limits)),
  machineTarget(
    'engine/schema-command',
    [...schemaCommands.filter((command) => command !== dropped), ...drops],
    () => new SchemaRegistry(limits),
    [other],
  ),
  restoreTarget('engine/restore-store', () => new SeriesStore(limits), [
    encodeInsertTablet(tablet),
    encodeInsertTablet(texts),
  ]),
  restoreTarget('engine/restore-schema', () => new SchemaRegistry(limits), schemaCommands),
  restoreTarget('engine/restore-counter', () => new Counter(), [Buffer.from('a command')]),
  decoderTarget({
    name: 'engine/range',
    corpus: [encodeRangeQuery({ ...subject, limit: 100 })],
    words: measurements,
    refusals: [WireError, EngineError],
    decode: (input) => decodeRangeResult(encodeRangeResult(filled.range(decodeRangeQuery(input)))).timestamps.length,
  }),
  decoderTarget({
    name: 'engine/aggregate',
    corpus: [
      encodeAggregateQuery({ ...subject, functions: ['avg', 'count', 'last'], windowMs: 500 }),
      encodeAggregateQuery({ ...subject, device: 'root.plant.**', functions: ['min'], windowMs: 10_000 }),
    ],
    words: [...measurements, ...pathWords],
    // The starts of windows and their values, as they are computed and as bytes.
    memoryBytesMax: 4 * Float64Array.BYTES_PER_ELEMENT * aggregateValuesMax,
    refusals: [WireError, EngineError],
    decode: (input) => encodeAggregateResult(filled.aggregate(decodeAggregateQuery(input))).length,
  }),
  decoderTarget({
    name: 'engine/path',
    corpus: [device, 'root.`a.b`.`it``s`', 'root.中文.x1'].map((path) => Buffer.from(path)),
    words: pathWords,
    refusals: [EngineError],
    decode: (input) => {
      const text = input.toString('utf8');
      devicePattern(text);
      const path = canonicalDevice(text);
      if (path === undefined) throw new EngineError('ILLEGAL_PATH', 'not a path');
      return path;
    },
    encode: (path) => Buffer.from(path),
  }),
  ...storageTargets,
];
