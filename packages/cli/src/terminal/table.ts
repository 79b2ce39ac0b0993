export interface Column {
  title: string;
  align: 'left' | 'right';
  /** For a table that goes on in another: this wide in any case. */
  widthMin?: number;
}

const GAP = '  ';

/**
 * A table as lines: titles first, then one line per row, as wide as their widest cells.
 * Cells are plain text; colours go on the finished lines, where they cannot upset the widths.
 */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title, widthMin = 0 }, at) =>
    Math.max(title.length, widthMin, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? '';
        const width = widths[at] ?? 0;
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join(GAP)
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}
