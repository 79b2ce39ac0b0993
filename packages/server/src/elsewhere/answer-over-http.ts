// Reads over HTTP that this node cannot answer, answered by another member.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { goneSignal } from '../http/gone-signal.ts';
import { Consistency } from '../service/consistency.ts';
import { askedByHeader, askOverHttp } from './ask-over-http.ts';
import { isForOthers, type OtherMembers } from './other-members.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a route that reads, which another member may answer: within so many milliseconds, unless the request says how many. */
    readonly readTimeoutMs?: number;
  }
}

export interface AnsweringOptions {
  readonly nodeId: number;
  readonly others: OtherMembers;
}

/** Whether the request comes from a node that could not answer it. */
export function isAskedByNode({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers[askedByHeader] !== undefined;
}

/** Sends what another member answers, and returns whether there was one. */
export async function answerByOthers(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { nodeId, others }: AnsweringOptions,
): Promise<boolean> {
  const { readTimeoutMs } = request.routeOptions.config;
  if (readTimeoutMs === undefined || !isForOthers(error) || isAskedByNode(request) || reply.sent) return false;
  const {
    consistency,
    timeoutMs,
    timeout_ms: sqlTimeoutMs,
  } = { ...fieldsOf(request.query), ...fieldsOf(request.body) };
  if (consistency === Consistency.local) return false;
  const leftMs = Math.floor(Number(timeoutMs ?? sqlTimeoutMs ?? readTimeoutMs) - reply.elapsedTime);
  if (!(leftMs > 0)) return false;
  // When the time is over, the connection breaks, and the other member gives the query up.
  const signal = AbortSignal.any([goneSignal(reply), AbortSignal.timeout(leftMs)]);
  const answer = await others.ask(signal, ({ http }) => askOverHttp(http, request, nodeId, signal));
  if (answer === undefined) return false;
  reply
    .code(answer.statusCode ?? 500)
    .type(answer.headers['content-type'] ?? 'application/octet-stream')
    .send(answer);
  return true;
}

function fieldsOf(fields: unknown): Record<string, unknown> {
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {};
}
