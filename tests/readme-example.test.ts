// The program in README.md, run as it stands against a real cluster, prints what README.md says.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalCluster } from '@balsa/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readText, root } from './workspace.ts';

const run = promisify(execFile);

const DOCUMENTED = '127.0.0.1:7101';
const START_TIMEOUT_MS = 60_000;

let folder: string;
let cluster: LocalCluster;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'balsa-readme-'));
  cluster = await LocalCluster.start({ nodes: 3, folder });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

it('prints what is documented', async () => {
  const [, program = '', output = ''] =
    /^```js\n([\s\S]*?)^```\s*^```text\n([\s\S]*?)^```/m.exec(readText('README.md')) ?? [];
  expect(program).toContain(DOCUMENTED);
  // Read from standard input, a program finds its packages from the working folder.
  const child = run(process.execPath, ['--input-type=module'], { cwd: root });
  child.child.stdin?.end(program.replace(DOCUMENTED, cluster.nodes[0]?.client ?? ''));
  expect((await child).stdout).toBe(output);
});
