// The files that people give the tour and `balsa import`.

import { decoderTarget, type FuzzTarget } from '@balsa/wire/fuzz';
import { parseTimeTable, type TimeTable } from '../demo/weather.ts';
import { CliError } from '../errors.ts';
import { csvText } from '../sql/output/csv-format.ts';
import { CsvReader, type CsvRecord } from '../transfer/csv/csv-records.ts';

export const cliTargets: readonly FuzzTarget[] = [
  decoderTarget({
    name: 'cli/csv',
    corpus: [
      Buffer.from('date,temperature,wind\n2010-01-01T01:00:00,3.5,-2e1\n2010-01-01T02:00:00,0,12\n'),
      Buffer.from('date,a\r\n2010-02-28T23:00:00,1\r\n'),
    ],
    words: [',', '\n', '\r\n', '2010-01-01T03:00:00', '2010-02-30T00:00:00', 'NaN', 'Infinity', '0x10', '1e999', ''],
    refusals: [CliError],
    decode: (input) => parseTimeTable(input.toString('utf8'), 'weather.csv'),
    encode: (table) => Buffer.from(formatTimeTable(table)),
  }),
  decoderTarget({
    name: 'cli/csv-records',
    corpus: [
      Buffer.from('Time,Device,s1(INT32),"s,2"\n1,root.d1,5,"a ""b""\nc"\n2,root.d2,,""\n'),
      Buffer.from('Time,root.d.s\r\n1,"never closed\r\n2,"closed"?\r\n'),
    ],
    words: ['"', '""', '",', ',"', ',', '\n', '\r\n', '"\n'],
    refusals: [],
    decode: (input) => csvRecords(input.toString('utf8')),
    encode: (records) => Buffer.from(records.map(({ fields }) => `${fields.map(fieldText).join(',')}\n`).join('')),
  }),
];

/** Those that are not broken. */
function csvRecords(text: string): readonly CsvRecord[] {
  const reader = new CsvReader();
  const found = text.split('\n').flatMap((line) => reader.push(line));
  return [...found, ...reader.end()].flatMap((record) => ('fields' in record ? record : []));
}

function fieldText(field: string | null): string {
  return field === '' ? '""' : csvText(field ?? '');
}

function formatTimeTable({ timestamps, measurements, columns }: TimeTable): string {
  const rows = Array.from(timestamps, (timestamp, row) => [
    new Date(timestamp).toISOString().slice(0, 19),
    ...columns.map((values) => values[row]),
  ]);
  return [['date', ...measurements], ...rows].map((cells) => `${cells.join(',')}\n`).join('');
}
