// A curve drawn with braille characters, each of which is a grid of 2 by 4 dots: eight times the resolution of letters.

export interface PlotOptions {
  /** The whole plot, labels included. */
  widthColumns: number;
  /** The curve alone; the line of tick labels comes below it. */
  heightRows: number;
  /** What stands under the axis, each at the position of a value. */
  ticks: readonly { at: number; label: string }[];
  formatValue: (value: number) => string;
}

const DOTS_ACROSS = 2;
const DOTS_DOWN = 4;
const BRAILLE_BLANK = 0x2800;
/** Unicode numbers the dots of a cell column by column, but put the fourth row last, for history's sake. */
const DOT_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** The curve of `values`, spread over the width, as lines of text. NaN leaves a gap; without any number there are no lines. */
export function renderPlot(values: ArrayLike<number>, options: PlotOptions): string[] {
  const range = rangeOf(values);
  if (range === undefined) return [];

  const labels = [range.max, (range.max + range.min) / 2, range.min].map(options.formatValue);
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const canvas = new Canvas(options.widthColumns - labelWidth - 2, options.heightRows);
  drawCurve(canvas, values, range);

  const middle = Math.floor((options.heightRows - 1) / 2);
  const labelled = new Map([
    [0, labels[0]],
    [middle, labels[1]],
    [options.heightRows - 1, labels[2]],
  ]);
  const lines = canvas.lines().map((line, row) => {
    const label = labelled.get(row);
    return `${(label ?? '').padStart(labelWidth)} ${label === undefined ? '│' : '┤'}${line}`.trimEnd();
  });
  if (options.ticks.length === 0) return lines;
  return [...lines, ' '.repeat(labelWidth + 2) + tickLine(options.ticks, values.length, canvas.columns)];
}

class Canvas {
  readonly columns: number;
  readonly rows: number;
  readonly #cells: Uint8Array;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#cells = new Uint8Array(columns * rows);
  }

  /** Dots count from the top left. */
  dot(x: number, y: number): void {
    const cell = Math.floor(y / DOTS_DOWN) * this.columns + Math.floor(x / DOTS_ACROSS);
    const bit = DOT_BITS[y % DOTS_DOWN]?.[x % DOTS_ACROSS] ?? 0;
    this.#cells[cell] = (this.#cells[cell] ?? 0) | bit;
  }

  lines(): string[] {
    return Array.from({ length: this.rows }, (_, row) =>
      Array.from(this.#cells.subarray(row * this.columns, (row + 1) * this.columns), (bits) =>
        bits === 0 ? ' ' : String.fromCodePoint(BRAILLE_BLANK + bits),
      ).join(''),
    );
  }
}

interface Range {
  min: number;
  max: number;
}

function rangeOf(values: ArrayLike<number>): Range | undefined {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return min <= max ? { min, max } : undefined;
}

/** One dot per step across, joined to the dot before it by a vertical stroke, so that steep parts stay one line. */
function drawCurve(canvas: Canvas, values: ArrayLike<number>, range: Range): void {
  const across = canvas.columns * DOTS_ACROSS;
  const down = canvas.rows * DOTS_DOWN;
  const height = range.max - range.min;
  let previous: number | undefined;
  for (let x = 0; x < across; x++) {
    const value = values[positionAt(x, across, values.length)] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      previous = undefined;
      continue;
    }
    const share = height === 0 ? 0.5 : (range.max - value) / height;
    const y = Math.round(share * (down - 1));
    const from = previous === undefined ? y : previous + Math.sign(y - previous);
    for (let at = Math.min(from, y); at <= Math.max(from, y); at++) canvas.dot(x, at);
    previous = y;
  }
}

/** Which value stands at step `x` of `steps`: the first at the left end, the last at the right end. */
function positionAt(x: number, steps: number, length: number): number {
  return steps <= 1 ? 0 : Math.round((x * (length - 1)) / (steps - 1));
}

/** Labels that would touch the one before, or run over the end, are left out. */
function tickLine(ticks: PlotOptions['ticks'], length: number, columns: number): string {
  let line = '';
  for (const { at, label } of ticks) {
    const column = length <= 1 ? 0 : Math.round((at * (columns - 1)) / (length - 1));
    const touches = line !== '' && column <= line.length;
    if (touches || column + label.length > columns) continue;
    line = line.padEnd(column) + label;
  }
  return line;
}
