import type { SelectStatement } from '../../tree/select.ts';
import { lengthOf, timeValue } from './evaluate.ts';

interface Window {
  readonly label: number;
  readonly start: number;
  readonly end: number;
}

export function windowsOf(statement: SelectStatement, times: readonly number[]): Window[] {
  const window = statement.groupBy?.window;
  if (!window) return [{ label: 0, start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }];
  const length = lengthOf(window.interval);
  const step = window.slidingStep ? lengthOf(window.slidingStep) : length;
  const windows: Window[] = [];
  if (!window.range) {
    if (times.length === 0) return [];
    const last = Math.max(...times) + 1;
    for (let start = Math.floor(Math.min(...times) / step) * step; start < last; start += step) {
      windows.push({ label: start, start, end: Math.min(start + length, last) });
    }
    return windows;
  }
  const [from, to] = [timeValue(window.range.start), timeValue(window.range.end)];
  const isOpen = window.range.includes === 'end' ? 1 : 0;
  for (let start = from; start < to; start += step) {
    const end = Math.min(start + length, to);
    windows.push({ label: isOpen ? end : start, start: start + isOpen, end: end + isOpen });
  }
  return windows;
}
