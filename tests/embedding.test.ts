// docs/embedding.md as one program: what it declares, it declares once, and the rest is run from the first line to the last on
// three real nodes. What it says of settings is compared with what they are.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  defaultLimits,
  defaultLogSettings,
  defaultTiming,
  findFreePorts,
  type Group,
  type OpenedHost,
  type PeerAddress,
  snapshotFetchDefaults,
  snapshotRestoreDefaults,
  snapshotSendDefaults,
  transportLimitsDefault,
} from '@balsa/replica';
import { expect, test, vi } from 'vitest';
import { codeBlocksOf, compile } from './code-blocks.ts';
import { readText } from './workspace.ts';

const document = 'docs/embedding.md';
const blocks = codeBlocksOf(document).filter(({ language }) => language === 'ts');

interface Started {
  readonly node: OpenedHost;
  readonly group: Group;
}

interface Program {
  startNode(nodeId: number, dataFolder: string, addresses: ReadonlyMap<number, PeerAddress>): Promise<Started>;
  run(surroundings: {
    readonly nodes: readonly Started[];
    /** Whoever leads when it is asked. */
    readonly leader: () => Promise<Started>;
    readonly addresses: ReadonlyMap<number, PeerAddress>;
    readonly folderOf: (nodeId: number) => string;
    readonly signal: AbortSignal;
    readonly console: { log(...values: unknown[]): void; error(...values: unknown[]): void };
  }): Promise<void>;
}

const importLine = /^import .*;\n/gm;

/** Imports first; then the blocks that declare something; then all others, one behind the other, in a function. */
function programOf(): string {
  const imports = blocks.flatMap(({ text }) => text.match(importLine) ?? []);
  const bodies = blocks.map(({ text }) => text.replaceAll(importLine, ''));
  const isDeclaration = (text: string): boolean => /^(?:class|async function) /m.test(text);
  const steps = bodies.filter((text) => !isDeclaration(text));
  return [
    ...imports,
    ...bodies.filter(isDeclaration),
    'export { startNode };',
    'type Started = Awaited<ReturnType<typeof startNode>>;',
    'export async function run({ nodes, leader, addresses, folderOf, signal, console }: {',
    '  readonly nodes: readonly Started[];',
    '  readonly leader: () => Promise<Started>;',
    '  readonly addresses: ReadonlyMap<number, PeerAddress>;',
    '  readonly folderOf: (nodeId: number) => string;',
    '  readonly signal: AbortSignal;',
    "  readonly console: Pick<Console, 'log' | 'error'>;",
    '}): Promise<void> {',
    'let { node, host, group, inventory } = await leader();',
    ...steps.flatMap((text) => ['({ node, host, group, inventory } = await leader());', text]),
    '}',
  ].join('\n');
}

/** What the comments behind `console.log` say that it prints; ` | ` stands between lines. */
function expectedLines(): string[] {
  const comments = blocks.flatMap(({ text }) => [...text.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)]);
  return comments.flatMap(([, comment = '']) => comment.split(' | '));
}

test('its code does what it says', { timeout: 60_000 }, async () => {
  const built = await compile('embedding', { embedding: programOf() });
  const { startNode, run } = (await import(pathToFileURL(join(built, 'embedding.js')).href)) as Program;
  const folder = await mkdtemp(join(tmpdir(), 'balsa-embedding-'));
  const folderOf = (nodeId: number): string => join(folder, `node-${nodeId}`);
  const ports = await findFreePorts(4);
  const addresses = new Map(ports.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
  const lines: string[] = [];
  const log = (...values: unknown[]): void => void lines.push(values.map(String).join(' '));
  const nodes: Started[] = [];
  try {
    for (const id of [1, 2, 3]) nodes.push(await startNode(id, folderOf(id), addresses));
    const leader = (): Promise<Started> =>
      vi.waitFor(
        () => {
          const leading = nodes.find(({ group }) => group.isLeader);
          expect(leading).toBeDefined();
          return leading!;
        },
        { timeout: 20_000 },
      );
    const signal = AbortSignal.timeout(50_000);
    await run({ nodes, leader, addresses, folderOf, signal, console: { log, error: log } });
    expect(lines).toEqual(expectedLines());
    expect(lines.length).toBeGreaterThan(10);
  } finally {
    await Promise.all(nodes.map(({ node }) => node.close()));
    await rm(folder, { recursive: true });
  }
});

test('it says what the settings are', () => {
  const settings = {
    timing: defaultTiming,
    limits: {
      ...defaultLimits,
      snapshotFetch: snapshotFetchDefaults,
      snapshotSend: snapshotSendDefaults,
      snapshotRestore: snapshotRestoreDefaults,
    },
    transportLimits: transportLimitsDefault,
    logSettings: defaultLogSettings,
  };
  const rows = [
    ...readText(document).matchAll(/^\| `((?:timing|limits|transportLimits|logSettings)\.[\w.]+)` \| (.+?) \|/gm),
  ];
  const told = rows.map(([, name = '', value = '']) => `${name}: ${value}`);
  expect(told.toSorted()).toEqual(flat('', settings).toSorted());
});

/** A line for each number in it, however deep. */
function flat(prefix: string, settings: object): string[] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]) => {
    const path = `${prefix}${name}`;
    return typeof value === 'number' ? [`${path}: ${written(name, value)}`] : flat(`${path}.`, value as object);
  });
}

function written(name: string, value: number): string {
  const isBytes = /bytes/i.test(name) && value > 0;
  const exponent = isBytes ? Math.min(3, Math.floor(Math.log2(value) / 10)) : 0;
  if (exponent > 0) return `${value / 1024 ** exponent} ${['', 'KiB', 'MiB', 'GiB'][exponent]}`;
  return value >= 10_000 ? value.toLocaleString('en-US') : `${value}`;
}

test('it names every error code that calls end with, as docs/errors.md does', () => {
  const [, codes = ''] = readText(document).split('## Error codes');
  const named = [...codes.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, code = '']) => code);
  const explained = [...readText('docs/errors.md').matchAll(/^\| `([A-Z][A-Z_]+)` \|/gm)].map(([, code = '']) => code);
  expect(named.filter((code) => !explained.includes(code))).toEqual([]);
});
