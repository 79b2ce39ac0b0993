import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findProgram } from './find-program.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'balsa-programs-'));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('a program is found in a folder of the PATH, if it can be executed', () => {
  const program = join(folder, 'program');
  writeFileSync(program, '');
  writeFileSync(join(folder, 'text'), '');
  chmodSync(program, 0o755);
  chmodSync(join(folder, 'text'), 0o644);
  vi.stubEnv('PATH', ['', '/does/not/exist', folder].join(delimiter));
  expect(findProgram('program')).toBe(program);
  expect(findProgram('text')).toBeUndefined();
  expect(findProgram('missing')).toBeUndefined();
  vi.stubEnv('PATH', '/does/not/exist');
  expect(findProgram('program')).toBeUndefined();
  expect(findProgram('program', ['/does/not/exist/either', folder])).toBe(program);
});
