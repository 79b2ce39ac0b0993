// A question of this node's own to another member, over HTTP, in the name of whoever asked this node.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { sendOverHttp } from './ask-over-http.ts';

export interface AskJsonOptions {
  /** Of the request that this node was sent. */
  readonly headers: Pick<IncomingHttpHeaders, 'authorization'>;
  /** When it fires, the connection breaks, and with it the answer. */
  readonly signal: AbortSignal;
}

export interface JsonAnswer {
  /** Of HTTP. */
  readonly status: number;
  /** `undefined`: it was cut off, is no JSON, or longer than any that is asked for. */
  readonly body: unknown;
}

const answerBytesMax = 64 * 1024;

/** `undefined`: the member cannot be reached. */
export async function askJson(
  address: string,
  url: string,
  body: object,
  { headers: { authorization }, signal }: AskJsonOptions,
): Promise<JsonAnswer | undefined> {
  const headers = { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  const answer = await sendOverHttp(address, { method: 'POST', url, headers, body }, signal);
  return answer && { status: answer.statusCode ?? 0, body: await jsonOf(answer) };
}

async function jsonOf(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > answerBytesMax) return undefined;
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
