// A table whose columns are as wide as the first rows want them, since nobody waits for the last row. At a terminal, texts and names that
// are too long are cut with a sign, and columns that do not fit at all are left out, which the last line says. Numbers are never cut.

import type { Cell } from '../../node-client/node-client.ts';
import { formatPlural } from '../../terminal/format.ts';
import { cutToWidth, padToWidth, shownText, textWidth } from '../../terminal/text-width.ts';
import { cellPrinter, isNumeric, timeText } from './cell-text.ts';
import type { FormatOptions, ResultHead, ResultWriter, Rows } from './result-writer.ts';

const SAMPLED_ROWS = 200;
const GAP = '  ';
/** A text or a name is cut down to this before a column is left out. */
const CUT_WIDTH_MIN = 12;

interface ShownColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly print: (cell: Cell) => string;
  /** No row of this is shown in part: numbers and times. */
  readonly isWhole: boolean;
  width: number;
  /** That of the widest value of the first rows, whatever the title. */
  valueWidth: number;
}

export function tableFormat(head: ResultHead, { zone, widthColumns }: FormatOptions): ResultWriter {
  const columns: ShownColumn[] = head.columns.map(({ name, dataType }) => {
    const isNumber = isNumeric(dataType);
    const print = cellPrinter(dataType, zone);
    return {
      title: shownText(name),
      align: isNumber ? 'right' : 'left',
      print: (cell) => shownText(print(cell)),
      isWhole: isNumber || dataType === 'TIMESTAMP' || dataType === 'BOOLEAN',
      width: 0,
      valueWidth: 0,
    };
  });
  if (head.hasTime) {
    const print = (cell: Cell): string => timeText(Number(cell), zone);
    columns.unshift({ title: 'Time', align: 'left', print, isWhole: true, width: 0, valueWidth: 0 });
  }
  let waiting: (readonly Cell[])[] | undefined = [];
  let shown: readonly ShownColumn[] = [];

  const begin = (): string => {
    const first = waiting ?? [];
    waiting = undefined;
    measure(columns, first);
    shown = widthColumns === undefined ? columns : fit(columns, widthColumns);
    const isLast = (at: number): boolean => at === shown.length - 1;
    const titles = shown.map(({ title, width, align }, at) => {
      const cut = cutToWidth(title, width, 'end');
      return isLast(at) && align === 'left' ? cut : padToWidth(cut, width, align);
    });
    const rule = shown.map(({ width }) => '─'.repeat(width));
    return `${titles.join(GAP)}\n${rule.join(GAP)}\n${lines(first)}`;
  };
  const lines = (rows: Rows): string =>
    rows
      .map(
        (row) =>
          `${shown
            .map((column, at) => cellOf(column, row[at] ?? null))
            .join(GAP)
            .trimEnd()}\n`,
      )
      .join('');

  return {
    rows(rows) {
      if (waiting === undefined) return lines(rows);
      waiting.push(...rows);
      return waiting.length < SAMPLED_ROWS ? '' : begin();
    },
    end() {
      const text = waiting === undefined ? '' : begin();
      const hidden = columns.length - shown.length;
      if (hidden === 0) return text;
      return `${text}(${formatPlural(hidden, 'column')} not shown: the terminal is too narrow; \\wide on or --wide shows all)\n`;
    },
  };
}

function cellOf({ print, width, align, isWhole }: ShownColumn, cell: Cell): string {
  const text = print(cell);
  return padToWidth(isWhole ? text : cutToWidth(text, width), width, align);
}

function measure(columns: readonly ShownColumn[], rows: Rows): void {
  for (const [at, column] of columns.entries()) {
    let width = 0;
    for (const row of rows) width = Math.max(width, textWidth(column.print(row[at] ?? null)));
    column.valueWidth = width;
    column.width = Math.max(width, textWidth(column.title));
  }
}

/** Takes width from the widest that can be cut until all fit, and leaves out the last columns if even that is not enough. */
function fit(columns: readonly ShownColumn[], widthColumns: number): ShownColumn[] {
  const shown = [...columns];
  for (const column of shown) column.width = Math.max(narrowest(column), Math.min(column.width, widthColumns));
  while (shown.length > 1 && sumOf(shown.map(narrowest)) + gapsOf(shown) > widthColumns) shown.pop();
  let excess = sumOf(shown.map(({ width }) => width)) + gapsOf(shown) - widthColumns;
  while (excess > 0) {
    const room = shown.filter((column) => column.width > narrowest(column));
    const widest = room.reduce<ShownColumn | undefined>((a, b) => (a && a.width >= b.width ? a : b), undefined);
    if (widest === undefined) break;
    widest.width--;
    excess--;
  }
  return shown;
}

/** Down to where a title says little, a number stays whole. */
function narrowest({ width, valueWidth, isWhole }: ShownColumn): number {
  return Math.min(width, isWhole ? Math.max(valueWidth, CUT_WIDTH_MIN) : CUT_WIDTH_MIN);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function gapsOf(columns: readonly unknown[]): number {
  return GAP.length * (columns.length - 1);
}
