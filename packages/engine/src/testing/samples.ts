// One state machine of each kind, with something in it, for tests of what is true of all of them.

import { DataType, encodeInsertTablet } from '@balsa/wire';
import { Counter } from '../counter.ts';
import { encodeRegisterSeries, encodeSchemaCommand } from '../schema/schema-command.ts';
import { SchemaRegistry } from '../schema/schema-registry.ts';
import { SeriesStore } from '../series-store.ts';
import { tabletOf } from './tablets.ts';

/** What a host sees of a state machine. */
export interface Machine {
  apply(index: number, command: Uint8Array): Uint8Array;
  snapshot(): IterableIterator<Uint8Array>;
  restore(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  checksum(): number;
  statistics(): unknown;
}

export interface Sample {
  readonly name: string;
  create(): Machine;
  /** Applied one after the other, from index 1 on. */
  readonly commands: readonly Uint8Array[];
}

const { BOOLEAN, INT32, INT64, FLOAT, DOUBLE, TEXT, TIMESTAMP, STRING } = DataType;

export const samples: readonly Sample[] = [
  { name: 'Counter', create: () => new Counter(), commands: [Buffer.from('abc'), Buffer.from('de')] },
  {
    name: 'SchemaRegistry',
    create: () => new SchemaRegistry({ seriesMax: 10 }),
    commands: [
      encodeRegisterSeries({ device: 'root.a', measurements: ['s', '温度'], dataTypes: [DOUBLE, TEXT] }),
      encodeRegisterSeries({ device: 'root.`b.c`', measurements: ['s'], dataTypes: [BOOLEAN] }),
      encodeRegisterSeries({ device: 'root.a', measurements: ['t'], dataTypes: [INT64] }),
      encodeSchemaCommand({ kind: 'createDatabase', path: 'root.plant.line4', ttlMs: 86_400_000 }),
      encodeSchemaCommand({
        kind: 'createSeries',
        device: 'root.plant.line4',
        isAligned: true,
        definitions: [
          {
            measurement: 'speed',
            dataType: FLOAT,
            encoding: 'RLE',
            compressor: 'ZSTD',
            alias: 'v',
            tags: [['unit', 'm/s']],
            attributes: [['maker', '']],
          },
        ],
      }),
      encodeSchemaCommand({ kind: 'setTtl', path: 'root.a', ttlMs: 1000 }),
      encodeSchemaCommand({ kind: 'dropSeries', patterns: ['root.a.温度'] }),
    ],
  },
  {
    name: 'SeriesStore',
    create: () => new SeriesStore({ memoryBytesMax: 20_000, seriesMax: 10 }),
    commands: [
      tabletOf('root.a', 'double', DOUBLE, [
        [1000, 20.5],
        [3000, Number.NaN],
        [2000, -1],
      ]),
      tabletOf('root.a', 'text', TEXT, [
        [-1, 'grün'],
        [1, ''],
      ]),
      tabletOf('root.`b.c`', 'boolean', BOOLEAN, [[5, 1]]),
      tabletOf('root.`b.c`', 'int32', INT32, [[0, -2]]),
      tabletOf('root.`b.c`', 'int64', INT64, [[2 ** 53 - 1, -(2n ** 63n)]]),
      tabletOf('root.a', 'float', FLOAT, [[7, 0.5]]),
      tabletOf('root.a', 'timestamp', TIMESTAMP, [[8, 9n]]),
      tabletOf('root.a', 'string', STRING, [[1 - 2 ** 53, '中']]),
      tabletOf('root.a', 'empty', INT32, []),
    ].map(encodeInsertTablet),
  },
];

export function filled({ create, commands }: Sample): Machine {
  const machine = create();
  for (const [i, command] of commands.entries()) machine.apply(i + 1, command);
  return machine;
}
