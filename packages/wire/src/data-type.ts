/** IoTDB's type codes. */
export const DataType = {
  BOOLEAN: 0,
  INT32: 1,
  INT64: 2,
  FLOAT: 3,
  DOUBLE: 4,
  TEXT: 5,
  TIMESTAMP: 8,
  /** A day, as the decimal number yyyymmdd. */
  DATE: 9,
  BLOB: 10,
  STRING: 11,
} as const;
export type DataType = (typeof DataType)[keyof typeof DataType];
export type DataTypeName = keyof typeof DataType;

/** The types that values can have: all of them. */
export const servedDataTypes: readonly DataType[] = Object.values(DataType);

const byCode = new Map<number, DataType>(servedDataTypes.map((type) => [type, type]));
const byName = new Map<string, DataType>(Object.entries(DataType));
const nameByCode = new Map<number, string>(Object.entries(DataType).map(([name, code]) => [code, name]));

/** The served type with this code, or `undefined`. */
export function dataTypeOf(code: number): DataType | undefined {
  return byCode.get(code);
}

/** The served type with this name, in any case, or `undefined`. */
export function dataTypeNamed(name: string): DataType | undefined {
  return byName.get(name) ?? byName.get(name.toUpperCase());
}

export function dataTypeName(type: DataType): string {
  return nameByCode.get(type) ?? `type ${type}`;
}
