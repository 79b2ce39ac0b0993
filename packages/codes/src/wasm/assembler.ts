// As much of an assembler as one small WebAssembly module needs. An instruction is a function from its operands to
// their bytes followed by its own, so that code nests as in the folded form of the text format:
//
//   v128.xor(local.get(a), local.get(b))    is    (v128.xor (local.get $a) (local.get $b))
//
// WebAssembly Core Specification 2.0, chapter 5 (binary format).

/** Bytes of instructions. */
export type Code = readonly number[];

export interface WasmFunction {
  /** Under which it is exported. */
  readonly name: string;
  /** All i32; locals 0, 1, ... of the function. It returns nothing. */
  readonly parameters: number;
  /** Further locals, zero at first, in this order behind the parameters. */
  readonly i32Locals: number;
  readonly v128Locals: number;
  readonly body: Code;
}

export interface WasmModule {
  /** Of a memory that does not grow, exported as `memory`. */
  readonly memoryPages: number;
  readonly functions: readonly WasmFunction[];
}

export const pageBytes = 65_536;

export const local = {
  get: (index: number): Code => [0x20, ...unsigned(index)],
  set: (index: number, value: Code): Code => [...value, 0x21, ...unsigned(index)],
};

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  and: (a: Code, b: Code): Code => [...a, ...b, 0x71],
  shl: (a: Code, bits: Code): Code => [...a, ...bits, 0x74],
  shrU: (a: Code, bits: Code): Code => [...a, ...bits, 0x76],
  ltU: (a: Code, b: Code): Code => [...a, ...b, 0x49],
};

export const v128 = {
  /** `offset` is added to the address, at no cost. */
  load: (address: Code, offset: number): Code => [...address, ...vector(0), ...unaligned, ...unsigned(offset)],
  store: (address: Code, value: Code, offset: number): Code => [
    ...address,
    ...value,
    ...vector(11),
    ...unaligned,
    ...unsigned(offset),
  ],
  and: (a: Code, b: Code): Code => [...a, ...b, ...vector(78)],
  xor: (a: Code, b: Code): Code => [...a, ...b, ...vector(81)],
};

export const i8x16 = {
  /** For each of sixteen indexes the byte of `table` that it names; 0 if it is over 15. */
  swizzle: (table: Code, indexes: Code): Code => [...table, ...indexes, ...vector(14)],
  splat: (value: Code): Code => [...value, ...vector(15)],
  shrU: (a: Code, bits: Code): Code => [...a, ...bits, ...vector(109)],
};

/** Runs `body` once, and again as long as `condition` is not zero then. */
export function doWhile(body: Code, condition: Code): Code {
  return [0x03, emptyBlock, ...body, ...condition, 0x0d, ...unsigned(0), end];
}

export function assemble({ memoryPages, functions }: WasmModule): Uint8Array {
  const names = functions.map(({ name }, index) => [...text(name), functionExport, ...unsigned(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d], // "\0asm"
    ...[0x01, 0x00, 0x00, 0x00], // version 1
    ...section(1, functions.map(functionType)),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[withMaximum, ...unsigned(memoryPages), ...unsigned(memoryPages)]]),
    ...section(7, [[...text('memory'), memoryExport, ...unsigned(0)], ...names]),
    ...section(10, functions.map(functionCode)),
  ]);
}

const i32Type = 0x7f;
const v128Type = 0x7b;
const emptyBlock = 0x40;
const end = 0x0b;
const withMaximum = 0x01;
const functionExport = 0x00;
const memoryExport = 0x02;
/** Alignment is a hint that no processor of today needs: 2^0. */
const unaligned: Code = [0];

function functionType({ parameters }: WasmFunction): Code {
  return [0x60, ...list(Array.from({ length: parameters }, () => [i32Type])), ...list([])];
}

function functionCode({ i32Locals, v128Locals, body }: WasmFunction): Code {
  const locals = list([
    [...unsigned(i32Locals), i32Type],
    [...unsigned(v128Locals), v128Type],
  ]);
  return sized([...locals, ...body, end]);
}

function section(id: number, items: readonly Code[]): Code {
  return [id, ...sized(list(items))];
}

function vector(opcode: number): Code {
  return [0xfd, ...unsigned(opcode)];
}

function text(ascii: string): Code {
  return list([...ascii].map((character) => [character.charCodeAt(0)]));
}

function list(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: Code): Code {
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128 of a number below 2^31. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** Signed LEB128 of a number from -2^31 up to 2^31 - 1. */
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}
