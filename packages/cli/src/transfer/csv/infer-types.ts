// Of each column: the type that was given, that of the file's head, that of the series that there is, or what the first rows look like.

import { DataType, type DataType as Type } from '@balsa/wire';
import { inferredType } from './cell-value.ts';
import type { CsvHead } from './csv-head.ts';

export interface ColumnType {
  /** `undefined`: the first value will tell. */
  readonly dataType: Type | undefined;
  /** For people. */
  readonly why: string;
}

export interface KnownTypes {
  /** By measurement, or by path. */
  readonly given: ReadonlyMap<string, Type>;
  /** Of a column, where the series that there are agree. */
  readonly stored: (column: number) => Type | undefined;
}

/** `sample`: rows without time and device. */
export function columnTypes(
  head: CsvHead,
  sample: readonly (readonly (string | null)[])[],
  { given, stored }: KnownTypes,
): ColumnType[] {
  return head.columns.map(({ name, device, measurement, dataType }, at) => {
    const path = device === undefined ? undefined : `${device}.${measurement}`;
    const wished = given.get(name) ?? given.get(path ?? measurement) ?? given.get(measurement);
    if (wished !== undefined) return { dataType: wished, why: 'as given' };
    if (dataType !== undefined) return { dataType, why: 'as the file says' };
    const known = stored(at);
    if (known !== undefined) return { dataType: known, why: 'as the series is' };
    return inferred(sample.flatMap((row) => row[at] ?? []));
  });
}

function inferred(texts: readonly string[]): ColumnType {
  if (texts.length === 0) return { dataType: undefined, why: 'no value yet: the first will tell' };
  const examples = new Map<Type, string>();
  for (const text of texts) {
    const type = inferredType(text);
    if (!examples.has(type)) examples.set(type, text);
  }
  const [first] = examples.keys();
  if (examples.size === 1) return { dataType: first, why: 'inferred' };
  const isNumeric = [...examples.keys()].every((type) => type === DataType.DOUBLE || type === DataType.INT64);
  // Fractions and integers that no double holds: what is lost are last digits.
  if (isNumeric) {
    const areWhole = texts.every((text) => /^\s*[+-]?\d+\s*$/.test(text));
    return { dataType: areWhole ? DataType.INT64 : DataType.DOUBLE, why: 'inferred' };
  }
  const shown = [...examples.values()].map((text) => JSON.stringify(text.slice(0, 20))).join(' and ');
  return { dataType: DataType.TEXT, why: `mixed, such as ${shown}: --types can say otherwise` };
}
