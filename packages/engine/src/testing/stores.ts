// What tests do to stores.

import {
  type CommandResult,
  decodeCommandResult,
  encodeInsertTablet,
  isNull,
  type RangeResult,
  type Tablet,
} from '@balsa/wire';
import type { SeriesStore } from '../series-store.ts';
import { NaiveStore, type Row } from './naive-store.ts';

export function applyAll(store: SeriesStore, all: readonly Tablet[], firstIndex = 1): CommandResult[] {
  return all.map((tablet, i) => apply(store, firstIndex + i, encodeInsertTablet(tablet)));
}

export function apply(store: SeriesStore, index: number, command: Uint8Array): CommandResult {
  return decodeCommandResult(Buffer.from(store.apply(index, command)));
}

export function naiveOf(all: readonly Tablet[]): NaiveStore {
  const naive = new NaiveStore();
  for (const tablet of all) naive.insert(tablet);
  return naive;
}

export function rowsOf(result: RangeResult): Row[] {
  return [...result.timestamps].map((time, row) => [
    time,
    result.columns.map((column) => (isNull(column, row) ? undefined : column.values[row]!)),
  ]);
}
