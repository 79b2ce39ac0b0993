import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stateMachineCases } from '@balsa/replica/conformance';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RecentValues } from './recent-values.ts';

let folder: string;
let made = 0;
const machines: RecentValues[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'balsa-recent-values-'));
});

afterAll(() => {
  for (const machine of machines) machine.close();
  rmSync(folder, { recursive: true });
});

function create(windowBytes = 1000, fileBytes = 300): RecentValues {
  const machine = new RecentValues({ folder: join(folder, `${made++}`), windowBytes, fileBytes });
  machines.push(machine);
  return machine;
}

async function contentOf(machine: RecentValues): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of machine.snapshot()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* pieces(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

describe('the state machine', () => {
  const commands = Array.from({ length: 24 }, (_, i) => new Uint8Array(1 + 17 * i).fill(i));
  for (const { name, run } of stateMachineCases({ create: () => create(), commands })) test(name, run);
});

test('it keeps the last bytes, and a snapshot of them whatever is written meanwhile', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 30 }),
      fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 900 }),
      async (before, during, pieceBytes) => {
        const machine = create();
        for (const [i, command] of before.entries()) machine.apply(i + 1, command);
        const checksum = machine.checksum();
        const snapshot = machine.snapshot();
        for (const [i, command] of during.entries()) machine.apply(before.length + i + 1, command);
        const chunks: Uint8Array[] = [];
        for await (const chunk of snapshot) chunks.push(chunk);
        const content = Buffer.concat(chunks);
        expect(content.subarray(20)).toEqual(Buffer.concat(before).subarray(-1000));
        const copy = create();
        await copy.restore(pieces(content, pieceBytes));
        expect(copy.checksum()).toBe(checksum);
        for (const [i, command] of during.entries()) copy.apply(before.length + i + 1, command);
        expect(await contentOf(copy)).toEqual(await contentOf(machine));
        expect(await copy.contentChecksum()).toBe(await machine.contentChecksum());
        expect(copy.bytes).toBe(machine.bytes);
      },
    ),
    { numRuns: 40 },
  ));

test('files that nobody needs any more are removed, and those of a snapshot are not', async () => {
  const machine = create();
  const files = (): number => readdirSync(join(folder, `${made - 1}`)).length;
  for (let i = 1; i <= 20; i++) machine.apply(i, new Uint8Array(100));
  const chunks = machine.snapshot()[Symbol.asyncIterator]();
  await chunks.next();
  for (let i = 21; i <= 100; i++) machine.apply(i, new Uint8Array(100));
  expect(files()).toBeGreaterThan(25);
  await chunks.next();
  await chunks.return?.();
  expect(files()).toBeLessThanOrEqual(5);
});

test('a snapshot that is not whole is refused', async () => {
  const machine = create();
  machine.apply(1, new Uint8Array(500));
  const content = await contentOf(machine);
  for (const length of [0, 10, 20, content.length - 1]) {
    await expect(create().restore(pieces(content.subarray(0, length), 64))).rejects.toThrow('not whole');
  }
});
