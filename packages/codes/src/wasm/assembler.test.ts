import { describe, expect, test } from 'vitest';
import { assemble, doWhile, i8x16, i32, local, v128 } from './assembler.ts';
import { webAssembly } from './web-assembly.ts';

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly store: (value: number, until: number) => void;
}

function run(module: Uint8Array): Exports {
  const { Instance, Module } = webAssembly!;
  return new Instance(new Module(module)).exports as Exports;
}

describe('the assembler', () => {
  // The examples of LEB128 in the specification, and both sides of each length.
  test.each([
    [0, '4100'],
    [63, '413f'],
    [64, '41c000'],
    [-64, '4140'],
    [-65, '41bf7f'],
    [-123_456, '41c0bb78'],
    [0x7fff_ffff, '41ffffffff07'],
    [-0x8000_0000, '418080808078'],
  ])('i32.const %i is %s', (value, hex) => {
    expect(Buffer.from(i32.const(value)).toString('hex')).toBe(hex);
  });

  test.each([
    [0, '2000'],
    [127, '207f'],
    [128, '208001'],
    [624_485, '20e58e26'],
  ])('local.get %i is %s', (index, hex) => {
    expect(Buffer.from(local.get(index)).toString('hex')).toBe(hex);
  });

  test('makes the module that the specification describes', () => {
    const module = assemble({
      memoryPages: 2,
      functions: [{ name: 'f', parameters: 1, i32Locals: 2, v128Locals: 3, body: local.set(1, local.get(0)) }],
    });
    expect(Buffer.from(module).toString('hex')).toBe(
      [
        '0061736d01000000', // magic, version
        '010501',
        '60017f00', // types: (i32) -> ()
        '03020100', // functions: the first is of type 0
        '0504010102',
        '02', // memory: from 2 up to 2 pages
        '070e02',
        '066d656d6f72790200',
        '01660000', // exports: memory 0 as "memory", function 0 as "f"
        '0a0c01',
        '0a',
        '02',
        '027f',
        '037b',
        '20002101',
        '0b', // code: its locals, its body
      ].join(''),
    );
  });

  test('nests instructions, and repeats them', () => {
    const position = 2;
    const sum = v128.xor(i8x16.splat(local.get(0)), v128.load(local.get(position), 32));
    const { memory, store } = run(
      assemble({
        memoryPages: 1,
        functions: [
          {
            name: 'store',
            parameters: 2,
            i32Locals: 1,
            v128Locals: 0,
            body: doWhile(
              [
                ...v128.store(local.get(position), sum, 64),
                ...local.set(position, i32.add(local.get(position), i32.const(16))),
              ],
              i32.ltU(local.get(position), local.get(1)),
            ),
          },
        ],
      }),
    );
    const bytes = new Uint8Array(memory.buffer);
    for (let i = 0; i < 200; i++) bytes[i] = i;
    store(0x0f, 32);
    const expected = Array.from({ length: 200 }, (_, i) => (i < 64 || i >= 96 ? i : (i - 32) ^ 0x0f));
    expect([...bytes.subarray(0, 200)]).toEqual(expected);
  });
});
