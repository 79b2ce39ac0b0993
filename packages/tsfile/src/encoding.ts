// How values are laid out in a page, and which types each encoding can hold.

import { DataType } from './data-type.ts';

/** Encodings, by the codes that stand in files. Each has a file in encodings/. */
export const Encoding = {
  PLAIN: 0,
  DICTIONARY: 1,
  RLE: 2,
  TS_2DIFF: 4,
  GORILLA: 8,
  ZIGZAG: 9,
  CHIMP: 11,
} as const;
export type Encoding = (typeof Encoding)[keyof typeof Encoding];
export type EncodingName = keyof typeof Encoding;

export const encodings: readonly Encoding[] = Object.values(Encoding);

const { PLAIN, DICTIONARY, RLE, TS_2DIFF, GORILLA, ZIGZAG, CHIMP } = Encoding;
const integers = [PLAIN, RLE, TS_2DIFF, GORILLA, ZIGZAG, CHIMP];
const floats = [PLAIN, RLE, TS_2DIFF, GORILLA, CHIMP];
const texts = [PLAIN, DICTIONARY];

/** What a value of each type may be encoded as; official readers refuse other pairs. */
export const encodingsOf: Readonly<Record<DataType, readonly Encoding[]>> = {
  [DataType.BOOLEAN]: [PLAIN, RLE],
  [DataType.INT32]: integers,
  [DataType.INT64]: integers,
  [DataType.TIMESTAMP]: integers,
  [DataType.DATE]: integers,
  [DataType.FLOAT]: floats,
  [DataType.DOUBLE]: floats,
  [DataType.TEXT]: texts,
  [DataType.STRING]: texts,
  [DataType.BLOB]: [PLAIN],
};

/** Those that this package does not read, to name them when they are met. */
const foreign: Readonly<Record<number, string>> = {
  3: 'DIFF',
  5: 'BITMAP',
  6: 'GORILLA_V1',
  7: 'REGULAR',
  10: 'FREQ',
  12: 'SPRINTZ',
  13: 'RLBE',
  14: 'CAMEL',
};
const byCode = new Map<number, Encoding>(encodings.map((encoding) => [encoding, encoding]));
const nameByCode = new Map<number, string>([
  ...Object.entries(Encoding).map(([name, code]) => [code, name] as const),
  ...Object.entries(foreign).map(([code, name]) => [Number(code), name] as const),
]);

/** The encoding with this code, or `undefined`. */
export function encodingOf(code: number): Encoding | undefined {
  return byCode.get(code);
}

export function encodingName(code: number): string {
  return nameByCode.get(code) ?? `encoding ${code}`;
}
