import { StatusCode } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { RunningQueries } from './running-queries.ts';

const clock = { nowMs: () => 1000 };

describe('RunningQueries', () => {
  it('lists those that run, and lets no more begin than may', () => {
    const queries = new RunningQueries(3, 2, clock);
    const first = queries.begin('select a');
    queries.begin('select b');
    expect(queries.list()).toMatchObject([
      { statement: 'select a', startedMs: 1000, elapsedMs: 0, nodeId: 3 },
      { statement: 'select b' },
    ]);
    expect(() => queries.begin('select c')).toThrow(expect.objectContaining({ status: StatusCode.TOO_MANY_QUERIES }));
    first.end();
    first.end();
    queries.begin('select c');
    expect(queries.list().map(({ statement }) => statement)).toEqual(['select b', 'select c']);
  });

  it('takes for ended what nobody wants any more, whether or not its result was ever looked at', () => {
    const queries = new RunningQueries(1, 10, clock);
    const client = new AbortController();
    const query = queries.begin('select a', client.signal);
    client.abort();
    expect(query.signal.aborted).toBe(true);
    expect(queries.list()).toEqual([]);
  });

  it('ends them all when the node stops', () => {
    const queries = new RunningQueries(1, 10, clock);
    const all = [queries.begin('select a'), queries.begin('select b', new AbortController().signal)];
    queries.close();
    const stopping = expect.objectContaining({ status: StatusCode.NODE_STOPPING });
    for (const { signal } of all) expect(signal.reason).toEqual(stopping);
    expect(queries.list()).toEqual([]);
    expect(() => queries.begin('select c')).toThrow(stopping);
  });
});
