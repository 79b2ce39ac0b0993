import { StatusCode } from '@balsa/wire';
import { afterEach, expect, it } from 'vitest';
import type { MemberConfig } from '../config/node-config.ts';
import { HttpServers } from '../testing/http-servers.ts';
import { askedByHeader } from './ask-over-http.ts';
import { type TellingOptions, tellOthers } from './tell-others.ts';

const servers = new HttpServers();
const never = new AbortController().signal;

afterEach(() => servers.closeAll());

function memberAt(id: number, http: string): MemberConfig {
  return { id, peer: '', client: '', http };
}

/** A member that gives this answer to whatever it is told; `undefined`: none. */
async function member(id: number, answer: string | undefined, told: unknown[] = []): Promise<MemberConfig> {
  const http = await servers.serve(async (request, reply) => {
    const { url, headers } = request;
    let body = '';
    for await (const chunk of request) body += chunk;
    told.push({ url, authorization: headers.authorization, askedBy: headers[askedByHeader], body: JSON.parse(body) });
    if (answer !== undefined) reply.end(answer);
  });
  return memberAt(id, http);
}

function telling(members: MemberConfig[], signal = never): TellingOptions {
  const headers = { authorization: 'Basic eDp5', cookie: 'c' };
  return { others: { inOrder: () => members }, headers, timeoutMs: 1000, signal };
}

const success = JSON.stringify({ code: StatusCode.SUCCESS, message: 'SUCCESS_STATUS' });

it('tells everybody, in the name of whoever asked', async () => {
  const told: unknown[] = [];
  await tellOthers('FLUSH ON LOCAL', telling([await member(2, success, told), await member(3, success, told)]));
  const expected = {
    url: '/rest/v2/nonQuery',
    authorization: 'Basic eDp5',
    // Or it would keep its reasons to itself, for whoever asks in another's place goes to the next.
    askedBy: undefined,
    body: { sql: 'FLUSH ON LOCAL', timeout_ms: 1000 },
  };
  expect(told).toEqual([expected, expected]);
});

it('says who has not done it, and why, and that the others have', async () => {
  const gone = memberAt(2, await servers.nowhere());
  const full = await member(3, JSON.stringify({ code: StatusCode.STORAGE_ENGINE_ERROR, message: 'the disk is full' }));
  const confused = await member(4, '<html>');
  const long = await member(5, ' '.repeat(100_000));
  await expect(tellOthers('FLUSH ON LOCAL', telling([gone, full, confused, long]))).rejects.toMatchObject({
    status: StatusCode.EXECUTE_STATEMENT_ERROR,
    message:
      `done on this node, and not on all: node 2 cannot be reached at ${gone.http}; ` +
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
