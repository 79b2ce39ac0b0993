// RFC 4180, as the nodes write it: a null is nothing at all, an empty text is two quotes. Times are milliseconds.

import { exactText } from './cell-text.ts';
import type { ResultHead, ResultWriter } from './result-writer.ts';

export function csvFormat({ columns, hasTime }: ResultHead): ResultWriter {
  const names = columns.map(({ name }) => name);
  const types = columns.map(({ dataType }) => dataType);
  if (hasTime) types.unshift('INT64');
  let head = csvLine(hasTime ? ['Time', ...names] : names);
  return {
    rows(rows) {
      const lines = rows.map((row) =>
        row.map((cell, at) => (cell === '' ? '""' : csvText(exactText(types[at] ?? 'TEXT', cell)))).join(','),
      );
      const text = lines.length === 0 ? head : `${head}${lines.join('\n')}\n`;
      head = '';
      return text;
    },
    end: () => head,
  };
}

export function csvLine(texts: readonly string[]): string {
  return `${texts.map(csvText).join(',')}\n`;
}

export function csvText(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
