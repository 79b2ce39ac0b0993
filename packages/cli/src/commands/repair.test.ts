import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NodeClient } from '../node-client/node-client.ts';
import { describeRepair } from './repair.ts';

const node = new URL('http://10.0.0.2:7201');

/** What comes of a node that answers a repair with this. */
async function outcomeOf(status: number, body: object | string): Promise<unknown> {
  const server = createServer((request, response) => {
    if (request.url === '/ping') response.end('{"code":200}');
    else response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new NodeClient([new URL(`http://127.0.0.1:${port}`)]);
  try {
    return await client.repair();
  } catch (error) {
    return error;
  } finally {
    client.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('a repair', () => {
  it('tells what was done', async () => {
    const outcome = { damagedFilesBefore: 2, damagedFiles: 0, restoredFrom: 3 };
    expect(await outcomeOf(200, outcome)).toEqual(outcome);
  });

  it('passes on what a node refuses, and does not take anything else for an answer', async () => {
    expect(await outcomeOf(500, { code: 601, message: 'no other member could give a snapshot' })).toMatchObject({
      status: 601,
      message: expect.stringContaining('no other member'),
    });
    expect(await outcomeOf(404, '<html>')).toMatchObject({ code: 'ANSWER_UNREADABLE' });
  });

  it.each([
    [{ damagedFilesBefore: 0, damagedFiles: 0 }, '10.0.0.2:7201 has no damaged files'],
    [
      { damagedFilesBefore: 1, damagedFiles: 0, restoredFrom: 3 },
      '10.0.0.2:7201 had 1 damaged file, and has been restored from node 3: none is left',
    ],
    [
      { damagedFilesBefore: 4, damagedFiles: 2, restoredFrom: 1 },
      '10.0.0.2:7201 had 4 damaged files, and has been restored from node 1: 2 are left',
    ],
  ])('%j is said in words', (outcome, words) => {
    expect(describeRepair(node, outcome)).toBe(words);
  });
});
