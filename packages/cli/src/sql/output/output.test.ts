import { parseZone, utc } from '@balsa/sql';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../node-client/node-client.ts';
import { resultWriter } from './output-formats.ts';
import type { FormatOptions, OutputFormat } from './result-writer.ts';

const head = {
  columns: [
    { name: 'root.plant.line1.temperature', dataType: 'DOUBLE' },
    { name: 'root.plant.line1.load', dataType: 'FLOAT' },
    { name: 'root.plant.line1.note', dataType: 'TEXT' },
    { name: 'root.plant.line1.count', dataType: 'INT64' },
    { name: 'root.plant.line1.since', dataType: 'TIMESTAMP' },
    { name: 'root.plant.line1.on', dataType: 'BOOLEAN' },
  ],
  hasTime: true,
};
const rows: readonly (readonly Cell[])[] = [
  [0, 20.5, Math.fround(0.1), 'a "quoted", text', '9223372036854775807', 1_767_225_600_000, true],
  [1, -0, 'NaN', '', 7, null, false],
  [2, null, null, null, null, null, null],
  [3, 1e300, 'Infinity', 'line\nbreak, \x1b[31m and very much more text than there is room for', -1, -1, null],
];

function written(format: OutputFormat, options: Partial<FormatOptions> = {}): string {
  const writer = resultWriter(format, head, { zone: utc, widthColumns: undefined, ...options });
  return writer.rows(rows.slice(0, 1)) + writer.rows(rows.slice(1)) + writer.end();
}

describe('a result', () => {
  it('as a table', () => {
    expect(written('table', { zone: parseZone('+05:30') })).toMatchInlineSnapshot(`
      "Time                           root.plant.line1.temperature  root.plant.line1.load  root.plant.line1.note                                                 root.plant.line1.count  root.plant.line1.since         root.plant.line1.on
      ─────────────────────────────  ────────────────────────────  ─────────────────────  ────────────────────────────────────────────────────────────────────  ──────────────────────  ─────────────────────────────  ───────────────────
      1970-01-01T05:30:00.000+05:30                          20.5                    0.1  a "quoted", text                                                         9223372036854775807  2026-01-01T05:30:00.000+05:30  true
      1970-01-01T05:30:00.001+05:30                          -0.0                    NaN                                                                                             7  null                           false
      1970-01-01T05:30:00.002+05:30                          null                   null  null                                                                                    null  null                           null
      1970-01-01T05:30:00.003+05:30                       1.0E300               Infinity  line\\nbreak, \\x1b[31m and very much more text than there is room for                      -1  1970-01-01T05:29:59.999+05:30  null
      "
    `);
  });

  it('as a table in a narrow terminal', () => {
    const text = written('table', { widthColumns: 90 });
    expect(text).toMatchInlineSnapshot(`
      "Time                      ….temperature  …t.line1.load  …t.line1.note  ….plant.line1.count
      ────────────────────────  ─────────────  ─────────────  ─────────────  ───────────────────
      1970-01-01T00:00:00.000Z           20.5            0.1  a "quoted", …  9223372036854775807
      1970-01-01T00:00:00.001Z           -0.0            NaN                                   7
      1970-01-01T00:00:00.002Z           null           null  null                          null
      1970-01-01T00:00:00.003Z        1.0E300       Infinity  line\\nbreak,…                   -1
      (2 columns not shown: the terminal is too narrow; \\wide on or --wide shows all)
      "
    `);
    for (const line of text.split('\n').slice(0, 6)) expect(line.length).toBeLessThanOrEqual(90);
  });

  it('as a table, however narrow the terminal', () => {
    expect(written('table', { widthColumns: 10 }).split('\n').at(-2)).toMatch(/^\(6 columns not shown/);
  });

  it('as CSV', () => {
    expect(written('csv')).toMatchInlineSnapshot(`
      "Time,root.plant.line1.temperature,root.plant.line1.load,root.plant.line1.note,root.plant.line1.count,root.plant.line1.since,root.plant.line1.on
      0,20.5,0.1,"a ""quoted"", text",9223372036854775807,1767225600000,true
      1,-0,NaN,"",7,,false
      2,,,,,,
      3,1e+300,Infinity,"line
      break, [31m and very much more text than there is room for",-1,-1,
      "
    `);
  });

  it('as JSON', () => {
    const text = written('json');
    expect(text).toMatchInlineSnapshot(`
      "{"columns":[{"name":"root.plant.line1.temperature","dataType":"DOUBLE"},{"name":"root.plant.line1.load","dataType":"FLOAT"},{"name":"root.plant.line1.note","dataType":"TEXT"},{"name":"root.plant.line1.count","dataType":"INT64"},{"name":"root.plant.line1.since","dataType":"TIMESTAMP"},{"name":"root.plant.line1.on","dataType":"BOOLEAN"}],"hasTime":true,"rows":[
      [0,20.5,0.10000000149011612,"a \\"quoted\\", text","9223372036854775807",1767225600000,true],
      [1,-0,"NaN","",7,null,false],
      [2,null,null,null,null,null,null],
      [3,1e+300,"Infinity","line\\nbreak, \\u001b[31m and very much more text than there is room for",-1,-1,null]
      ]}
      "
    `);
    expect(JSON.parse(text)).toEqual({ ...head, rows });
  });

  it('as NDJSON', () => {
    const lines = written('ndjson').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([head, ...rows]);
  });

  it.each([
    ['table', 'a\n─\n'],
    ['csv', 'a\n'],
    ['json', '{"columns":[{"name":"a","dataType":"INT32"}],"hasTime":false,"rows":[]}\n'],
    ['ndjson', '{"columns":[{"name":"a","dataType":"INT32"}],"hasTime":false}\n'],
  ] as const)('without rows, as %s', (format, expected) => {
    const one = { columns: [{ name: 'a', dataType: 'INT32' }], hasTime: false };
    const writer = resultWriter(format, one, { zone: utc, widthColumns: undefined });
    expect(writer.rows([]) + writer.end()).toBe(expected);
  });

  it('as a table is written as it comes, once its first rows are there', () => {
    const writer = resultWriter(
      'table',
      { columns: [{ name: 'a', dataType: 'TEXT' }], hasTime: false },
      { zone: utc, widthColumns: undefined },
    );
    const some = (count: number, text: string): string[][] => Array.from({ length: count }, () => [text]);
    expect(writer.rows(some(199, 'x'))).toBe('');
    expect(writer.rows(some(1, 'xx')).split('\n')).toHaveLength(203);
    expect(writer.rows([['longer than any before']])).toBe(`l…\n`);
    expect(writer.end()).toBe('');
  });
});
