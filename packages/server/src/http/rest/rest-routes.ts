// IoTDB's REST in its versions 2 and 1, and what its Grafana plugin asks for. The two versions differ in the case of their fields.

import { Readable } from 'node:stream';
import { nameText } from '@balsa/sql';
import { type CommandResult, requestTimeoutMsDefault, StatusCode, statusName, type Tablet } from '@balsa/wire';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { type TellingOptions, tellOthers } from '../../elsewhere/tell-others.ts';
import { Consistency } from '../../service/consistency.ts';
import type { DataService } from '../../service/data-service.ts';
import { endingInTime } from '../../service/ending-in-time.ts';
import { Refusal } from '../../service/refusal.ts';
import type { StatementOptions, StatementOutcome } from '../../sql/statement-service.ts';
import { goneSignal } from '../gone-signal.ts';
import { recordsFromJson } from '../records-json.ts';
import { isAlignedIn } from '../tablet-json.ts';
import { parseTablets, tabletRequest } from '../tablet-request.ts';
import {
  fastLastRequest,
  type GrafanaQuery,
  grafanaNode,
  grafanaQuery,
  rowLimitDefault,
  type SqlRequest,
  snakeCased,
  sqlRequest,
} from './rest-bodies.ts';
import { type RestResult, restResultOf } from './rest-query.ts';
import { begun, rowFormatFor, rowFormatTypes, rowLines } from './stream-rows.ts';

export interface RestOptions extends Pick<TellingOptions, 'others'> {
  readonly queryTimeoutMs: number;
}

type Rows = Extract<StatementOutcome, { readonly kind: 'rows' }>;
type Style = (result: RestResult) => object;
type ReadRoute = Pick<RouteShorthandOptions, 'config'>;

const success = { code: StatusCode.SUCCESS, message: 'SUCCESS_STATUS' } as const;

export function addRestRoutes(
  app: FastifyInstance,
  service: DataService,
  { queryTimeoutMs, others }: RestOptions,
): void {
  const read: ReadRoute = { config: { readTimeoutMs: queryTimeoutMs } };
  const rowsOf = async (
    request: FastifyRequest,
    reply: FastifyReply,
    asked: Partial<SqlRequest> & Pick<SqlRequest, 'sql'>,
  ): Promise<Rows> => {
    const options: StatementOptions = {
      consistency: asked.consistency ?? Consistency.linearizable,
      timeoutMs: asked.timeout_ms ?? queryTimeoutMs,
      zone: asked.time_zone ?? 'Z',
      signal: goneSignal(reply),
      expects: 'rows',
    };
    const outcome = await service.execute(asked.sql, options);
    if (outcome.kind === 'rows') return outcome;
    throw new TypeError(`${request.url} was answered without rows`);
  };

  for (const [version, style] of [
    ['v2', snakeStyle],
    ['v1', camelStyle],
  ] as const) {
    app.post(`/rest/${version}/query`, read, async (request, reply) => {
      const asked = sqlRequest(request.body);
      const rows = await rowsOf(request, reply, asked);
      const format = rowFormatFor(request.headers.accept);
      if (format === undefined) return style(await restResultOf(rows, asked.row_limit));
      return reply.type(rowFormatTypes[format]).send(Readable.from(rowLines(await begun(rows.result), format)));
    });
    app.post(`/rest/${version}/nonQuery`, async (request, reply) => {
      const {
        sql,
        consistency,
        timeout_ms: timeoutMs = requestTimeoutMsDefault,
        time_zone: zone,
      } = sqlRequest(request.body);
      const signal = goneSignal(reply);
      const outcome = await service.execute(sql, { consistency, timeoutMs, zone, signal, expects: 'done' });
      if (outcome.kind === 'done' && outcome.elsewhere !== undefined) {
        await tellAll(outcome.elsewhere, request, { others, timeoutMs: timeoutMs - reply.elapsedTime, signal });
      }
      return answerOf(outcome);
    });
    app.post(`/rest/${version}/insertRecords`, async (request) => {
      const body = snakeCased(request.body);
      return insertAll(service, body);
    });
    app.post(`/rest/${version}/fastLastQuery`, read, async (request, reply) => {
      const path = pathOf(fastLastRequest(request.body));
      const rows = await rowsOf(request, reply, { sql: `select last ** from ${path}` });
      return style(await restResultOf(rows, rowLimitDefault));
    });
  }
  addGrafanaRoutes(app, read, rowsOf);
  app.register((scope, _options, done) => {
    addTabletRoutes(scope, service);
    done();
  });
}

/** In the time that the local part has left. */
function tellAll(
  statement: string,
  { headers }: FastifyRequest,
  { timeoutMs, signal, ...who }: Omit<TellingOptions, 'headers'>,
): Promise<void> {
  const leftMs = Math.max(1, Math.floor(timeoutMs));
  const late = (): Refusal => new Refusal(StatusCode.WRITE_TIMEOUT, 'done on this node; others have not said in time');
  const tell = (ending: AbortSignal): Promise<void> =>
    tellOthers(statement, { ...who, headers, timeoutMs: leftMs, signal: ending });
  return endingInTime(leftMs, signal, tell, late);
}

/** A scope of their own: other bodies are not worth scanning. */
function addTabletRoutes(scope: FastifyInstance, service: DataService): void {
  parseTablets(scope);
  for (const version of ['v2', 'v1']) {
    scope.post(`/rest/${version}/insertTablet`, async (request) => {
      const { tablet, isAligned } = tabletRequest(request.body);
      const result = await service.insertTablet(tablet, requestTimeoutMsDefault, isAligned);
      return answerOf({ kind: 'done', result });
    });
  }
}

function addGrafanaRoutes(
  app: FastifyInstance,
  read: ReadRoute,
  rowsOf: (request: FastifyRequest, reply: FastifyReply, asked: Pick<SqlRequest, 'sql'>) => Promise<Rows>,
): void {
  for (const [version, style] of [
    ['v2', snakeStyle],
    ['v1', camelStyle],
  ] as const) {
    app.get(`/grafana/${version}/login`, async () => success);
    app.post(`/grafana/${version}/query/expression`, read, async (request, reply) => {
      const rows = await rowsOf(request, reply, { sql: grafanaSql(grafanaQuery(request.body)) });
      return style(await restResultOf(rows, rowLimitDefault));
    });
    app.post(`/grafana/${version}/variable`, read, async (request, reply) => {
      const rows = await rowsOf(request, reply, sqlRequest(request.body));
      return (await restResultOf(rows, rowLimitDefault)).values[0] ?? [];
    });
    app.post(`/grafana/${version}/node`, async (request, reply) => {
      const rows = await rowsOf(request, reply, { sql: `show child nodes ${pathOf(grafanaNode(request.body))}` });
      return (await restResultOf(rows, rowLimitDefault)).values[0] ?? [];
    });
  }
}

/** As IoTDB builds it. What stands in the fields are parts of a statement, and the whole is read like any other. */
function grafanaSql({
  expression,
  prefix_path,
  start_time,
  end_time,
  condition = '',
  control = '',
}: GrafanaQuery): string {
  const more = condition.trim() === '' ? '' : ` and (${condition})`;
  const where = `timestamp >= ${start_time} and timestamp <= ${end_time}${more}`;
  return `select ${expression.join(', ')} from ${prefix_path.join(', ')} where ${where} ${control}`;
}

/** Nodes as they are, or as a client quotes them. */
function pathOf(nodes: readonly string[]): string {
  return nodes.map((node) => (node.startsWith('`') ? node : nameText(node))).join('.');
}

async function insertAll(service: DataService, body: unknown): Promise<object> {
  const isAligned = isAlignedIn(body);
  // What is written to one device is written in order: the last value of a time is the one that was sent last.
  const byDevice = new Map<string, Tablet[]>();
  for (const tablet of recordsFromJson(body)) {
    const tablets = byDevice.get(tablet.device);
    if (tablets === undefined) byDevice.set(tablet.device, [tablet]);
    else tablets.push(tablet);
  }
  const results = await Promise.all(
    Array.from(byDevice.values(), async (tablets) => {
      const answers: CommandResult[] = [];
      for (const tablet of tablets)
        answers.push(await service.insertTablet(tablet, requestTimeoutMsDefault, isAligned));
      return answers;
    }),
  );
  const result = results.flat().find(({ status }) => status !== StatusCode.SUCCESS) ?? {
    status: StatusCode.SUCCESS,
    message: '',
  };
  return answerOf({ kind: 'done', result });
}

function answerOf(outcome: StatementOutcome): object {
  if (outcome.kind !== 'done') throw new Refusal(StatusCode.EXECUTE_STATEMENT_ERROR, 'this statement asks for rows');
  const { status, message } = outcome.result;
  return status === StatusCode.SUCCESS ? success : { code: status, message: message || statusName(status) };
}

function snakeStyle({ expressions, columnNames, dataTypes, timestamps, values }: RestResult): object {
  return { expressions, column_names: columnNames, data_types: dataTypes, timestamps, values };
}

const camelStyle: Style = ({ expressions, columnNames, dataTypes, timestamps, values }) => {
  return { expressions, columnNames, dataTypes, timestamps, values };
};
