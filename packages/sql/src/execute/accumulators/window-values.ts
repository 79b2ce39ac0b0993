import { allocateValues, type Column, type ColumnValues, type DataType, nullBytes } from '@balsa/wire';
import type { SourceValue } from '../../source/series-source.ts';
import { setNull } from '../vector/nulls.ts';

/** One value of any type for each window, or none. */
export class WindowValues {
  readonly values: ColumnValues;
  readonly hasValue: Uint8Array;

  constructor(dataType: DataType, windows: number) {
    this.values = allocateValues(dataType, windows);
    this.hasValue = new Uint8Array(windows);
  }

  get(window: number): SourceValue {
    return this.values[window]!;
  }

  set(window: number, value: SourceValue): void {
    (this.values as SourceValue[])[window] = value;
    this.hasValue[window] = 1;
  }

  clear(window: number): void {
    this.hasValue[window] = 0;
  }

  each(visit: (window: number, value: SourceValue) => void): void {
    for (let window = 0; window < this.hasValue.length; window++) {
      if (this.hasValue[window] === 1) visit(window, this.get(window));
    }
  }

  column(): Column {
    return columnOf(this.values, this.hasValue);
  }
}

/** Null where `hasValue` is 0. */
export function columnOf(values: ColumnValues, hasValue: Uint8Array): Column {
  if (!hasValue.includes(0)) return { values };
  const nulls = new Uint8Array(nullBytes(hasValue.length));
  for (let window = 0; window < hasValue.length; window++) if (hasValue[window] === 0) setNull(nulls, window);
  return { values, nulls };
}
