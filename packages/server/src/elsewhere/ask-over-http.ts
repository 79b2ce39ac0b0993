// A request over HTTP as it came, to another member. What that answers is passed on as it comes, so that nothing of it is gathered here.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { mustParseAddress } from '../address.ts';

/** Of a request that another member could not answer: whoever gets it answers by itself or says that it cannot, so nodes never ask in a circle. */
export const askedByHeader = 'balsa-asked-by';
/** Of a node that is there; another may answer by then. */
export const connectTimeoutMs = 1000;
/** To such a request: ask the next. */
export const cannotAnswerHere = 421;

const passedOn = ['accept', 'authorization', 'content-type'] as const;

/** All of an answer; `undefined`: it has more than `bytesMax`. Rejects if it breaks off. */
export async function textOf(answer: IncomingMessage, bytesMax: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

export type AskedRequest = Pick<FastifyRequest, 'method' | 'url' | 'headers' | 'body'>;

/** `undefined`: it cannot answer, or cannot be reached. When the signal fires, the connection breaks, and with it the answer. */
export function askOverHttp(
  address: string,
  { method, url, headers, body }: AskedRequest,
  nodeId: number,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const { host, port } = mustParseAddress(address);
  const kept = passedOn.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
  const own = { ...Object.fromEntries(kept), [askedByHeader]: String(nodeId) };
  return new Promise((resolve) => {
    const asking = httpRequest({ host, port, method, path: url, headers: own, agent: false, signal }, (answer) => {
      if (answer.statusCode !== cannotAnswerHere) {
        resolve(answer);
        return;
      }
      answer.resume();
      resolve(undefined);
    });
    // A machine that is gone does not refuse.
    const lost = setTimeout(() => asking.destroy(), connectTimeoutMs);
    asking.on('close', () => clearTimeout(lost));
    asking.on('socket', (socket) => socket.once('connect', () => clearTimeout(lost)));
    // Behind the head of an answer, it is the answer that breaks.
    asking.on('error', () => resolve(undefined));
    asking.end(body === undefined || body === null ? undefined : JSON.stringify(body));
  });
}
