import { describe, expect, it } from 'vitest';
import type { QueryRows } from '../node-client/node-client.ts';
import { Completer } from './completion.ts';

function result(rows: readonly (readonly string[])[]): QueryRows {
  return {
    columns: [],
    hasTime: false,
    blocks: (async function* () {
      yield rows;
    })(),
    close: async () => {},
  };
}

const tree: Readonly<Record<string, readonly (readonly string[])[]>> = {
  root: [
    ['root.plant', 'DATABASE'],
    ['root.power', 'INTERNAL'],
  ],
  'root.plant': [
    ['root.plant.`line 1`', 'DEVICE'],
    ['root.plant.line2', 'DEVICE'],
  ],
  'root.plant.`line 1`': [['root.plant.`line 1`.speed', 'TIMESERIES']],
};

function completer(): { readonly completer: Completer; readonly asked: string[] } {
  const asked: string[] = [];
  const ask = async (sql: string): Promise<QueryRows> => {
    asked.push(sql);
    return result(tree[sql.replace('show child paths ', '')] ?? []);
  };
  return { completer: new Completer(ask), asked };
}

describe('Completer', () => {
  it.each([
    ['sel', ['select']],
    ['SEL', ['SELECT']],
    ['select * fr', ['from']],
    ['select count(s), max_', ['max_by', 'max_value', 'max_time']],
    ['\\pl', ['\\plot']],
    ['select * from root.p', ['root.plant.', 'root.power.']],
    ['select * from root.plant.', ['root.plant.`line 1`', 'root.plant.line2']],
    ['show devices root.plant.l', ['root.plant.line2']],
    ['show devices root.plant.line2', ['root.plant.line2.']],
    ['select * from root.plant.`line 1`.s', ['root.plant.`line 1`.speed']],
    ['delete from root.none.', []],
    ['select * from ', []],
    ["select 'x", []],
  ])('%j', async (line, expected) => {
    const [candidates] = await completer().completer.complete(line);
    expect(candidates.sort()).toEqual([...expected].sort());
  });

  it('asks once for a level, until something was changed', async () => {
    const { completer: it, asked } = completer();
    await it.complete('show devices root.');
    expect(await it.complete('show devices root.pl')).toEqual([['root.plant.'], 'root.pl']);
    expect(asked).toEqual(['show child paths root']);
    it.forget();
    await it.complete('show devices root.pl');
    expect(asked).toHaveLength(2);
  });

  it('does not wait for a node that is slow, and has its answer the next time', async () => {
    let answer: (rows: QueryRows) => void = () => {};
    const ask = () => new Promise<QueryRows>((resolve) => (answer = resolve));
    const it = new Completer(ask, { patienceMs: 1 });
    expect(await it.complete('show devices root.')).toEqual([[], 'root.']);
    answer(result([['root.plant', 'DATABASE']]));
    expect((await it.complete('show devices root.'))[0]).toEqual(['root.plant.']);
  });

  it('offers nothing while no node answers, and asks again', async () => {
    let count = 0;
    const it = new Completer(async () => {
      count++;
      throw new Error('away');
    });
    expect(await it.complete('show devices root.')).toEqual([[], 'root.']);
    await it.complete('show devices root.');
    expect(count).toBe(2);
  });
});
