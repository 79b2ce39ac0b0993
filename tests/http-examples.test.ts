// The examples of docs/http.md, run as they stand, from the first to the last, against a real node.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { LocalCluster } from '@balsa/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readText, root } from './workspace.ts';

const run = promisify(execFile);

/** The address that the document uses. */
const DOCUMENTED = '127.0.0.1:7201';
const START_TIMEOUT_MS = 60_000;
const { PATH: pathBefore = '' } = process.env;

/** A shell block, and the JSON block that may follow it. */
const example = /^```sh\n([\s\S]*?)^```(?:\s*^```json\n([\s\S]*?)^```)?/gm;
const examples = [...readText('docs/http.md').matchAll(example)].map(([, command = '', answer]) => ({
  command,
  answer,
}));

let folder: string;
let cluster: LocalCluster;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'balsa-http-'));
  await writeFile(
    join(folder, 'curl'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'tests/curl.mjs')}' "$@"\n`,
    {
      mode: 0o755,
    },
  );
  cluster = await LocalCluster.start({ nodes: 1, folder });
}, START_TIMEOUT_MS);

afterAll(async () => {
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

it('has examples', () => {
  expect(examples.length).toBeGreaterThan(3);
});

it.each(examples)('answers $command', async ({ command, answer }) => {
  const address = cluster.nodes[0]?.http ?? '';
  const { stdout } = await run('sh', ['-c', command.replaceAll(DOCUMENTED, address)], {
    env: { ...process.env, PATH: [folder, pathBefore].join(delimiter) },
  });
  const got: unknown = JSON.parse(stdout);
  if (answer === undefined) expect(got).toMatchObject({ nodeId: 1, health: 'ready' });
  else expect(got).toEqual(JSON.parse(answer));
});
