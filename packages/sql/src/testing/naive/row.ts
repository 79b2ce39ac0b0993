import type { Value } from './series.ts';

export interface Row {
  readonly time: number;
  readonly cells: Value[];
  readonly sortCells: Value[];
  readonly device: string;
}
