// What the engine answers to ranges and aggregates is what `SeriesStore` answers, wherever points lie.

import {
  type AggregateQuery,
  type AggregateResult,
  aggregateFunctions,
  DataType,
  encodeInsertTablet,
  encodeRangeResult,
  type RangeQuery,
} from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDeleteRange, encodeDeleteSeries } from '../../data-command.ts';
import { rangeTextBytesMax } from '../../limits.ts';
import { SeriesStore } from '../../series-store.ts';
import { rowsOf } from '../../testing/stores.ts';
import { devices, measurements, tabletOf, tablets } from '../../testing/tablets.ts';
import type { StorageEngine } from '../storage-engine.ts';
import { writeBulk } from '../testing/bulk.ts';
import { openOn } from '../testing/harness.ts';
import { readAggregate } from './read-aggregate.ts';
import { readRange } from './read-range.ts';

const device = 'root.plant.line4';

type Step = { readonly command: Uint8Array } | 'flush' | 'compact';

const deletes = fc
  .record({
    pattern: fc.constantFrom('root.**', 'root.a.*.s1', 'root.b.d1.*'),
    startMs: fc.integer({ min: -30, max: 60 }),
    length: fc.integer({ min: 1, max: 30 }),
  })
  .map(({ pattern, startMs, length }) => {
    return { command: encodeDeleteRange({ patterns: [pattern], startMs, endMs: startMs + length }) };
  });
const drops = fc.constantFrom('root.a.d1.s1', 'root.b.**').map((pattern) => {
  return { command: encodeDeleteSeries([pattern]) };
});
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: tablets.map((tablet): Step => ({ command: encodeInsertTablet(tablet) })) },
    { weight: 4, arbitrary: fc.constant<Step>('flush') },
    { weight: 1, arbitrary: fc.constant<Step>('compact') },
    { weight: 1, arbitrary: deletes },
    { weight: 1, arbitrary: drops },
  ),
  { maxLength: 16 },
);
const spans = fc.record({ startMs: fc.integer({ min: -40, max: 70 }), spanMs: fc.integer({ min: 0, max: 100 }) });

async function bothAfter(all: readonly Step[]): Promise<{ store: SeriesStore; engine: StorageEngine }> {
  const store = new SeriesStore();
  const engine = await openOn();
  let index = 0;
  for (const step of all) {
    if (step === 'flush') await engine.flush();
    else if (step === 'compact') await engine.compact();
    else {
      index++;
      store.apply(index, step.command);
      engine.apply(index, step.command);
    }
  }
  return { store, engine };
}

/** The answer, or what was said instead. */
async function answerOf<Answer>(
  ask: () => Answer | Promise<Answer>,
): Promise<Answer | { code: string; message: string }> {
  try {
    return await ask();
  } catch (error) {
    return { code: (error as { code: string }).code, message: (error as Error).message };
  }
}

function plain(answer: AggregateResult | { code: string }): unknown {
  if (!('columns' in answer)) return answer;
  return { starts: [...answer.windowStarts], columns: answer.columns.map((it) => ({ ...it, values: [...it.values] })) };
}

describe('as SeriesStore answers', () => {
  it('ranges', async () => {
    const wanted = fc.record({
      device: fc.constantFrom(...devices, 'root.nowhere', 'not a path'),
      names: fc.uniqueArray(fc.constantFrom(...measurements, '`s1`'), { minLength: 1 }),
      limit: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(steps, spans, wanted, async (all, { startMs, spanMs }, { device, names, limit }) => {
        const { store, engine } = await bothAfter(all);
        const query: RangeQuery = { device, measurements: names, startMs, endMs: startMs + spanMs, limit };
        const expected = await answerOf(() => store.range(query));
        const answer = await answerOf(() => readRange(engine, query));
        if ('columns' in answer && 'columns' in expected) {
          expect(rowsOf(answer)).toEqual(rowsOf(expected));
          expect(answer.dataTypes).toEqual(expected.dataTypes);
          expect(() => encodeRangeResult(answer)).not.toThrow();
        } else expect(answer).toEqual(expected);
        await engine.close();
      }),
    );
  });

  it('aggregates of devices and fleets', async () => {
    const wanted = fc.record({
      device: fc.constantFrom(...devices, 'root.a.**', 'root.**', 'root.nowhere', '?'),
      names: fc.uniqueArray(fc.constantFrom(...measurements, '`s1`'), { minLength: 1, maxLength: 2 }),
      functions: fc.uniqueArray(fc.constantFrom(...aggregateFunctions), { minLength: 1, maxLength: 2 }),
      windowMs: fc.integer({ min: 1, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(steps, spans, wanted, async (all, { startMs, spanMs }, { names, ...rest }) => {
        const { store, engine } = await bothAfter(all);
        const query: AggregateQuery = { ...rest, measurements: names, startMs, endMs: startMs + spanMs };
        const expected = plain(await answerOf(() => store.aggregate(query)));
        expect(plain(await answerOf(() => readAggregate(engine, query)))).toEqual(expected);
        await engine.close();
      }),
      { numRuns: 200 },
    );
  });
});

describe('many points', () => {
  const count = 100_000;
  const filled = async (): Promise<StorageEngine> => {
    const engine = await openOn();
    writeBulk(engine, device, ['a'], { startMs: 0, count, value: (time) => time % 1000 });
    await engine.flush();
    return engine;
  };

  it('are aggregated without reading them', async () => {
    const engine = await filled();
    const functions = ['count', 'sum', 'avg', 'min', 'max', 'first', 'last'] as const;
    const query = { device, measurements: ['a'], functions, startMs: 0, endMs: count, windowMs: count };
    const { columns } = await readAggregate(engine, query);
    expect(columns.map(({ values }) => values[0])).toEqual([count, 49_950_000, 499.5, 0, 999, 0, 999]);
    expect(engine.reads).toMatchObject({ pagesRead: 0, chunksRead: 0 });
    await engine.close();
  });

  it('only those at the edges of windows are read', async () => {
    const engine = await filled();
    const query = {
      device,
      measurements: ['a'],
      functions: ['count'] as const,
      startMs: 10,
      endMs: count,
      windowMs: 50_000,
    };
    const { columns } = await readAggregate(engine, query);
    expect([...columns[0]!.values]).toEqual([50_000, count - 50_010]);
    expect(engine.reads.pagesRead).toBeLessThan(4);
    await engine.close();
  });

  it('a range reads no more than it gives', async () => {
    const engine = await filled();
    const { timestamps } = await readRange(engine, {
      device,
      measurements: ['a'],
      startMs: 5,
      endMs: count,
      limit: 10,
    });
    expect([...timestamps]).toEqual(Array.from({ length: 10 }, (_, i) => i + 5));
    expect(engine.reads.pagesRead).toBe(1);
    await engine.close();
  });

  it('whoever has gone ends what was asked for', async () => {
    const engine = await filled();
    const signal = AbortSignal.abort(new Error('gone'));
    const query = { device, measurements: ['a'], startMs: 0, endMs: count };
    await expect(readRange(engine, { ...query, limit: 10 }, signal)).rejects.toThrow('gone');
    const windows = { ...query, functions: ['count'] as const, windowMs: 10 };
    await expect(readAggregate(engine, windows, signal)).rejects.toThrow('gone');
    await engine.close();
  });
});

it('a range of more texts than one answer may have is refused', async () => {
  const engine = await openOn();
  const text = 'x'.repeat(1 << 20);
  const rows = rangeTextBytesMax / text.length + 1;
  for (let row = 0; row < rows; row++) {
    engine.apply(row + 1, encodeInsertTablet(tabletOf(device, 'note', DataType.TEXT, [[row, text]])));
  }
  const query = { device, measurements: ['note'], startMs: 0, endMs: rows, limit: rows };
  await expect(readRange(engine, query)).rejects.toMatchObject({ code: 'MEMORY_NOT_ENOUGH' });
  await expect(readRange(engine, { ...query, limit: 5 })).resolves.toMatchObject({ dataTypes: [DataType.TEXT] });
  await engine.close();
});
