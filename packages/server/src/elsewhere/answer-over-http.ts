// Reads over HTTP that this node cannot answer, answered by another member.

import { requestTimeoutMsDefault } from '@balsa/wire';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { goneSignal } from '../http/gone-signal.ts';
import { Consistency } from '../service/consistency.ts';
import { askedByHeader, askOverHttp } from './ask-over-http.ts';
import { isForOthers, type OtherMembers } from './other-members.ts';

export interface AnsweringOptions {
  readonly nodeId: number;
  readonly others: OtherMembers;
  /** Of an SQL query that does not say. */
  readonly queryTimeoutMs: number;
}

/** Whether the request comes from a node that could not answer it. */
export function isAskedByNode({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers[askedByHeader] !== undefined;
}

/** `route`: of a read. Sends what another member answers, and returns whether there was one. */
export async function answerByOthers(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { nodeId, others, queryTimeoutMs }: AnsweringOptions,
): Promise<boolean> {
  if (!isForOthers(error) || !isRead(request) || isAskedByNode(request) || reply.sent) return false;
  const {
    consistency,
    timeoutMs,
    timeout_ms: sqlTimeoutMs,
  } = { ...fieldsOf(request.query), ...fieldsOf(request.body) };
  if (consistency === Consistency.local) return false;
  const isTyped = request.url.startsWith('/api/');
  const givenMs = Number(timeoutMs ?? sqlTimeoutMs ?? (isTyped ? requestTimeoutMsDefault : queryTimeoutMs));
  const leftMs = Math.floor(givenMs - reply.elapsedTime);
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

const readPaths =
  /^\/(?:rest\/v[12]\/(?:query|fastLastQuery)|grafana\/v[12]\/(?:query\/expression|variable)|api\/v1\/(?:range|aggregate))$/;

function isRead({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>): boolean {
  return readPaths.test(routeOptions.url ?? '');
}

function fieldsOf(fields: unknown): Record<string, unknown> {
  return typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {};
}
