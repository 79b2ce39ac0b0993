// Random data of one node, exported and imported into another that has none of it, are there as they were.

import { join } from 'node:path';
import { utc } from '@balsa/sql';
import { type DataType, dataTypeName, servedDataTypes, DataType as Types } from '@balsa/wire';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cell, NodeClient } from '../node-client/node-client.ts';
import { createScreen } from '../terminal/screen.ts';
import { CollectedOutput } from '../testing/collect-output.ts';
import { inScratchFolder } from '../testing/run-balsa.ts';
import { type ServingNode, serveNode } from '../testing/serve-node.ts';
import { type ExportOptions, exportFile } from './export-file.ts';
import { importCsv } from './import-csv.ts';
import { importTsFile } from './import-tsfile.ts';
import { type JsonTablet, tabletBody } from './json-tablet.ts';

const RUNS = 12;

let sourceNode: ServingNode;
let targetNode: ServingNode;
let source: NodeClient;
let target: NodeClient;
let runs = 0;

beforeAll(async () => {
  [sourceNode, targetNode] = await Promise.all([serveNode(), serveNode()]);
  source = new NodeClient([sourceNode.url]);
  target = new NodeClient([targetNode.url]);
});
afterAll(async () => {
  source.close();
  target.close();
  await Promise.all([sourceNode.stop(), targetNode.stop()]);
});

/** What is lost first where numbers become texts. */
const special = fc.constantFrom(-0, 0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

const valueFor = (dataType: DataType): fc.Arbitrary<Exclude<Cell, null>> => {
  switch (dataType) {
    case Types.BOOLEAN:
      return fc.boolean();
    case Types.INT32:
      return fc.integer();
    case Types.INT64:
    case Types.TIMESTAMP:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(jsonInteger);
    case Types.FLOAT:
      return fc.oneof(fc.float(), special).map(jsonReal);
    case Types.DOUBLE:
      return fc.oneof(fc.double(), special).map(jsonReal);
    case Types.DATE:
      return fc
        .date({ min: new Date('1000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((day) => Number(day.toISOString().slice(0, 10).replaceAll('-', '')));
    case Types.BLOB:
      return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    default:
      return fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\t', ' ', 'ä', '日', '😀', '\\') });
  }
};

/** Names as they stand in paths. */
const name = fc.constantFrom('d', 'line1', '`a b`', '`x.y`', '`q``q`', '`1`', 'select', '`c,"d"`');
const time = fc.oneof(fc.integer({ min: -5, max: 40 }), fc.integer({ min: -1e12, max: 4e12 }));

interface Device {
  readonly names: readonly string[];
  readonly isAligned: boolean;
  readonly series: readonly { readonly measurement: string; readonly dataType: DataType }[];
  readonly rows: readonly { readonly time: number; readonly cells: readonly Cell[] }[];
}

/** `typeOf`: of a measurement, whatever the device; `undefined`: each device has its own. */
function devices(isTypedAlike: boolean): fc.Arbitrary<readonly Device[]> {
  const alike = fc.constantFrom(...servedDataTypes);
  const measurements = ['s1', 's2', '`s 3`', '`d("e"),f`', 'Device'];
  return fc.tuple(...measurements.map(() => alike)).chain((shared) => {
    const series = fc
      .uniqueArray(fc.tuple(fc.nat(measurements.length - 1), alike), { selector: ([at]) => at, minLength: 1 })
      .map((list) =>
        list.map(([at, own]) => ({ measurement: measurements[at]!, dataType: isTypedAlike ? shared[at]! : own })),
      );
    const device = fc
      .tuple(fc.array(name, { minLength: 1, maxLength: 2 }), fc.boolean(), series)
      .chain(([names, isAligned, list]) =>
        fc
          .array(
            fc.record({
              time,
              cells: fc.tuple(...list.map(({ dataType }) => fc.option(valueFor(dataType), { freq: 4 }))),
            }),
            { minLength: 1, maxLength: 30 },
          )
          .map((rows): Device => ({ names, isAligned, series: list, rows })),
      );
    return fc.uniqueArray(device, { selector: ({ names }) => names.join('.'), minLength: 1, maxLength: 4 });
  });
}

async function write(database: string, all: readonly Device[]): Promise<void> {
  for (const { names, isAligned, series, rows } of all) {
    const tablet: JsonTablet = {
      device: [database, ...names].join('.'),
      isAligned,
      measurements: series.map(({ measurement }) => measurement),
      dataTypes: series.map(({ dataType }) => dataType),
      times: rows.map((row) => row.time),
      values: series.map((_, at) => rows.map(({ cells }) => cells[at] ?? null)),
    };
    const body = tabletBody(tablet);
    if (body !== undefined) await source.insertTablet(body);
  }
}

async function all(client: NodeClient, sql: string): Promise<unknown> {
  const { columns, blocks } = await client.query(sql);
  const rows: unknown[] = [];
  for await (const some of blocks) rows.push(...some);
  return { columns, rows };
}

/** Everything that is known of a database but times to live. */
async function contentsOf(client: NodeClient, database: string, withAlignment: boolean): Promise<unknown> {
  return {
    series: await all(client, `show timeseries ${database}.**`),
    points: await all(client, `select ** from ${database}`),
    ...(withAlignment ? { devices: await all(client, `show devices ${database}.**`) } : {}),
  };
}

const screen = createScreen(new CollectedOutput(), {});
const { signal } = new AbortController();
const exportOptions: Omit<ExportOptions, 'output' | 'format'> = {
  replaces: false,
  shape: 'device',
  withTypes: true,
  zone: 'Z',
  signal,
  onRows: () => {},
};

describe('what was exported and imported is there as it was', () => {
  it.each([
    ['as a TsFile', 'tsfile', 'device', false],
    ['as CSV, device by device', 'csv', 'device', true],
    ['as CSV, side by side', 'csv', 'wide', false],
  ] as const)('%s', (_what, format, shape, isTypedAlike) =>
    inScratchFolder((folder) =>
      fc.assert(
        fc.asyncProperty(devices(isTypedAlike), async (data) => {
          const database = `root.r${runs++}`;
          await write(database, data);
          const output = join(folder, `${database}.${format}`);
          const pattern = `${database}.**`;
          await exportFile(
            source,
            { kind: 'path', pattern, span: { from: undefined, to: undefined } },
            { ...exportOptions, output, format, shape },
          );
          if (format === 'tsfile') {
            await importTsFile(output, target, screen, { isDryRun: false, signal });
          } else {
            const options = {
              zone: utc,
              isAligned: false,
              types: new Map(),
              sampleRows: 1000,
              badLinesMax: 0,
              isDryRun: false,
              signal,
            };
            expect((await importCsv(output, target, screen, options)).bad).toBe(0);
          }
          const withAlignment = format === 'tsfile';
          expect(await contentsOf(target, database, withAlignment)).toEqual(
            await contentsOf(source, database, withAlignment),
          );
        }),
        { numRuns: RUNS, endOnFailure: true },
      ),
    ),
  );
});

function jsonInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function jsonReal(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

it('has data of every type', () => {
  expect(servedDataTypes.map(dataTypeName)).toEqual([
    ...['BOOLEAN', 'INT32', 'INT64', 'FLOAT', 'DOUBLE', 'TEXT', 'TIMESTAMP', 'DATE', 'BLOB', 'STRING'],
  ]);
});
