// What the text of a report is made of, in all its parts.

import type { Distribution, RecentFigures } from '@balsa/replica';
import { formatBytes, formatLatency } from '../terminal/format.ts';
import type { Style } from '../terminal/style.ts';
import { type Column, renderTable } from '../terminal/table.ts';

/** Of what did not occur there is nothing to tell. */
const NOTHING = '-';

export function latency({ recent }: Distribution, figure: keyof RecentFigures): string {
  return recent.count === 0 ? NOTHING : formatLatency(recent[figure]);
}

export function rate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** A line that begins with what it is about. */
export function fact(name: string, text: string): string {
  return `${name.padEnd(8)} ${text}`;
}

export function faintTable(columns: readonly Column[], rows: readonly (readonly string[])[], style: Style): string[] {
  return renderTable(columns, rows).map((line, at) => (at === 0 ? style.faint(line) : line));
}
