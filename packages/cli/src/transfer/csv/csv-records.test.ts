import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvText } from '../../sql/output/csv-format.ts';
import { CsvReader } from './csv-records.ts';

function read(text: string, fieldCount?: number): unknown[] {
  const reader = new CsvReader();
  reader.fieldCount = fieldCount;
  const found = text.split('\n').flatMap((line) => reader.push(line));
  return [...found, ...reader.end()].map((record) =>
    'fields' in record ? [record.line, ...record.fields] : `${record.line}: ${record.reason}: ${record.raw}`,
  );
}

describe('CSV', () => {
  it('has nulls, empty texts, quotes, commas and line breaks', () => {
    expect(read('a,b\n1,\n,""\n"x ""y"", z","two\nlines"\n5" pipe,é\n')).toEqual([
      [1, 'a', 'b'],
      [2, '1', null],
      [3, null, ''],
      [4, 'x "y", z', 'two\nlines'],
      [6, '5" pipe', 'é'],
    ]);
  });

  it('may have lines that end with a return, which is none of a text unless it stands in quotes', () => {
    expect(read('a,b\r\n1,\r\n\r\n"x","y\r\nz"\r\n')).toEqual([
      [1, 'a', 'b'],
      [2, '1', null],
      [4, 'x', 'y\r\nz'],
    ]);
  });

  it('blames a quote that has no end on its line alone', () => {
    expect(read('1,"a\n2,b\n3,c', 2)).toEqual([
      '1: a quote that begins here has no end: 1,"a',
      [2, '2', 'b'],
      [3, '3', 'c'],
    ]);
    expect(read('1,"a\n2,"b"\n3,c', 2)).toEqual([
      '1: something stands behind a closing quote: 1,"a',
      [2, '2', 'b'],
      [3, '3', 'c'],
    ]);
    expect(read('1,"a\n2,b\n3,"c\n4,d', 2)).toEqual([
      '1: something stands behind a closing quote: 1,"a',
      [2, '2', 'b'],
      '3: a quote that begins here has no end: 3,"c',
      [4, '4', 'd'],
    ]);
  });

  it('blames it also where a later quote would make one record of several', () => {
    expect(read('1,"a\n2,b",x\n3,c', 2)).toEqual([
      '1: a quote that begins here has no end: 1,"a',
      [2, '2', 'b"', 'x'],
      [3, '3', 'c'],
    ]);
  });

  it('does not look for the end of a quote for ever', () => {
    const line = 'x'.repeat(1000);
    const all = read(`"open\n${`${line}\n`.repeat(5000)}`, 1);
    expect(all[0]).toBe('1: a quote that begins here has no end: "open');
    expect(all).toHaveLength(5001);
  });

  it('reads what was written, whatever it is', () => {
    const cell = fc.oneof(fc.constant(null), fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'ä') }));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 })), (rows) => {
        const text = rows.map((row) => row.map((it) => (it === '' ? '""' : csvText(it ?? ''))).join(',')).join('\n');
        const reader = new CsvReader();
        const found = [...text.split('\n').flatMap((line) => reader.push(line)), ...reader.end()];
        expect(found.map((record) => ('fields' in record ? record.fields : record))).toEqual(rows);
      }),
    );
  });
});
