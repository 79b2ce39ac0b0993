// A request over HTTP as it came, to another member. What that answers is passed on as it comes, so that nothing of it is gathered here.

import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { mustParseAddress } from '../address.ts';

/** Of a request that another member could not answer: whoever gets it answers by itself or says that it cannot, so nodes never ask in a circle. */
export const askedByHeader = 'balsa-asked-by';
/** Of a node that is there; another may answer by then. */
export const connectTimeoutMs = 1000;
/** To such a request: ask the next. */
export const cannotAnswerHere = 421;

const passedOn = ['accept', 'authorization', 'content-type'] as const;

export type AskedRequest = Pick<FastifyRequest, 'method' | 'url' | 'headers' | 'body'>;

/** `undefined`: it cannot answer, or cannot be reached. When the signal fires, the connection breaks, and with it the answer. */
export async function askOverHttp(
  address: string,
  { method, url, headers, body }: AskedRequest,
  nodeId: number,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const kept = passedOn.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
  const own = { ...Object.fromEntries(kept), [askedByHeader]: String(nodeId) };
  const answer = await sendOverHttp(address, { method, url, headers: own, body }, signal);
  if (answer?.statusCode !== cannotAnswerHere) return answer;
  answer.resume();
  return undefined;
}

export interface SentRequest extends Pick<AskedRequest, 'method' | 'url' | 'body'> {
  readonly headers: OutgoingHttpHeaders;
}

/** The head of an answer, whatever it says; `undefined`: the member cannot be reached. The signal as in `askOverHttp`. */
export function sendOverHttp(
  address: string,
  { method, url, headers, body }: SentRequest,
  signal: AbortSignal,
): Promise<IncomingMessage | undefined> {
  const { host, port } = mustParseAddress(address);
  return new Promise((resolve) => {
    const asking = httpRequest({ host, port, method, path: url, headers, agent: false, signal }, resolve);
    // A machine that is gone does not refuse.
    const lost = setTimeout(() => asking.destroy(), connectTimeoutMs);
    asking.on('close', () => clearTimeout(lost));
    asking.on('socket', (socket) => socket.once('connect', () => clearTimeout(lost)));
    // Behind the head of an answer, it is the answer that breaks.
    asking.on('error', () => resolve(undefined));
    asking.end(body === undefined || body === null ? undefined : JSON.stringify(body));
  });
}
