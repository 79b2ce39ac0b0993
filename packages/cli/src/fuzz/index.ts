// The file that a person may give the tour.

import { decoderTarget, type FuzzTarget } from '@balsa/wire/fuzz';
import { parseTimeTable, type TimeTable } from '../demo/weather.ts';
import { CliError } from '../errors.ts';

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
];

function formatTimeTable({ timestamps, measurements, columns }: TimeTable): string {
  const rows = Array.from(timestamps, (timestamp, row) => [
    new Date(timestamp).toISOString().slice(0, 19),
    ...columns.map((values) => values[row]),
  ]);
  return [['date', ...measurements], ...rows].map((cells) => `${cells.join(',')}\n`).join('');
}
