// A result is written as it comes: whoever writes holds some rows at a time, never all.

import type { Zone } from '@balsa/sql';
import type { Cell, QueryRows } from '../../node-client/node-client.ts';

export const outputFormats = ['table', 'csv', 'json', 'ndjson'] as const;
export type OutputFormat = (typeof outputFormats)[number];

export type ResultHead = Pick<QueryRows, 'columns' | 'hasTime'>;
export type Rows = readonly (readonly Cell[])[];

export interface FormatOptions {
  readonly zone: Zone;
  /** Of the terminal; `undefined`: lines may be as long as they are. */
  readonly widthColumns: number | undefined;
}

/** Each gives text to be written at once; it may be empty. */
export interface ResultWriter {
  rows(rows: Rows): string;
  end(): string;
}
