// Files that official writers made, and one of ours that must stay as it is: `node interop/tsfile/golden.mjs` made them.

import { createReadStream, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { DataType } from './data-type.ts';
import { MemorySink } from './io/memory.ts';
import { pathOfDevice } from './layout/device-id.ts';
import { readTsFileStream } from './reader/stream-reader.ts';
import { openTsFile } from './reader/tsfile-reader.ts';
import { linesOf, readSample, type SampleSeries, testdata, textRows, valuesOfTexts } from './testing/text-form.ts';
import { TsFileWriter } from './writer/tsfile-writer.ts';

const files = [
  { name: 'java-v3', sample: 'all', version: 3 },
  { name: 'java-v4', sample: 'all', version: 4 },
  { name: 'python', sample: 'python', version: 4 },
  { name: 'ours', sample: 'all', version: 4 },
  { name: 'ours-uncompressed', sample: 'uncompressed', version: 4 },
];

describe.each(files)('$name.tsfile', ({ name, sample, version }) => {
  const path = fileURLToPath(new URL(`${name}.tsfile`, testdata));
  const expected = linesOf(`${sample}.rows`).sort();

  it('has the rows it was written from', async () => {
    const reader = await openTsFile(path);
    const rows: string[] = [];
    const series: string[] = [];
    for await (const device of reader.devices()) {
      for await (const { measurement, dataType, role } of reader.seriesOf(device)) {
        if (role === 'time') continue;
        series.push(measurement);
        for await (const { times, column } of reader.scan(device, measurement)) {
          rows.push(...textRows(pathOfDevice(device), measurement, dataType as DataType, times, column));
        }
      }
    }
    await reader.close();
    expect(reader.version).toBe(version);
    expect(series.length).toBe(readSample(sample).length);
    expect(rows.sort()).toEqual(expected);
  });

  it('has them when it is read from front to back', async () => {
    const rows: string[] = [];
    for await (const { device, measurement, dataType, blocks } of readTsFileStream(createReadStream(path))) {
      for (const { times, column } of blocks) {
        if (column) rows.push(...textRows(pathOfDevice(device), measurement, dataType, times, column));
      }
    }
    expect(rows.sort()).toEqual(expected);
  });
});

describe('python-table.tsfile', () => {
  it('has devices of the table model, some of whose values are missing', async () => {
    const reader = await openTsFile(fileURLToPath(new URL('python-table.tsfile', testdata)));
    expect(reader.tableSchemas.map(({ table, columns }) => [table, columns.map(({ name }) => name)])).toEqual([
      ['machines', ['plant', 'line', 'temperature', 'state']],
    ]);
    const rows: unknown[] = [];
    for await (const device of reader.devices()) {
      for (const measurement of ['temperature', 'state']) {
        for await (const { times, column } of reader.scan(device, measurement)) {
          rows.push([device, measurement, [...times], 'offsets' in column.values ? 'texts' : [...column.values]]);
        }
      }
    }
    await reader.close();
    expect(rows).toEqual([
      [['machines', 'north', 'a'], 'temperature', [1000n, 2000n], [20.5, 21.5]],
      [['machines', 'north', 'a'], 'state', [1000n], 'texts'],
      [['machines', 'north', 'b'], 'state', [1000n], 'texts'],
      [['machines', 'south', 'a'], 'temperature', [1500n], [30]],
      [['machines', 'south', 'a'], 'state', [1500n], 'texts'],
    ]);
  });
});

describe('what is written', () => {
  // So often that the compiler takes its turn: what it makes of a NaN is not what the interpreter made of it.
  it('is the same, byte by byte, as it always was, in warm code too', async () => {
    const golden = readFileSync(new URL('ours-uncompressed.tsfile', testdata));
    const devices = new Map<string, SampleSeries[]>();
    for (const it of readSample('uncompressed')) devices.set(it.device, [...(devices.get(it.device) ?? []), it]);
    for (let time = 1; time <= 200; time++) {
      const sink = new MemorySink();
      const writer = new TsFileWriter(sink, { pageRows: 6 });
      for (const part of [0, 1]) for (const [device, series] of devices) await writePart(writer, device, series, part);
      await writer.finish();
      const differsAt = sink.bytes.findIndex((byte, at) => byte !== golden[at]);
      expect({ time, bytes: sink.bytes.length, differsAt }).toEqual({ time, bytes: golden.length, differsAt: -1 });
    }
  });
});

/** Two thirds of a device's times, or the rest. */
async function writePart(writer: TsFileWriter, device: string, series: SampleSeries[], part: number): Promise<void> {
  const all = [...new Set(series.flatMap(({ rows }) => [...rows.keys()]))].sort((a, b) => (a < b ? -1 : 1));
  const middle = Math.floor((all.length * 2) / 3);
  const times = part === 0 ? all.slice(0, middle) : all.slice(middle);
  const columns = series.map(({ schema, rows }) => {
    const texts = times.map((time) => rows.get(time));
    const nulls = new Uint8Array((times.length + 7) >> 3);
    for (const [row, text] of texts.entries()) if (text === undefined) nulls[row >> 3]! |= 1 << (row & 7);
    return { schema, column: { values: valuesOfTexts(schema.dataType, texts), nulls } };
  });
  if (series[0]?.isAligned) {
    await writer.writeAligned(device, BigInt64Array.from(times), columns, 0);
    return;
  }
  for (const { schema, column } of columns) {
    await writer.writeSeries(device, schema, BigInt64Array.from(times), { values: column.values });
  }
}
