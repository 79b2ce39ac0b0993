// The prompt as a terminal has it: keys in, text and cursor movements out.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NodeClient } from '../node-client/node-client.ts';
import { createStyle } from '../terminal/style.ts';
import { CollectedOutput } from '../testing/collect-output.ts';
import { type ServingNode, serveNode } from '../testing/serve-node.ts';
import { runPrompt } from './prompt.ts';

const CTRL_C = '\x03';
const CTRL_D = '\x04';
const UP = '\x1b[A';
const TAB = '\t';

let node: ServingNode;

beforeAll(async () => {
  node = await serveNode();
  const client = new NodeClient([node.url]);
  await client.execute('insert into root.plant.line1(time, temperature) values (1000, 20.5), (2000, 21)');
  client.close();
});
afterAll(() => node.stop());

interface Typing {
  readonly output: CollectedOutput;
  readonly remembered: string[];
  /** Types, and waits until what was written since has `wanted`. */
  type(keys: string, wanted: string): Promise<void>;
}

async function atPrompt(use: (typing: Typing) => Promise<void>, nodes: readonly URL[] = [node.url]): Promise<void> {
  const client = new NodeClient(nodes);
  const input = new PassThrough();
  const output = new CollectedOutput();
  const remembered: string[] = [];
  const settings = {
    format: 'table',
    zone: 'Z',
    consistency: 'linearizable',
    isTiming: false,
    isWide: false,
  } as const;
  const ended = runPrompt({
    client,
    settings: { ...settings },
    input,
    output,
    isTerminal: true,
    widthColumns: () => 80,
    style: createStyle(false),
    history: ['show devices;', 'show databases;'],
    remember: (entry) => remembered.push(entry),
  });
  const type = async (keys: string, wanted: string): Promise<void> => {
    const from = output.text.length;
    // Key by key: what comes at once is taken for pasted, where Tab is a character.
    for (const key of keys === UP ? [UP] : keys) {
      input.write(key);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await output.until(wanted, from);
  };
  try {
    await output.until('balsa> ');
    await use({ output, remembered, type });
    input.write(CTRL_D);
    await ended;
  } finally {
    input.end();
    client.close();
  }
}

describe('the prompt', () => {
  it('shows results, over several lines of a statement, and what was typed before', () =>
    atPrompt(async ({ type, remembered, output }) => {
      await type('select temperature -- degrees\r', '    -> ');
      await type('from root.plant.line1;\r', '2 rows\n');
      expect(output.text).toContain('1970-01-01T00:00:01.000Z                          20.5\n');
      expect(remembered).toEqual(['select temperature /* degrees */ from root.plant.line1;']);
      await type(UP, 'select temperature /* degrees */ from root.plant.line1;');
      await type(UP, 'show databases;');
      await type('\r', '1 row\n');
    }));

  it('completes keywords and paths', () =>
    atPrompt(async ({ type }) => {
      await type(`sel${TAB}`, 'ect');
      await type(` * from root.pl${TAB}`, 'ant.');
      await type(`${TAB}`, 'line1');
      await type(';\r', '2 rows\n');
    }));

  it('marks the place of an error, and goes on', () =>
    atPrompt(async ({ type }) => {
      await type('select s1 root.plant;\r', '  select s1 root.plant\n            ^^^^\n');
      await type('select count(temperature), temperature from root.plant.line1;\r', '701 SEMANTIC_ERROR: ');
      await type('count devices;\r', '1 row\n');
    }));

  it('draws the last result, or another', () =>
    atPrompt(async ({ type }) => {
      await type('\\plot\r', 'NOTHING_TO_PLOT');
      await type('select temperature from root.plant.line1;\r', '2 rows\n');
      await type('\\plot\r', '21.000 ┤');
      await type('\\plot select temperature * 2 from root.plant.line1\r', '42.00 ┤');
      await type('\\plot select from\r', '  select from\n         ^^^^\n');
    }));

  it('sets what is to be set', () =>
    atPrompt(async ({ type }) => {
      await type('\\zone +08:00\r', 'zone +08:00\n');
      await type('select temperature from root.plant.line1;\r', '1970-01-01T08:00:01.000+08:00');
      await type('\\timing on\r', 'timing on\n');
      await type('flush;\r', ' ms)\n');
      await type('\\format json\r', 'format json\n');
      await type('count devices;\r', '"rows":[\n[1]\n]}\n');
      await type('\\consistency local\r', 'consistency local\n');
      await type('\\format xml\r', 'COMMAND_UNKNOWN: \\format takes table, csv, json, ndjson, not "xml"\n');
      await type('\\zone Mars\r', 'ZONE_UNKNOWN');
      await type('\\help\r', '\\plot [SELECT ...]');
    }));

  it('drops what was typed at Ctrl-C', () =>
    atPrompt(async ({ type }) => {
      await type('select\r', '    -> ');
      await type(`from${CTRL_C}`, '^C\n');
      await type('count devices;\r', '1 row\n');
      await type(CTRL_C, 'leaves');
    }));

  it('ends a query at Ctrl-C, and stays', async () => {
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    let gone = (): void => {};
    const isGone = new Promise<void>((resolve) => (gone = resolve));
    const slow = createServer((request, response) => {
      if (request.url === '/ping') response.end('{}');
      else {
        response.once('close', gone);
        asked();
      }
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const { port } = slow.address() as AddressInfo;
    try {
      await atPrompt(
        async ({ type }) => {
          await type('select s from root.plant.line1;\r', 'line1;');
          await isAsked;
          await type(CTRL_C, 'cancelled\n');
          await isGone;
          await type('\\timing\r', 'timing off\n');
        },
        [new URL(`http://127.0.0.1:${port}`)],
      );
    } finally {
      slow.closeAllConnections();
      slow.close();
    }
  });

  it('says when no node answers, and stays', () =>
    atPrompt(
      async ({ type }) => {
        await type('flush;\r', 'NODES_UNAVAILABLE');
        await type('\\q\r', '\n');
      },
      [new URL('http://127.0.0.1:1')],
    ));
});
