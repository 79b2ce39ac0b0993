// The state machines of the engine fit the port by shape, without knowing it. Here is where they meet: each must keep
// replicas equal.

import { Counter, encodeRegisterSeries, SchemaRegistry, SeriesStore } from '@balsa/engine';
import { MemoryFolder, StorageEngine } from '@balsa/engine/storage';
import { type StateMachineHarness, stateMachineCases } from '@balsa/replica/conformance';
import { type ColumnValues, DataType, encodeInsertTablet } from '@balsa/wire';
import { describe, test } from 'vitest';

const { BOOLEAN, DOUBLE, INT32, INT64, TEXT } = DataType;

function rows(
  device: string,
  measurement: string,
  type: DataType,
  timesMs: number[],
  values: ColumnValues,
): Uint8Array {
  return encodeInsertTablet({
    device,
    measurements: [measurement],
    dataTypes: [type],
    timestamps: Float64Array.from(timesMs),
    columns: [{ values }],
  });
}

/** More rows than one chunk of the store holds, of which some come again and some too late. */
function longSeries(): Uint8Array[] {
  return [0, 3000, 1500].map((fromMs) => {
    const timesMs = Array.from({ length: 3000 }, (_, i) => fromMs + i);
    return rows(
      'root.plant.long',
      'level',
      DOUBLE,
      timesMs,
      Float64Array.from(timesMs, (timeMs) => timeMs / (fromMs + 7)),
    );
  });
}

const points = [
  rows('root.plant.a', 's', DOUBLE, [1000, 3000, 2000], Float64Array.of(20.5, Number.NaN, -0)),
  rows('root.plant.a', 's', DOUBLE, [2000, 2000, 500], Float64Array.of(1, 2, 3)),
  rows('root.plant.a', 's', TEXT, [1], ['another type']),
  rows('root.plant.a', 'words', TEXT, [-1, 1], ['grün', '']),
  ...longSeries(),
  rows('root.`b.c`', 'on', BOOLEAN, [5], Uint8Array.of(1)),
  rows('root.`b.c`', 'count', INT64, [2 ** 53 - 1], BigInt64Array.of(-(2n ** 63n))),
  rows('root.one.too.many', 's', INT32, [1], Int32Array.of(1)),
  Buffer.from('no command at all'),
  rows('root.plant.a', 'words', TEXT, [7], ['x'.repeat(500_000)]),
  rows('root.plant.a', 's', DOUBLE, [4000], Float64Array.of(4)),
];

const machines: Readonly<Record<string, StateMachineHarness>> = {
  Counter: {
    create: () => new Counter(),
    commands: [Buffer.from('abc'), Buffer.alloc(0), Buffer.from('de'), Buffer.alloc(100_000)],
  },
  SchemaRegistry: {
    create: () => new SchemaRegistry({ seriesMax: 6 }),
    commands: [
      encodeRegisterSeries({ device: 'root.plant.a', measurements: ['s', '温度'], dataTypes: [DOUBLE, TEXT] }),
      encodeRegisterSeries({ device: 'root.plant.a', measurements: ['s', 't'], dataTypes: [INT32, INT64] }),
      encodeRegisterSeries({ device: 'root.`b.c`', measurements: ['s'], dataTypes: [BOOLEAN] }),
      encodeRegisterSeries({ device: 'not a path', measurements: ['s'], dataTypes: [BOOLEAN] }),
      Buffer.from('no command at all'),
      encodeRegisterSeries({ device: 'root.c', measurements: ['s', 't', 'u'], dataTypes: [DOUBLE, DOUBLE, DOUBLE] }),
      encodeRegisterSeries({ device: 'root.d', measurements: ['s'], dataTypes: [DOUBLE] }),
    ],
  },
  SeriesStore: {
    create: () => new SeriesStore({ memoryBytesMax: 400_000, seriesMax: 5 }),
    commands: points,
  },
  StorageEngine: {
    create: () => StorageEngine.openForLog(new MemoryFolder(), { seriesMax: 5, memtableBytes: 60_000 }),
    commands: points,
  },
};

describe.each(Object.entries(machines))('%s', (_, harness) => {
  for (const { name, run } of stateMachineCases(harness)) test(name, run);
});
