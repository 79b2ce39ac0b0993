// Values as texts.

import { valueText, type Zone } from '@balsa/sql';
import { DataType, dataTypeNamed } from '@balsa/wire';
import type { Cell } from '../../node-client/node-client.ts';

/** Of one column, for people. */
export function cellPrinter(dataType: string, zone: Zone): (cell: Cell) => string {
  const type = dataTypeNamed(dataType);
  switch (type) {
    case DataType.TIMESTAMP:
      return (cell) => (cell === null ? 'null' : timeText(Number(cell), zone));
    case DataType.FLOAT:
    case DataType.DOUBLE:
      return (cell) => (cell === null ? 'null' : valueText(type, Number(cell)));
    default:
      return (cell) => String(cell);
  }
}

/** What reads back as the same value, in as few digits as that takes; of a null, nothing. */
export function exactText(dataType: string, cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'number') return String(cell);
  if (Object.is(cell, -0)) return '-0';
  return dataType === 'FLOAT' ? String(Number(shortestFloat(cell))) : String(cell);
}

/** `2026-01-31T08:00:00.000+08:00`, or `Z`; what no date can show, as milliseconds. */
export function timeText(timeMs: number, zone: Zone): string {
  const offsetMs = zone.offsetMsAt(timeMs);
  const local = new Date(timeMs + offsetMs);
  if (Number.isNaN(local.getTime())) return String(timeMs);
  return local.toISOString().replace('Z', offsetText(offsetMs));
}

export function isNumeric(dataType: string): boolean {
  return dataType === 'INT32' || dataType === 'INT64' || dataType === 'FLOAT' || dataType === 'DOUBLE';
}

function offsetText(offsetMs: number): string {
  if (offsetMs === 0) return 'Z';
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const digits = (count: number): string => String(count).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`;
}

/** The fewest digits that no other float is nearer to; nodes give floats as the doubles that they are. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(value);
}
