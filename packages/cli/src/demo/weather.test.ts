import { describe, expect, it } from 'vitest';
import { parseTimeTable, readTimeTable, weatherFile } from './weather.ts';

describe('parseTimeTable', () => {
  it('reads times as UTC and numbers as columns', () => {
    const table = parseTimeTable('date,a,b\n2010-01-01T01:00:00,1.5,-2\n2010-01-01T02:00:00,3,0\n', 'x.csv');
    expect(table.measurements).toEqual(['a', 'b']);
    expect([...table.timestamps]).toEqual([Date.UTC(2010, 0, 1, 1), Date.UTC(2010, 0, 1, 2)]);
    expect(table.columns.map((column) => [...column])).toEqual([
      [1.5, 3],
      [-2, 0],
    ]);
  });

  it('takes files from Windows and files without a last line end', () => {
    const table = parseTimeTable('date,a\r\n2010-01-01T01:00:00,1\r\n2010-01-01T02:00:00,2', 'x.csv');
    expect([...(table.columns[0] ?? [])]).toEqual([1, 2]);
  });

  it.each([
    ['', 'x.csv:1: the first line must be "date,<measurement>,..."'],
    ['time,a\n', 'x.csv:1: the first line must be "date,<measurement>,..."'],
    ['date,a\r', 'x.csv:1: the first line must be "date,<measurement>,..."'],
    ['date,a,\n', 'x.csv:1: the first line must be "date,<measurement>,..."'],
    ['date,a\n2010-01-01T01:00:00,1\n2010-01-01T02:00:00,1,2\n', 'x.csv:3: 3 cells where the header has 2'],
    ['date,a\n\n', 'x.csv:2: 1 cells where the header has 2'],
    ['date,a\n2010-13-01T01:00:00,1\n', 'x.csv:2: "2010-13-01T01:00:00" is not a time such as 2010-01-01T01:00:00'],
    ['date,a\nyesterday,1\n', 'x.csv:2: "yesterday" is not a time such as 2010-01-01T01:00:00'],
    ['date,a\n2010-01-01T01:00:00,warm\n', 'x.csv:2: "warm" is not a number'],
    ['date,a\n2010-01-01T01:00:00,\n', 'x.csv:2: "" is not a number'],
    ['date,a\n2010-01-01T01:00:00,Infinity\n', 'x.csv:2: "Infinity" is not a number'],
  ])('refuses %j and says where', (text, complaint) => {
    expect(() => parseTimeTable(text, 'x.csv')).toThrow(complaint);
  });

  it('takes no memory for rows that are not there', () => {
    // With room for every column of every line these 100 KB would ask for 4 GB.
    const text = `date${',a'.repeat(4096)}\n${'\n'.repeat(130_000)}`;
    expect(() => parseTimeTable(text, 'x.csv')).toThrow('x.csv:2: 1 cells where the header has 4097');
    expect(() => parseTimeTable(`date${',a'.repeat(4097)}\n`, 'x.csv')).toThrow('x.csv:1: 4097 measurements');
  });

  it('quotes no more of a cell than a person reads', () => {
    const long = 'x'.repeat(100_000);
    for (const text of [`date,a\n${long},1`, `date,a\n2010-01-01T01:00:00,${long}`]) {
      expect(() => parseTimeTable(text, 'x.csv')).toThrow(/^x\.csv:2: "x{60}…" is not a/);
    }
  });

  it('names the first five broken lines, not all', () => {
    const text = `date,a\n${'x,1\n'.repeat(9)}`;
    const refusal = () => parseTimeTable(text, 'x.csv');
    expect(refusal).toThrow('x.csv:6:');
    expect(refusal).not.toThrow('x.csv:7:');
  });
});

describe('readTimeTable', () => {
  it('reads the data that come with Balsa', async () => {
    const { timestamps, measurements, columns } = await readTimeTable(weatherFile);
    expect(timestamps).toHaveLength(8759);
    expect(measurements).toEqual(['pressure', 'temperature', 'wind']);
    expect(columns.map((column) => column.length)).toEqual([8759, 8759, 8759]);
  });

  it('says which file is missing', async () => {
    await expect(readTimeTable('/nowhere/x.csv')).rejects.toMatchObject({
      code: 'CSV_BROKEN',
      message: expect.stringContaining('/nowhere/x.csv'),
    });
  });
});
