/** The types of values, by the codes that stand in files. */
export const DataType = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  FLOAT: 3,
  DOUBLE: 4,
  TEXT: 5,
  /** Milliseconds, or what the writer counts in, since 1970. */
  TIMESTAMP: 8,
  /** A day, as the decimal number yyyymmdd. */
  DATE: 9,
  BLOB: 10,
  /** As TEXT, with smallest and largest value in the statistics. */
  STRING: 11,
} as const;
export type DataType = (typeof DataType)[keyof typeof DataType];
export type DataTypeName = keyof typeof DataType;

/** The type of the time column of aligned series: `VECTOR`. Its values are INT64. */
export const timeColumnType = 6;

export const dataTypes: readonly DataType[] = Object.values(DataType);

const byCode = new Map<number, DataType>(dataTypes.map((type) => [type, type]));
const nameByCode = new Map<number, DataTypeName>(
  Object.entries(DataType).map(([name, code]) => [code, name as DataTypeName]),
);

/** The type with this code, or `undefined`. */
export function dataTypeOf(code: number): DataType | undefined {
  return byCode.get(code);
}

export function dataTypeName(type: DataType): DataTypeName {
  return nameByCode.get(type) as DataTypeName;
}
