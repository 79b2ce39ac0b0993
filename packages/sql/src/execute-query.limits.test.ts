import { DataType } from '@balsa/wire';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResultSet } from './execute/result-set.ts';
import { executeQuery, type QueryOptions } from './execute-query.ts';
import type { ScanRequest, SeriesSource } from './source/series-source.ts';
import { StatementError } from './statement-error.ts';
import { MemorySource, type MemorySourceOptions } from './testing/memory-source.ts';
import { runQuery, selectOf, tableOf } from './testing/run-query.ts';
import { timeEndMs, timeMinMs } from './time/calendar.ts';

const { DOUBLE, INT32, TEXT } = DataType;
const points = 1000;

/** Three devices, a value every 10 ms. */
function sourceOf(options: MemorySourceOptions = {}): MemorySource {
  const numbers = Array.from({ length: points }, (_, at) => [at * 10, at] as const);
  const gaps = numbers
    .map(([time, value], at) => [time, at % 100 === 0 ? value : Number.NaN] as const)
    .filter(([, value]) => value >= 0);
  return new MemorySource(
    {
      'root.a.d1': {
        s: [DOUBLE, ...numbers],
        sparse: [INT32, ...gaps],
        t: [TEXT, ...numbers.map(([time]) => [time, `text ${time}`] as const)],
      },
      'root.a.d2': { s: [DOUBLE, ...numbers] },
      'root.b.d3': { s: [DOUBLE, ...numbers] },
    },
    options,
  );
}

const begin = (text: string, source: SeriesSource, options: QueryOptions = {}): Promise<ResultSet> =>
  executeQuery(selectOf(text), source, { nowMs: 0, ...options });

const spansOf = (scans: readonly ScanRequest[]): unknown => scans.map(({ startMs, endMs }) => [startMs, endMs]);

describe('what a source is asked', () => {
  it('no more than a page needs, backwards as well', async () => {
    const source = sourceOf();
    const { rows } = await runQuery('select s from root.a.d1 order by time desc limit 2 offset 1', source);
    expect(rows).toEqual([
      [9980, 998],
      [9970, 997],
    ]);
    expect(source.asked.rows).toBe(3);
    expect(source.asked.scans).toMatchObject([{ isDescending: true, rowsHint: 3 }]);
  });

  it('of several devices, too', async () => {
    const source = sourceOf();
    await runQuery('select s from root.** limit 2', source);
    expect(source.asked.rows).toBe(9);
  });

  it('nothing about a page under a condition, which nobody can foretell', async () => {
    const source = sourceOf();
    await runQuery('select s from root.a.d1 where s > 500 limit 2', source);
    expect(source.asked.scans).toMatchObject([{ isDescending: false }]);
    expect(source.asked.scans[0]).not.toHaveProperty('rowsHint');
    expect(source.asked.rows).toBeLessThan(510);
  });

  it('nothing for LIMIT 0', async () => {
    const source = sourceOf();
    expect((await runQuery('select s from root.a.d1 limit 0', source)).rows).toEqual([]);
    expect(source.asked.scans).toEqual([]);
  });

  it.each([
    ['time >= 100 and time < 200', [[100, 200]]],
    ['s > 5 and time > 100', [[101, timeEndMs]]],
    [
      'time = 10 or time = 30',
      [
        [10, 11],
        [30, 31],
      ],
    ],
    [
      '(time < 10 and s > 1) or (time > 90 and s > 2)',
      [
        [timeMinMs, 10],
        [91, timeEndMs],
      ],
    ],
    ['not (time < 10 or time > 90)', [[10, 91]]],
    ['time < 10 or s > 3', [[timeMinMs, timeEndMs]]],
    ['time < 10 and time > 20', []],
    ['time > 9007199254740992', []],
    [`time in (${Array.from({ length: 300 }, (_, at) => at * 10)})`, [[0, 2991]]],
  ])('only the times at which %s', async (condition, spans) => {
    const source = sourceOf();
    await runQuery(`select s from root.a.d1 where ${condition}`, source);
    expect(spansOf(source.asked.scans)).toEqual(spans);
  });

  it('summaries, where they are enough', async () => {
    const source = sourceOf({ summaryPoints: 100 });
    const text = 'select count(s), avg(s), max_value(s), last_value(s) from root.a.d1 where time < 5000';
    expect((await runQuery(text, source)).rows).toEqual([[500n, 249.5, 499, 499]]);
    expect(source.asked.pieces).toMatchObject([{ startMs: timeMinMs, endMs: 5000, allowsSummaries: true }]);
    expect(source.asked.scans).toEqual([]);
    await runQuery('select count(s), stddev(s) from root.a.d1', source);
    expect(source.asked.pieces.at(-1)).toMatchObject({ allowsSummaries: false });
  });

  it('no windows that nobody wants', async () => {
    const source = sourceOf();
    await runQuery('select sum(s) from root.a.d1 group by ([0, 10000), 10ms) limit 5 offset 2', source);
    expect(source.asked.pieces).toMatchObject([{ startMs: 0, endMs: 70 }]);
    await runQuery('select sum(s) from root.a.d1 group by ([0, 10000), 10ms) order by time desc limit 5', source);
    expect(source.asked.pieces.at(-1)).toMatchObject({ startMs: 9950, endMs: 10000 });
  });

  it('windows in batches', async () => {
    const source = sourceOf({ summaryPoints: 7 });
    for (const order of ['asc', 'desc']) {
      const text = `select count(s), sum(s) from root.a.d1 group by ([0, 10000), 6ms, 3ms) order by time ${order}`;
      const { rows } = await runQuery(text, source);
      expect(rows).toHaveLength(3334);
      const expected = Array.from({ length: 3334 }, (_, window) => {
        const within = Array.from({ length: points }, (_unused, at) => at).filter(
          (at) => at * 10 >= window * 3 && at * 10 < window * 3 + 6,
        );
        const sum = within.length === 0 ? null : within.reduce((total, at) => total + at, 0);
        return [window * 3, BigInt(within.length), sum];
      });
      expect(rows).toEqual(order === 'asc' ? expected : expected.toReversed());
    }
    expect(source.asked.pieces).toHaveLength(8);
  });
});

describe('a result', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('that is closed early frees its readings, its memory and its timer', async () => {
    const source = sourceOf({ pauses: true });
    const result = await begin('select s from root.** order by time', source);
    await result.blocks.next();
    expect(source.open).toBe(3);
    expect(vi.getTimerCount()).toBe(1);
    await result.close();
    await result.close();
    expect(source.open).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(await result.blocks.next()).toEqual({ done: true, value: undefined });
  });

  it('that nobody has looked at is closed, too', async () => {
    const source = sourceOf();
    await (await begin('select s from root.**', source)).close();
    expect(vi.getTimerCount()).toBe(0);
    expect(source.asked.scans).toEqual([]);
  });

  it('leaves nothing when it has come to its end', async () => {
    const source = sourceOf();
    const controller = new AbortController();
    const result = await begin('select s, sparse from root.a.** fill(linear)', source, { signal: controller.signal });
    await tableOf(result);
    expect(source.open).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(result.statistics).toMatchObject({ scans: 2, rowsRead: 2000 });
    expect(result.memoryBytesPeak).toBeGreaterThan(0);
  });

  it.each([
    ['while it is gone through', 'select s from root.**', setImmediate],
    ['while rows are sorted', 'select s from root.a.d1 order by root.a.d1.s', setImmediate],
    ['while windows are gathered', 'select sum(s) from root.a.d1 group by ([0, 10000), 5ms)', setImmediate],
    ['while points are looked for', 'select last * from root.**', queueMicrotask],
  ])('is cancelled %s', async (_when, text, soon) => {
    const source = sourceOf({ pauses: true });
    const controller = new AbortController();
    const result = await begin(text, source, { signal: controller.signal });
    const table = tableOf(result);
    soon(() => controller.abort());
    await expect(table).rejects.toMatchObject({ code: 'QUERY_ABORTED' });
    expect(source.open).toBe(0);
  });

  it('is not begun under a signal that has fired, and not gone on with while planning', async () => {
    const source = sourceOf({ pauses: true });
    await expect(begin('select s from root.**', source, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'QUERY_ABORTED',
    });
    const controller = new AbortController();
    const planned = begin('select * from root.**', source, { signal: controller.signal });
    controller.abort();
    await expect(planned).rejects.toMatchObject({ code: 'QUERY_ABORTED' });
    expect(source.asked.scans).toEqual([]);
  });

  it('lets others have their turn, however fast its source is', async () => {
    const blocks = 500;
    const times = Float64Array.from({ length: 4096 }, (_, row) => row);
    const source = Object.assign(sourceOf(), {
      *scan() {
        for (let block = 0; block < blocks; block++) {
          yield { times: times.map((time) => time + block * 4096), columns: [{ values: times }] };
        }
      },
    });
    const controller = new AbortController();
    const result = await begin('select s from root.a.d1 where s < 0', source, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(tableOf(result)).rejects.toMatchObject({ code: 'QUERY_ABORTED' });
  });

  it('ends when its time is over', async () => {
    const source = Object.assign(sourceOf(), {
      // Never answers by itself.
      scan: ({ signal }: ScanRequest) => ({
        [Symbol.asyncIterator]: () => ({
          next: () =>
            new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
        }),
      }),
    });
    const result = await begin('select s from root.a.d1', source, { limits: { timeoutMs: 20_000 } });
    const asked = expect(tableOf(result)).rejects.toMatchObject({ code: 'QUERY_TIMED_OUT' });
    vi.advanceTimersByTime(20_000);
    await asked;
  });

  it('ends with what the source ended with, and closes the other readings', async () => {
    const source = sourceOf();
    const scan = source.scan.bind(source);
    source.scan = (request) => {
      if (request.device !== 'root.a.d2') return scan(request);
      return (async function* () {
        yield* [];
        throw new RangeError('the disk is gone');
      })();
    };
    const result = await begin('select s from root.**', source);
    await expect(tableOf(result)).rejects.toThrow(new RangeError('the disk is gone'));
    expect(source.open).toBe(0);
  });
});

describe('limits', () => {
  it.each([
    ['series', 'select s from root.**', { seriesMax: 2 }, 'QUERY_OVER_LIMITS'],
    ['series of conditions', 'select s from root.a.d1 where t = root.b.d3.t', { seriesMax: 1 }, 'QUERY_OVER_LIMITS'],
    ['series of devices', 'select s from root.** align by device', { seriesMax: 2 }, 'QUERY_OVER_LIMITS'],
    ['columns', 'select s + s from root.**', { columnsMax: 8 }, 'QUERY_OVER_LIMITS'],
    [
      'combinations of conditions',
      'select s from root.a.d1 where root.**.s > root.**.s',
      { columnsMax: 8 },
      'QUERY_OVER_LIMITS',
    ],
    ['windows', 'select sum(s) from root.a.d1 group by ([0, 10000), 1ms)', { windowsMax: 9999 }, 'QUERY_OVER_LIMITS'],
    ['characters of patterns', `select s from root.a.d1 where t like '${'%a'.repeat(501)}'`, {}, 'QUERY_OVER_LIMITS'],
    ['windows of years', 'select sum(s) from root.a.d1 group by ([0, 8640000000000000), 1ms)', {}, 'QUERY_OVER_LIMITS'],
    [
      'memory for sorting',
      'select s from root.a.d1 order by root.a.d1.s',
      { memoryBytesMax: 20_000 },
      'QUERY_OUT_OF_MEMORY',
    ],
    ['memory for series', 'select * from root.**', { memoryBytesMax: 4096 }, 'QUERY_OUT_OF_MEMORY'],
    [
      'memory for windows',
      'select sum(s) from root.a.d1 group by ([0, 10000), 1ms)',
      { memoryBytesMax: 50_000 },
      'QUERY_OUT_OF_MEMORY',
    ],
    ['memory for values', 'select mode(t) from root.a.d1', { memoryBytesMax: 50_000 }, 'QUERY_OUT_OF_MEMORY'],
    [
      'memory for gaps',
      'select s, sparse from root.a.d1 where time > 10 fill(linear)',
      { memoryBytesMax: 4500 },
      'QUERY_OUT_OF_MEMORY',
    ],
  ])('of %s', async (_what, text, limits, code) => {
    const source = sourceOf();
    const asked = begin(text, source, { limits }).then(tableOf);
    await expect(asked).rejects.toMatchObject({ code });
    expect(source.open).toBe(0);
  });

  it.each([
    ['series that SLIMIT leaves out', 'select * from root.** slimit 2', { seriesMax: 2 }],
    [
      'windows that LIMIT leaves out',
      'select sum(s) from root.a.d1 group by ([0, 10000), 1ms) limit 10',
      { windowsMax: 10 },
    ],
    [
      'rows that LIMIT leaves out of what is sorted',
      'select s from root.a.d1 order by root.a.d1.s limit 5',
      { memoryBytesMax: 300_000 },
    ],
    ['gaps that are closed before', 'select s, t from root.a.d1 fill(linear)', { memoryBytesMax: 4500 }],
    ['rows that are on their way', 'select s, t from root.a.d1', { memoryBytesMax: 8192 }],
  ])('do not count %s', async (_what, text, limits) => {
    const { rows } = await runQuery(text, sourceOf(), { limits });
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('statements that make no sense', () => {
  it.each([
    ['select 1 from root.a.d1', 'STATEMENT_INVALID', '1'],
    ['select sum(1) from root.a.d1', 'STATEMENT_INVALID', 'sum(1)'],
    ['select s, count(s) from root.a.d1', 'STATEMENT_INVALID', 's'],
    ['select count(sum(s)) from root.a.d1', 'STATEMENT_INVALID', 'sum(s)'],
    ['select s from root.a.d1 where count(s) > 1', 'STATEMENT_INVALID', 'count(s)'],
    ['select s from root.a.d1 where s', 'OPERAND_TYPE_MISMATCH', 's'],
    ['select s from root.a.d1 where t > 1', 'OPERAND_TYPE_MISMATCH', 't > 1'],
    ['select t + 1 from root.a.d1', 'OPERAND_TYPE_MISMATCH', 't + 1'],
    ['select sum(t) from root.a.d1', 'OPERAND_TYPE_MISMATCH', 'sum(t)'],
    ['select shout(s) from root.a.d1', 'STATEMENT_UNSUPPORTED', 'shout'],
    ["select s from root.a.d1 where t regexp '('", 'STATEMENT_INVALID', "'('"],
    ['select s as x from root.**', 'STATEMENT_INVALID', 's as x'],
    ['select s from root.a.d1 group by ([0, 10), 1ms)', 'STATEMENT_INVALID', 'group by ([0, 10), 1ms)'],
    ['select sum(s) from root.a.d1 group by ([10, 10), 1ms)', 'STATEMENT_INVALID', '[10, 10)'],
    ['select sum(s) from root.a.d1 group by ([0, 10), 0ms)', 'STATEMENT_INVALID', '0ms'],
    ['select sum(s) from root.a.d1 having s > 1', 'STATEMENT_INVALID', 's'],
    ['select last s from root.a.d1 where s > 1', 'STATEMENT_INVALID', 's > 1'],
    ['select last s + 1 from root.a.d1', 'STATEMENT_INVALID', 's + 1'],
    ['select s from root.** order by s', 'STATEMENT_INVALID', 's'],
    ['select s from root.a.d1 order by device', 'STATEMENT_INVALID', 'device'],
    ['select root.a.d1.s from root.** align by device', 'STATEMENT_INVALID', 'root.a.d1.s'],
    ['select count_time(s) from root.a.d1', 'STATEMENT_INVALID', 'count_time(s)'],
    ['select count_if(s > 1, s) from root.a.d1', 'STATEMENT_INVALID', 's'],
    ['select max_by(s) from root.a.d1', 'STATEMENT_INVALID', 'max_by(s)'],
  ])('%s', async (text, code, part) => {
    const error = await runQuery(text, sourceOf()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StatementError);
    const { span } = error as StatementError;
    expect([(error as StatementError).code, span && text.slice(span.start, span.end)]).toEqual([code, part]);
  });

  it('say where', async () => {
    const text = 'select s\nfrom root.a.d1 where t > 1';
    await expect(runQuery(text, sourceOf())).rejects.toSatisfy(
      (error: StatementError) => error.placedMessage(text) === 'line 2, column 22: TEXT > INT64 has no meaning',
    );
  });
});
