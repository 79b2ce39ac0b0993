import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { HttpServers } from '../testing/http-servers.ts';
import { askedByHeader, askOverHttp, cannotAnswerHere } from './ask-over-http.ts';

const servers = new HttpServers();
const never = new AbortController().signal;
const request = {
  method: 'POST',
  url: '/rest/v2/query?a=b',
  headers: { 'content-type': 'application/json', authorization: 'Basic eDp5', cookie: 'c', host: 'elsewhere' },
  body: { sql: 'select 1' },
};

afterEach(() => servers.closeAll());

it('says what was said, in the name of whoever said it, and gives the answer as it comes', async () => {
  const asked: { url?: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const address = await servers.serve(async (incoming, answer) => {
    const { url, headers } = incoming;
    let body = '';
    for await (const chunk of incoming) body += chunk;
    asked.push({ url, headers, body });
    answer.writeHead(200).end('some rows');
  });
  const answer = await askOverHttp(address, request, 2, never);
  const chunks: Buffer[] = [];
  for await (const chunk of answer!) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toBe('some rows');
  expect(asked).toMatchObject([
    {
      url: request.url,
      headers: { authorization: 'Basic eDp5', [askedByHeader]: '2', host: address },
      body: JSON.stringify(request.body),
    },
  ]);
  expect(asked[0]!.headers).not.toHaveProperty('cookie');
});

it('has no answer from a node that cannot answer, nor from none, nor when the time is over', async () => {
  const unable = await servers.serve((_, answer) => answer.writeHead(cannotAnswerHere).end('{}'));
  expect(await askOverHttp(unable, request, 2, never)).toBeUndefined();
  const slow = await servers.serve(() => undefined);
  expect(await askOverHttp(slow, request, 2, AbortSignal.timeout(20))).toBeUndefined();
  const gone = await servers.nowhere();
  expect(await askOverHttp(gone, request, 2, never)).toBeUndefined();
});
