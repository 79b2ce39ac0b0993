// A node process as an operator sees it: command line, exit code, standard error. Needs `npm run build`.

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { NodeConfig } from './config/node-config.ts';
import { temporaryFolder, testConfig, untilReady } from './testing/test-node.ts';

const entryFile = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Run {
  readonly child: ChildProcess;
  /** What was written so far. */
  readonly output: { stdout: string; stderr: string };
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

let folder: ReturnType<typeof temporaryFolder>;
let config: NodeConfig;
let configFile: string;
const runs: Run[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  config = await testConfig(folder.path);
  configFile = join(folder.path, 'node.yaml');
  const { timing, members, dataFolder } = config;
  writeFileSync(configFile, stringify({ timing, members, dataFolder }));
});

afterEach(async () => {
  for (const { child, exit } of runs.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
  folder.remove();
});

function run(words: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const child = spawn(process.execPath, [entryFile, ...words], { env: { ...process.env, ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (text: Buffer) => {
    output.stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    output.stderr += text.toString();
  });
  const exit = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  const started = { child, output, exit };
  runs.push(started);
  return started;
}

function codesIn({ stdout }: Run['output']): string[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => String((JSON.parse(line) as { code: unknown }).code));
}

describe('a node that runs', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('stops at %s in good order', async (signal) => {
    const node = run(['--config', configFile]);
    await untilReady(config);
    node.child.kill(signal);
    expect(await node.exit).toBe(0);
    expect(node.output.stderr).toBe('');
    const codes = codesIn(node.output);
    expect(codes).toContain('NODE_STARTED');
    expect(codes.slice(-2)).toEqual(['NODE_STOPPING', 'NODE_STOPPED']);
  });

  test('ends with its parent, if it is asked to', async () => {
    const node = run(['--config', configFile, '--exit-with-parent']);
    await untilReady(config);
    node.child.stdin?.end();
    expect(await node.exit).toBe(0);
  });

  test('keeps its folder from a second process', async () => {
    run(['--config', configFile]);
    await untilReady(config);
    const other = await testConfig(folder.path);
    const second = run(['--config', configFile, '--members', JSON.stringify(other.members)]);
    expect(await second.exit).toBe(1);
    expect(second.output.stderr).toMatch(/^DATA_FOLDER_LOCKED: .+\n$/);
  });
});

describe('a node that cannot start', () => {
  test('because of its configuration, all problems at once and without a stack', async () => {
    writeFileSync(configFile, 'nodeld: 1\nlogLevel: 7\n');
    const node = run(['--config', configFile, '--node-ld', '3'], { BALSA_CLUSTER_NAME: '' });
    expect(await node.exit).toBe(78);
    expect(node.output.stderr.split('\n')).toEqual([
      `CONFIG_INVALID: 4 problems in the configuration of ${configFile}`,
      '  --node-ld: unknown setting, did you mean --node-id?',
      expect.stringMatching(/^ {2}clusterName: expected a name of .+, got string "" \(BALSA_CLUSTER_NAME\)$/),
      expect.stringMatching(/^ {2}logLevel: expected one of trace, .+, got number 7/),
      `  nodeld: unknown field, did you mean nodeId? (${configFile})`,
      '',
    ]);
    expect(node.output.stdout).toBe('');
  });

  test('because its configuration is missing', async () => {
    const node = run(['--config', join(folder.path, 'missing.yaml')]);
    expect(await node.exit).toBe(78);
    expect(node.output.stderr).toMatch(/^CONFIG_UNREADABLE: .+ENOENT.+\n$/);
  });

  test('because a port is in use', async () => {
    run(['--config', configFile]);
    await untilReady(config);
    const second = run(['--config', configFile, '--data-folder', join(folder.path, 'other')]);
    expect(await second.exit).toBe(1);
    expect(second.output.stderr).toMatch(/^ADDRESS_IN_USE: .+\n$/);
  });
});
