// The programs in the READMEs of packages, run as they stand, print what is written below them.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codeBlocksOf, compile } from './code-blocks.ts';

const run = promisify(execFile);

test.each(['raft', 'wire', 'codes', 'replica', 'tsfile', 'sql'])('of @balsa/%s', async (name) => {
  const blocks = codeBlocksOf(`packages/${name}/README.md`);
  const programs = blocks.flatMap(({ language, text }, at) => {
    const output = blocks[at + 1];
    return language === 'ts' && output?.language === 'text' ? [{ text, output: output.text }] : [];
  });
  expect(programs.length).toBeGreaterThan(0);
  expect(programs.length).toBe(blocks.filter(({ language }) => language === 'ts').length);
  const files = Object.fromEntries(programs.map(({ text }, i) => [`program-${i}`, text]));
  const folder = await compile(`readme-${name}`, files);
  for (const [i, { output }] of programs.entries()) {
    const { stdout } = await run(process.execPath, [join(folder, `program-${i}.js`)], { cwd: folder });
    expect(stdout).toBe(output);
  }
});
