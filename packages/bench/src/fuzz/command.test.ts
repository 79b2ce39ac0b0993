import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastLine, runHere, startBuilt, withFolder } from '../command/testing.ts';
import { fuzzCommand } from './command.ts';

test('some inputs on one target, with a report as the last line', async () => {
  const args = ['--target', 'engine/path', '--inputs', '200', '--seed', '1', '--json'];
  const { exitCode, stdout, stderr } = await startBuilt('fuzz-main.js', args).finished;
  expect(lastLine(stdout), stderr).toMatchObject({
    good: true,
    seed: 1,
    executions: 200,
    targets: [{ target: 'engine/path', executions: 200 }],
    failures: [],
  });
  expect(exitCode).toBe(0);
});

test('an input from a file is tried alone', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'input');
    writeFileSync(file, 'root.a.b');
    const args = ['--target', 'engine/path', '--input', file, '--json'];
    const { stdout } = await runHere(fuzzCommand(), args);
    expect(lastLine(stdout)).toMatchObject({ good: true, executions: 1, targets: [{ accepted: 1 }] });
  }));

test.each([
  [['--target', 'engine/nothing'], 'there is no target'],
  [['--target', 'engine/', '--input', 'package.json'], '--target with the name of one'],
])('%j is refused with a hint', async (args, hint) => {
  const { exitCode, stderr } = await runHere(fuzzCommand(), args);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(hint);
});
