import { DataType } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { columnOf } from '../../testing/tablets.ts';
import { PointGatherer, RowGatherer } from './gather.ts';

const rows = 10;
const megabyte = 'x'.repeat(1024 * 1024);
const times = Float64Array.from({ length: rows }, (_, i) => i);
const texts = Array.from({ length: rows }, () => megabyte);

describe('chunks', () => {
  it('of long texts have few rows', () => {
    const points = new PointGatherer(DataType.TEXT);
    const end = points.add({ times, values: texts }, 0);
    expect([end, points.isFull, points.take().times.length]).toEqual([4, true, 4]);
    expect([points.add({ times, values: texts }, end), points.isFull]).toEqual([8, true]);
    const joined = new RowGatherer([DataType.INT32, DataType.BLOB, DataType.TEXT]);
    const blobs = texts.map(() => new Uint8Array(1024 * 1024));
    const columns = [{ values: new Int32Array(rows) }, { values: blobs }, { values: texts }];
    expect([joined.add({ times, columns }, 0), joined.isFull]).toEqual([2, true]);
    expect(joined.take()).toMatchObject({ present: 6 });
  });

  it('keep nulls where they are, however rows come', () => {
    const column = columnOf(DataType.INT32, [1, undefined, 3, undefined, undefined, 6, 7, 8, 9, undefined]);
    const joined = new RowGatherer([DataType.INT32, DataType.INT32]);
    const all = { values: new Int32Array(rows).fill(5) };
    for (let round = 0; round < 3; round++) {
      for (let from = 0; from < rows; ) from = joined.add({ times, columns: [column, all] }, from);
    }
    const { present, columns } = joined.take();
    expect(present).toBe(3 * (6 + 10));
    expect(columns[1]).not.toHaveProperty('nulls');
    const isNull = (row: number): boolean => (columns[0]!.nulls![row >> 3]! & (1 << (row & 7))) !== 0;
    const found = Array.from({ length: 3 * rows }, (_, row) => isNull(row));
    const once = [false, true, false, true, true, false, false, false, false, true];
    expect(found).toEqual([...once, ...once, ...once]);
    joined.add({ times, columns: [all, all] }, 0);
    expect(joined.take().columns[0]).not.toHaveProperty('nulls');
  });
});
