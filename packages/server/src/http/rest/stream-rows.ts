// Results of any size, row by row as they are computed: as CSV or as one JSON array a line. What is not taken by the receiver is not
// computed either.

import type { ResultSet } from '@balsa/sql';
import { DataType, dataTypeName } from '@balsa/wire';
import { isForOthers } from '../../elsewhere/other-members.ts';
import { refusalFor } from '../../service/status-of-error.ts';
import { type Cell, cellsOf } from '../result-json.ts';

export type RowFormat = 'csv' | 'ndjson';

export const rowFormatTypes: Readonly<Record<RowFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/** The format that a request accepts; `undefined`: neither. */
export function rowFormatFor(accept: string | undefined): RowFormat | undefined {
  if (accept === undefined) return undefined;
  if (accept.includes('application/x-ndjson')) return 'ndjson';
  return accept.includes('text/csv') ? 'csv' : undefined;
}

/**
 * The result, once its first block is there: what only another node can answer must be known before anything is sent.
 * @throws an error that is for others.
 */
export async function begun(result: ResultSet): Promise<Pick<ResultSet, 'columns' | 'hasTime' | 'blocks' | 'close'>> {
  const { columns, hasTime } = result;
  const blocks = result.blocks[Symbol.asyncIterator]();
  const first = blocks.next();
  await first.catch(async (error: unknown) => {
    if (!isForOthers(error)) return;
    await result.close();
    throw error;
  });
  return { columns, hasTime, blocks: startingWith(first, blocks), close: () => result.close() };
}

async function* startingWith<T>(first: Promise<IteratorResult<T>>, rest: AsyncIterator<T>): AsyncGenerator<T, void> {
  for (let next = await first; !next.done; next = await rest.next()) yield next.value;
}

/**
 * The first line names the columns; in NDJSON it is `{"columns":[{"name","dataType"}, ...],"hasTime":...}`, and the others are arrays, with
 * the time first if there is one. Should the query fail on its way, the last line of NDJSON is `{"code","message"}`, and CSV is cut off: the
 * connection breaks, so that nobody takes a part for the whole.
 */
export async function* rowLines(
  result: Pick<ResultSet, 'columns' | 'hasTime' | 'blocks' | 'close'>,
  format: RowFormat,
): AsyncGenerator<string, void, undefined> {
  try {
    yield format === 'csv' ? csvHead(result) : ndjsonHead(result);
    for await (const { times, columns } of result.blocks) {
      const cells = result.columns.map((header) =>
        cellsOf(columns[header.blockColumn]!, times.length, header.dataType === DataType.BOOLEAN),
      );
      const lines: string[] = [];
      for (let row = 0; row < times.length; row++) {
        const own = cells.map((column) => column[row] ?? null);
        const all = result.hasTime ? [times[row]!, ...own] : own;
        lines.push(format === 'csv' ? all.map(csvText).join(',') : jsonText(all));
      }
      yield `${lines.join('\n')}\n`;
    }
  } catch (error) {
    if (format === 'csv') throw error;
    const { status, message } = refusalFor(error);
    yield `${JSON.stringify({ code: status, message })}\n`;
  } finally {
    await result.close();
  }
}

function csvHead({ columns, hasTime }: Pick<ResultSet, 'columns' | 'hasTime'>): string {
  const names = columns.map(({ name }) => name);
  return `${(hasTime ? ['Time', ...names] : names).map(csvText).join(',')}\n`;
}

function ndjsonHead({ columns, hasTime }: Pick<ResultSet, 'columns' | 'hasTime'>): string {
  const heads = columns.map(({ name, dataType }) => ({ name, dataType: dataTypeName(dataType) }));
  return `${JSON.stringify({ columns: heads, hasTime })}\n`;
}

/** JSON has -0, but JSON.stringify makes 0 of it. */
function jsonText(cells: readonly Cell[]): string {
  if (!cells.some(isNegativeZero)) return JSON.stringify(cells);
  return `[${cells.map((cell) => (isNegativeZero(cell) ? '-0' : JSON.stringify(cell))).join(',')}]`;
}

function isNegativeZero(cell: Cell): boolean {
  return Object.is(cell, -0);
}

/** RFC 4180; a null is nothing at all, an empty text is two quotes. */
function csvText(cell: Cell): string {
  if (cell === null) return '';
  const text = isNegativeZero(cell) ? '-0' : String(cell);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
