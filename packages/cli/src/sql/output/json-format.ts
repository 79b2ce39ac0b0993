// Cells as the nodes give them: 64-bit integers beyond 2^53, NaN and infinities are texts, times are milliseconds.

import type { ResultHead, ResultWriter, Rows } from './result-writer.ts';

/** One object with the rows in a list, a row a line. */
export function jsonFormat({ columns, hasTime }: ResultHead): ResultWriter {
  const head = JSON.stringify({ columns, hasTime }).slice(0, -1);
  let before = `${head},"rows":[\n`;
  return {
    rows(rows) {
      if (rows.length === 0) return '';
      const text = before + rows.map(jsonLine).join(',\n');
      before = ',\n';
      return text;
    },
    end: () => (before === ',\n' ? '\n]}\n' : `${head},"rows":[]}\n`),
  };
}

/** As `POST /rest/v2/query` streams them. */
export function ndjsonFormat({ columns, hasTime }: ResultHead): ResultWriter {
  let head = `${JSON.stringify({ columns, hasTime })}\n`;
  const withHead = (text: string): string => {
    const whole = head + text;
    head = '';
    return whole;
  };
  return {
    rows: (rows: Rows) => withHead(rows.map((row) => `${jsonLine(row)}\n`).join('')),
    end: () => withHead(''),
  };
}

function jsonLine(row: Rows[number]): string {
  // JSON.stringify makes 0 of -0.
  if (!row.some((cell) => Object.is(cell, -0))) return JSON.stringify(row);
  return `[${row.map((cell) => (Object.is(cell, -0) ? '-0' : JSON.stringify(cell))).join(',')}]`;
}
