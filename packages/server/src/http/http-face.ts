// The node over HTTP: IoTDB's REST, typed reads, and the node's state.

import { requestTimeoutMsDefault, StatusCode } from '@balsa/wire';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Address } from '../address.ts';
import type { Users } from '../auth/users.ts';
import { answerByOthers, isAskedByNode } from '../elsewhere/answer-over-http.ts';
import { cannotAnswerHere } from '../elsewhere/ask-over-http.ts';
import { isForTheNext, type OtherMembers } from '../elsewhere/other-members.ts';
import type { Repair } from '../elsewhere/repair.ts';
import { addRepairRoutes } from '../elsewhere/repair-routes.ts';
import { listenError } from '../listen.ts';
import type { DataService } from '../service/data-service.ts';
import { endingInTime } from '../service/ending-in-time.ts';
import { Refusal } from '../service/refusal.ts';
import { refusalFor } from '../service/status-of-error.ts';
import { guard } from './basic-auth.ts';
import { goneSignal } from './gone-signal.ts';
import { metricsContentTypes, metricsFormatFor, metricsText } from './metrics-text.ts';
import { aggregateRequest, fieldsOfQueryString, rangeRequest, reportRequest } from './read-request.ts';
import { addRestRoutes } from './rest/rest-routes.ts';
import { aggregateToJson, rangeToJson } from './result-json.ts';

export interface HttpFaceOptions {
  readonly bodyBytesMax: number;
  readonly connectionsMax: number;
  readonly users: Users;
  /** Of an SQL query that does not say. */
  readonly queryTimeoutMs: number;
  readonly nodeId: number;
  readonly others: OtherMembers;
  /** Absent where the data group only counts. */
  readonly repair: Repair | undefined;
  /** Hears of faults of the node's own, not of bad requests. */
  readonly onFault: (error: unknown) => void;
}

interface ErrorBody {
  readonly code: number;
  readonly message: string;
}

const requestTimeoutMs = 60_000;
const restPrefixes: readonly string[] = ['/rest/', '/grafana/'];

/** Builds the face; the caller listens and closes. */
export function createHttpFace(service: DataService, options: HttpFaceOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: options.bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    logger: false,
  });
  app.server.maxConnections = options.connectionsMax;
  guard(app, options.users);
  addRoutes(app, service);
  addRestRoutes(app, service, options);
  addRepairRoutes(app, options.repair);
  app.setErrorHandler(async (error, request, reply) => {
    const isAnswered = await answerByOthers(error, request, reply, options);
    return isAnswered ? reply : answerError(error, request, reply, options.onFault);
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `there is no ${request.method} ${request.url.split('?', 1)[0]}; see docs/http.md for what there is`;
    return reply.code(404).send({ code: StatusCode.UNSUPPORTED_OPERATION, message });
  });
  return app;
}

/** @throws ServerError ADDRESS_IN_USE, ADDRESS_UNUSABLE */
export async function listenHttp(app: FastifyInstance, address: Address): Promise<void> {
  try {
    await app.listen({ host: address.host, port: address.port });
  } catch (error) {
    throw listenError(error, address, 'HTTP', 'listen.http');
  }
}

function addRoutes(app: FastifyInstance, service: DataService): void {
  app.get('/ping', async (_request, reply) => {
    const health = service.health();
    return health === 'ready' || health === 'degraded'
      ? { code: StatusCode.SUCCESS, message: 'SUCCESS_STATUS' }
      : reply.code(503).send({ code: 500, message: `the node is ${health}: GET /status tells more` });
  });
  app.get('/status', async () => service.status());
  app.get('/statistics', async () => service.nodeStatistics());
  app.get('/report', async (request) => service.report(reportRequest(fieldsOfQueryString(request.query)).group));
  app.get('/metrics', async (request, reply) => {
    const format = metricsFormatFor(request.headers.accept);
    return reply.type(metricsContentTypes[format]).send(metricsText(service.nodeStatistics(), format));
  });
  const read = { config: { readTimeoutMs: requestTimeoutMsDefault } };
  app.get('/api/v1/range', read, (request, reply) => range(service, fieldsOfQueryString(request.query), reply));
  app.post('/api/v1/range', read, (request, reply) => range(service, request.body, reply));
  app.get('/api/v1/aggregate', read, (request, reply) => aggregate(service, fieldsOfQueryString(request.query), reply));
  app.post('/api/v1/aggregate', read, (request, reply) => aggregate(service, request.body, reply));
}

async function range(service: DataService, fields: unknown, reply: FastifyReply): Promise<object> {
  const { query, options } = rangeRequest(fields);
  return endingInTime(options.timeoutMs, goneSignal(reply), async (signal) => {
    await service.readBarrier(options);
    return rangeToJson(await service.range(query, signal));
  });
}

async function aggregate(service: DataService, fields: unknown, reply: FastifyReply): Promise<object> {
  const { query, options } = aggregateRequest(fields);
  return endingInTime(options.timeoutMs, goneSignal(reply), async (signal) => {
    await service.readBarrier(options);
    return aggregateToJson(await service.aggregate(query, signal));
  });
}

/** IoTDB's REST answers 200 with the code in the body; only what HTTP itself refuses has its own HTTP status there. */
function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  onFault: (error: unknown) => void,
): FastifyReply {
  const { status, message } = refusalForHttp(error);
  if (status === StatusCode.INTERNAL_SERVER_ERROR) {
    onFault(error);
  }
  const body: ErrorBody = { code: status, message };
  if (status === StatusCode.WRITE_PROCESS_REJECT) {
    reply.header('retry-after', '1');
  }
  if (isAskedByNode(request) && isForTheNext(status)) return reply.code(cannotAnswerHere).send(body);
  const plainHttp =
    !restPrefixes.some((prefix) => request.url.startsWith(prefix)) || status === StatusCode.REQUEST_TOO_LARGE;
  return reply.code(plainHttp ? httpStatusOf(status) : 200).send(body);
}

function refusalForHttp(error: unknown): Refusal {
  // What fastify itself refuses: its errors carry the HTTP status that it would answer.
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
    const tooLarge = error.statusCode === 413;
    return new Refusal(tooLarge ? StatusCode.REQUEST_TOO_LARGE : StatusCode.ILLEGAL_PARAMETER, error.message);
  }
  return refusalFor(error);
}

function httpStatusOf(status: StatusCode): number {
  switch (status) {
    case StatusCode.ILLEGAL_PARAMETER:
    case StatusCode.ILLEGAL_PATH:
    case StatusCode.UNSUPPORTED_OPERATION:
      return 400;
    case StatusCode.PATH_NOT_EXIST:
    case StatusCode.GROUP_UNKNOWN:
      return 404;
    case StatusCode.REQUEST_TOO_LARGE:
      return 413;
    case StatusCode.WRITE_PROCESS_REJECT:
    case StatusCode.REGION_LEADER_CHANGE:
    case StatusCode.NO_AVAILABLE_REGION_GROUP:
    case StatusCode.NODE_STOPPING:
    case StatusCode.STORAGE_ENGINE_NOT_READY:
      return 503;
    case StatusCode.QUERY_TIMEOUT:
    case StatusCode.WRITE_TIMEOUT:
      return 504;
    default:
      return 500;
  }
}
