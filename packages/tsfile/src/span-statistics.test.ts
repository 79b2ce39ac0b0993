// Statistics of spans: what they say is what the rows say, and whatever happens to them, reading them ends.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binariesOf } from './binaries.ts';
import { isNull, type Values } from './column.ts';
import { DataType, dataTypeName, dataTypes } from './data-type.ts';
import { encodingName, encodingsOf } from './encoding.ts';
import { TsFileError } from './errors.ts';
import { isNumeric, type NumericType, type SpanStatistics, spanSectionMagic } from './layout/span-statistics.ts';
import type { TsFileReader } from './reader/tsfile-reader.ts';
import { timesOf, valuesOf } from './testing/arbitraries.ts';
import { openFile, writeFile } from './testing/files.ts';
import type { PageLayout } from './writer/tsfile-writer.ts';

const device = 'root.plant.line4';
const level = { measurement: 'value', dataType: DataType.INT32 };

function laidOut(layout: PageLayout): { pageLayout: () => PageLayout } {
  return { pageLayout: () => layout };
}

async function spansOf(reader: TsFileReader, measurement = 'value'): Promise<(SpanStatistics | undefined)[]> {
  const series = await reader.series(device, measurement);
  return Promise.all(series!.chunks.map((chunk) => reader.spanStatistics(series!, chunk)));
}

interface Row {
  readonly time: number;
  readonly value: number | bigint;
}

interface Told {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly min: number | bigint;
  readonly max: number | bigint;
  readonly first: number | bigint;
  readonly last: number | bigint;
  readonly sum: number;
}

/** As the rows tell it. */
function tell(rows: readonly Row[]): Told {
  const [first, last] = [rows[0]!, rows.at(-1)!];
  const numbers = rows.map(({ value }) => value).filter((value) => !Number.isNaN(value));
  const extreme = (sign: number): number | bigint =>
    numbers.reduce(
      (best, it) => ((Number(it > best) - Number(it < best)) * sign > 0 ? it : best),
      numbers[0] ?? Number.NaN,
    );
  return {
    from: first.time,
    to: last.time,
    rows: rows.length,
    min: extreme(-1),
    max: extreme(1),
    first: first.value,
    last: last.value,
    sum: rows.reduce((sum, { value }) => sum + Number(value), 0),
  };
}

function toldBy(spans: SpanStatistics): Told[][] {
  const all = Array.from(
    spans.counts,
    (rows, i): Told => ({
      from: spans.startTimes[i]!,
      to: spans.endTimes[i]!,
      rows,
      min: spans.min[i]!,
      max: spans.max[i]!,
      first: spans.first[i]!,
      last: spans.last[i]!,
      sum: spans.sums[i]!,
    }),
  );
  return Array.from(spans.pageEnds, (end, page) => all.slice(page === 0 ? 0 : spans.pageEnds[page - 1], end));
}

/** Rows by page and span, as they are read; a page without any value has none. */
async function expectedOf(reader: TsFileReader, spanMs: number): Promise<Told[][]> {
  const pages: Told[][] = [];
  for await (const { times, column } of reader.scan(device, 'value')) {
    const spans = new Map<number, Row[]>();
    for (const [row, time] of times.entries()) {
      const value = (column.values as Float64Array)[row]!;
      const span = Math.floor(Number(time) / spanMs);
      spans.set(span, [...(spans.get(span) ?? []), { time: Number(time), value }]);
    }
    pages.push([...spans.values()].map(tell));
  }
  return pages;
}

const numericTypes = dataTypes.filter(isNumeric) as NumericType[];
const cases = numericTypes.flatMap((type) =>
  encodingsOf[type].map((encoding) => ({ type, encoding, name: `${dataTypeName(type)} ${encodingName(encoding)}` })),
);
const layouts = fc.record({ rows: fc.integer({ min: 1, max: 300 }), spanMs: fc.integer({ min: 1, max: 100_000 }) });

describe.each(cases)('of $name', ({ type, encoding }) => {
  const schema = { measurement: 'value', dataType: type, encoding };

  it('they say what the rows of a series by itself say', async () => {
    await fc.assert(
      fc.asyncProperty(valuesOf(type), layouts, async ({ values, count }, { rows, spanMs }) => {
        const layout = laidOut({ rows, statisticsSpan: BigInt(spanMs) });
        const bytes = await writeFile(
          (writer) => writer.writeSeries(device, schema, timesOf(count), { values }),
          layout,
        );
        const reader = await openFile(bytes);
        const expected = await expectedOf(reader, spanMs);
        const [spans] = await spansOf(reader);
        if (expected.flat().length === 1) expect(spans).toBeUndefined();
        else expect(toldBy(spans!)).toEqual(expected);
      }),
      { numRuns: 5 },
    );
  });

  it('they say what the rows of an aligned series say', async () => {
    await fc.assert(
      fc.asyncProperty(
        valuesOf(type),
        layouts,
        fc.infiniteStream(fc.nat(255)),
        async ({ values, count }, { rows, spanMs }, bits) => {
          const nulls = Uint8Array.from({ length: (count + 7) >> 3 }, () => bits.next().value!);
          const others = { values: binariesOf(Array.from({ length: count }, () => 'on')) };
          const columns = [
            { schema, column: { values, nulls } },
            { schema: { measurement: 'note', dataType: DataType.TEXT }, column: others },
          ];
          const layout = laidOut({ rows, statisticsSpan: BigInt(spanMs) });
          const reader = await openFile(
            await writeFile((writer) => writer.writeAligned(device, timesOf(count), columns), layout),
          );
          const expected = await expectedOf(reader, spanMs);
          const [spans] = await spansOf(reader);
          expect(await spansOf(reader, 'note')).toEqual([undefined]);
          if (expected.flat().length < 2) expect(spans).toBeUndefined();
          else expect(toldBy(spans!).filter((page) => page.length > 0)).toEqual(expected);
          expect(hasValue(values, nulls, count)).toBe(expected.length > 0);
        },
      ),
      { numRuns: 5 },
    );
  });
});

function hasValue(values: Values, nulls: Uint8Array, count: number): boolean {
  return values !== undefined && Array.from({ length: count }, (_, row) => row).some((row) => !isNull(nulls, row));
}

describe('a directory of many chunks', () => {
  const chunks = 1300;
  const whole = writeFile(
    async (writer) => {
      for (let i = 0; i < chunks; i++) {
        // Every third has one row, which needs none.
        const times = BigInt64Array.from({ length: i % 3 === 0 ? 1 : 4 }, (_, row) => BigInt(10 * i + row));
        await writer.writeSeries(device, level, times, { values: new Int32Array(times.length).fill(i) });
      }
    },
    laidOut({ statisticsSpan: 2n }),
  );

  it('is found in from any place to any other', async () => {
    const reader = await openFile(await whole);
    const series = (await reader.series(device, 'value'))!;
    const order = Array.from(series.chunks.keys());
    for (const chunk of [...order, ...order.toReversed(), ...order.map((i) => (i * 7919) % chunks)]) {
      const spans = await reader.spanStatistics(series, series.chunks[chunk]!);
      if (chunk % 3 === 0) expect(spans).toBeUndefined();
      else expect(spans).toMatchObject({ counts: Int32Array.of(2, 2), last: Int32Array.of(chunk, chunk) });
    }
  });

  it('that is out of order, or leads elsewhere, is refused', async () => {
    const bytes = await whole;
    const head = bytes.indexOf(spanSectionMagic);
    const directory = Number(bytes.readBigInt64BE(head + 9));
    const damages: [number, bigint][] = [
      [directory, 2n ** 40n],
      [directory, -1n],
      [directory + 8, 3n],
      [directory + 24, 0n],
      [directory + 24, 2n ** 40n],
      [head + 9, 2n ** 40n],
      [head + 9, 1n],
    ];
    for (const [at, value] of damages) {
      const damaged = Buffer.from(bytes);
      damaged.writeBigInt64BE(value, at);
      await expect(openFile(damaged).then(spansOf), `byte ${at}`).rejects.toMatchObject({ code: 'TSFILE_DAMAGED' });
    }
    const announced = Buffer.from(bytes);
    announced.writeInt32BE(2 ** 30, head + 5);
    await expect(openFile(announced)).rejects.toMatchObject({ code: 'TSFILE_DAMAGED' });
  });
});

describe('a record', () => {
  const values = { values: Int32Array.from({ length: 12 }, (_, i) => i) };
  const file = writeFile(
    (writer) => writer.writeSeries(device, level, timesOf(12), values),
    laidOut({ rows: 8, statisticsSpan: 2000n }),
  );

  it('with damaged bytes is read or refused, never anything else', async () => {
    const bytes = await file;
    const start = bytes.indexOf(spanSectionMagic);
    const { dataBytes } = await openFile(bytes);
    const end = Number(bytes.readBigInt64BE(start + 9)) + 16;
    expect(start).toBe(dataBytes + 1);
    for (let at = start; at < end; at++) {
      for (const bit of [1, 0x10, 0x80]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= bit;
        try {
          await openFile(damaged).then(spansOf);
        } catch (error) {
          expect(error).toBeInstanceOf(TsFileError);
        }
      }
    }
  });

  it('of a later version is passed over', async () => {
    const bytes = Buffer.from(await file);
    bytes[bytes.indexOf(spanSectionMagic) + spanSectionMagic.length]!++;
    expect(await spansOf(await openFile(bytes))).toEqual([undefined]);
  });

  it('costs no more than its limits', async () => {
    const reader = await openFile(await file, { pageRowsMax: 16 });
    await expect(spansOf(reader)).rejects.toMatchObject({ code: 'TSFILE_OVER_LIMITS' });
  });
});

describe('nothing is said', () => {
  it('of times that numbers do not tell apart', async () => {
    const times = BigInt64Array.from({ length: 8 }, (_, i) => 2n ** 60n + BigInt(i));
    const bytes = await writeFile(
      (writer) => writer.writeSeries(device, level, times, { values: new Int32Array(8) }),
      laidOut({ statisticsSpan: 2n }),
    );
    expect(bytes.includes(spanSectionMagic)).toBe(false);
  });

  it('where nobody asks for it', async () => {
    const bytes = await writeFile((writer) =>
      writer.writeSeries(device, level, timesOf(8), { values: new Int32Array(8) }),
    );
    expect(bytes.includes(spanSectionMagic)).toBe(false);
    expect(await spansOf(await openFile(bytes))).toEqual([undefined]);
  });

  it.each([{ statisticsSpan: 0n }, { rows: 0 }, { rows: 2 ** 22 + 1 }])('for %o, which is refused', async (layout) => {
    const write = writeFile(
      (writer) => writer.writeSeries(device, level, timesOf(8), { values: new Int32Array(8) }),
      laidOut(layout),
    );
    await expect(write).rejects.toMatchObject({ code: 'TSFILE_ARGUMENT' });
  });
});
