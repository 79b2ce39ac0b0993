import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { runNode } from './child-process.ts';

const folder = tmpdir();
const farOffMs = 60_000;

it('hands out what a script printed and how it ended', async () => {
  const script = "process.stdout.write('out'); process.stderr.write('err'); process.exitCode = 3;";
  expect(await runNode(['-e', script], folder, farOffMs)).toEqual({ exitCode: 3, stdout: 'out', stderr: 'err' });
});

it('ends a script that does not end', async () => {
  expect(await runNode(['-e', 'for (;;);'], folder, 200)).toMatchObject({ exitCode: undefined });
});

it('ends a script that prints without end', async () => {
  const script = "const line = 'x'.repeat(65_536); const print = () => process.stdout.write(line, print); print();";
  expect(await runNode(['-e', script], folder, farOffMs)).toMatchObject({ exitCode: undefined });
});
