// The programs in examples/ run as their first lines say, as processes of their own on this machine.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts } from '@balsa/replica';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { root } from './workspace.ts';

const run = promisify(execFile);
const patience = { timeout: 20_000, interval: 50 };

let folder: string;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'balsa-examples-'));
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await rm(folder, { recursive: true });
});

function built(name: string): string {
  return join(root, 'examples', 'dist', `${name}.js`);
}

async function output(name: string, ...words: string[]): Promise<string[]> {
  const { stdout, stderr } = await run(process.execPath, [built(name), ...words], { cwd: folder });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

test('replicated-counter goes on where it was', async () => {
  expect(await output('replicated-counter')).toEqual(['node 1 counts 1', 'node 2 counts 2', 'node 3 counts 3']);
  expect(await output('replicated-counter')).toEqual(['node 1 counts 4', 'node 2 counts 5', 'node 3 counts 6']);
});

test('own-transport lets threads agree on an order', async () => {
  const lines = await output('own-transport');
  expect(lines.map((line) => line.slice(0, 'thread 1'.length))).toEqual(['thread 1', 'thread 2', 'thread 3']);
  const heard = lines.map((line) => line.split(': ')[1]?.split(', '));
  expect(heard[0]?.toSorted()).toEqual(['1 was here', '2 was here', '3 was here']);
  expect(heard).toEqual([heard[0], heard[0], heard[0]]);
});

describe('key-value-http', () => {
  let ports: number[];

  beforeEach(async () => {
    ports = await findFreePorts(6);
  });

  /** Resolves once it serves. */
  async function startNode(id: number): Promise<ChildProcess> {
    const pairs = [0, 1, 2].map((i) => `${ports[i]}:${ports[i + 3]}`);
    const words = [built('key-value-http'), `${id}`, join(folder, `node-${id}`), ...pairs];
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    expect(`${line}`).toBe(`node ${id} serves http://127.0.0.1:${ports[id + 2]}\n`);
    return child;
  }

  async function ask(id: number, method: string, path: string, body?: string): Promise<string> {
    const url = `http://127.0.0.1:${ports[id + 2]}/${path}`;
    const answer = await fetch(url, {
      method,
      headers: { connection: 'close' },
      ...(body === undefined ? {} : { body }),
    });
    return `${answer.status} ${await answer.text()}`.trimEnd();
  }

  test('serves reads and writes at any node, also without one of them, and gives back what a node missed', async () => {
    const [, second, third] = await Promise.all([1, 2, 3].map(startNode));
    expect(await ask(1, 'PUT', 'a-key', 'a value')).toBe('204');
    expect(await ask(2, 'GET', 'a-key')).toBe('200 a value');
    expect(await ask(3, 'GET', 'another')).toBe('404');
    expect(await ask(3, 'PUT', 'ä%2Fb', 'Grüße')).toBe('204');
    expect(await ask(1, 'GET', 'ä%2Fb')).toBe('200 Grüße');
    expect(await ask(2, 'DELETE', 'a-key')).toBe('204');
    expect(await ask(3, 'DELETE', 'a-key')).toBe('404');
    expect(await ask(1, 'GET', 'a-key')).toBe('404');
    expect(await ask(1, 'POST', 'a-key')).toBe('405');
    expect(await ask(1, 'PUT', 'large', 'x'.repeat(1024 * 1024 + 1))).toBe('413 TOO_LARGE');

    second!.kill('SIGKILL');
    await once(second!, 'exit');
    expect(await ask(1, 'PUT', 'meanwhile', 'kept')).toBe('204');
    expect(await ask(3, 'GET', 'meanwhile')).toBe('200 kept');
    await startNode(2);
    expect(await ask(2, 'GET', 'meanwhile')).toBe('200 kept');
    await vi.waitFor(async () => expect(await ask(2, 'GET', 'meanwhile?lagMs=5000')).toBe('200 kept'), patience);

    third!.kill('SIGTERM');
    expect(await once(third!, 'exit')).toEqual([0, null]);
  });

  test('says that it cannot when most nodes are gone', async () => {
    await startNode(1);
    const answers = await Promise.all([ask(1, 'GET', 'a-key'), ask(1, 'PUT', 'a-key', 'a value')]);
    expect(answers).toEqual(['503 NO_QUORUM', '503 NO_QUORUM']);
  });
});
