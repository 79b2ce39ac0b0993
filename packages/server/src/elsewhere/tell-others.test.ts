import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StatusCode } from '@balsa/wire';
import { afterEach, expect, it } from 'vitest';
import type { MemberConfig } from '../config/node-config.ts';
import { type TellingOptions, tellOthers } from './tell-others.ts';

const servers: Server[] = [];
const never = new AbortController().signal;

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A member that gives this answer to whatever it is told; `undefined`: none. */
async function member(id: number, answer: string | undefined, told: unknown[] = []): Promise<MemberConfig> {
  const server = createServer(async (request: IncomingMessage, reply) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    told.push({ url: request.url, authorization: request.headers.authorization, body: JSON.parse(body) });
    if (answer !== undefined) reply.end(answer);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { id, peer: '', client: '', http: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function telling(members: MemberConfig[], signal = never): TellingOptions {
  const headers = { authorization: 'Basic eDp5', cookie: 'c' };
  return { nodeId: 1, others: { inOrder: () => members }, headers, timeoutMs: 1000, signal };
}

const success = JSON.stringify({ code: StatusCode.SUCCESS, message: 'SUCCESS_STATUS' });

it('tells everybody, in the name of whoever asked', async () => {
  const told: unknown[] = [];
  await tellOthers('FLUSH ON LOCAL', telling([await member(2, success, told), await member(3, success, told)]));
  const expected = {
    url: '/rest/v2/nonQuery',
    authorization: 'Basic eDp5',
    body: { sql: 'FLUSH ON LOCAL', timeout_ms: 1000 },
  };
  expect(told).toEqual([expected, expected]);
});

it('says who has not done it, and why, and that the others have', async () => {
  const gone = await member(2, success);
  await new Promise((resolve) => servers.pop()!.close(resolve));
  const full = await member(3, JSON.stringify({ code: StatusCode.STORAGE_ENGINE_ERROR, message: 'the disk is full' }));
  const confused = await member(4, '<html>');
  const long = await member(5, ' '.repeat(100_000));
  await expect(tellOthers('FLUSH ON LOCAL', telling([gone, full, confused, long]))).rejects.toMatchObject({
    status: StatusCode.EXECUTE_STATEMENT_ERROR,
    message:
      `done on this node, and not on all: node 2 cannot be reached at ${gone.http}, or cannot do it now; ` +
      `node 3 answers ${StatusCode.STORAGE_ENGINE_ERROR}, the disk is full; node 4 at ${confused.http} has not said whether it did; ` +
      `node 5 at ${long.http} has not said whether it did. Ask again when they are up, or each node with FLUSH ON LOCAL`,
  });
});

it('ends with the reason of the signal', async () => {
  const silent = await member(2, undefined);
  const reason = new Error('late');
  const ending = new AbortController();
  const told = tellOthers('FLUSH ON LOCAL', telling([silent], ending.signal));
  setTimeout(() => ending.abort(reason), 20);
  await expect(told).rejects.toBe(reason);
});
