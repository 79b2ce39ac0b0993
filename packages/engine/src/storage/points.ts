// Points of one series in memory, as they go from memtables and files to readers and back to files.

import { type Binaries, binariesOf, binaryAt, textAt, type Values } from '@balsa/tsfile';
import { allocateValues, type ColumnValues, DataType } from '@balsa/wire';

export type SeriesValue = ColumnValues[number];

/** `undefined`: there is none. */
export type LastPoint = { readonly timeMs: number; readonly value: SeriesValue } | undefined;

/** Ascending in time, unless said otherwise; as many values as times. */
export interface Points {
  readonly times: Float64Array;
  readonly values: ColumnValues;
}

export function sliceValues(values: ColumnValues, from: number, to: number): ColumnValues {
  if (from === 0 && to === values.length) return values;
  return ArrayBuffer.isView(values) ? values.subarray(from, to) : values.slice(from, to);
}

export function slicePoints({ times, values }: Points, from: number, to: number): Points {
  return { times: times.subarray(from, to), values: sliceValues(values, from, to) };
}

/** Copies `source[from, to)` to `at`; both are of one type. */
export function copyValues(target: ColumnValues, at: number, source: ColumnValues, from: number, to: number): void {
  if (ArrayBuffer.isView(target) && ArrayBuffer.isView(source)) {
    // One type on both sides, which the compiler cannot know.
    (target as Float64Array).set((source as Float64Array).subarray(from, to), at);
    return;
  }
  const cells = target as SeriesValue[];
  for (let i = from; i < to; i++) cells[at + i - from] = source[i]!;
}

/** The rows in reverse, with other signs before the times: a descending read is an ascending one of these. */
export function mirrored({ times, values }: Points, type: DataType): Points {
  const count = times.length;
  const turned = new Float64Array(count);
  const cells = allocateValues(type, count) as SeriesValue[];
  for (let i = 0; i < count; i++) {
    // 0 must not become -0, which is another key.
    turned[i] = 0 - times[count - 1 - i]!;
    cells[i] = values[count - 1 - i]!;
  }
  return { times: turned, values: cells as ColumnValues };
}

/** As files take them. */
export function fileValues(values: ColumnValues): Values {
  return ArrayBuffer.isView(values) ? values : binariesOf(values);
}

/** As they come out of files. */
export function memoryValues(type: DataType, values: Values): ColumnValues {
  if (ArrayBuffer.isView(values)) return values as ColumnValues;
  const binaries = values as Binaries;
  const count = binaries.offsets.length - 1;
  if (type === DataType.BLOB) return Array.from({ length: count }, (_, i) => Uint8Array.from(binaryAt(binaries, i)));
  const texts = new Array<string>(count);
  for (let i = 0; i < count; i++) texts[i] = textAt(binaries, i);
  return texts;
}
