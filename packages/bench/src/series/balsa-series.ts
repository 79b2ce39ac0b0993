// Balsa as a time-series database under test: real node processes, written to over REST or by the binary client, asked over REST.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BalsaClient } from '@balsa/client';
import type { Durability } from '@balsa/replica';
import { GroupIds, LocalCluster, type LocalNode } from '@balsa/server';
import { dataTypeName } from '@balsa/wire';
import { BenchError } from '../bench-error.ts';
import { isRecord } from '../load/spec.ts';
import { folderBytes } from '../measure/folder-bytes.ts';
import { answersByDurability } from '../targets/balsa-target.ts';
import { awaitQuiet } from './await-quiet.ts';
import { balsaSql, readBalsaAnswer } from './balsa-sql.ts';
import type { DataShape } from './data-shape.ts';
import { balsaDevice, balsaJson, balsaTablet, dataTypeOf, sensorName } from './formats.ts';
import { type HttpAnswer, HttpClient } from './http-client.ts';
import {
  laterAnswer,
  type Message,
  refused,
  requireSuccess,
  type SeriesTarget,
  type TargetOptions,
} from './series-target.ts';

export const balsaProtocols = ['http', 'binary'] as const;
export type BalsaProtocol = (typeof balsaProtocols)[number];

export interface BalsaSeriesOptions extends TargetOptions {
  readonly nodes: number;
  readonly protocol: BalsaProtocol;
  readonly durability: Durability;
  /** The sensors of a device share their times. */
  readonly aligned: boolean;
}

const requestTimeoutMs = 60_000;
const rowLimit = 1_000_000;
const json = 'application/json';
const success = 200;
/** What of a data folder is there for the log's sake: docs/write-ahead-log.md. */
const logNames: readonly string[] = ['log', 'hard-state'];
const protocolNames: Readonly<Record<BalsaProtocol, string>> = {
  http: 'REST, JSON',
  binary: '@balsa/client, framed protocol',
};

export function balsaName({ nodes, protocol }: Pick<BalsaSeriesOptions, 'nodes' | 'protocol'>): string {
  return `balsa${nodes === 1 ? '' : `-${nodes}`}${protocol === 'binary' ? '-binary' : ''}`;
}

/** Throws NOT_HEALTHY or what LocalCluster and BalsaClient throw. */
export async function startBalsaSeries(
  options: BalsaSeriesOptions,
  shape: DataShape,
  signal: AbortSignal,
): Promise<SeriesTarget> {
  const { nodes, folder, durability } = options;
  const isNew = !existsSync(folder);
  const cluster = await LocalCluster.start({
    nodes,
    folder,
    durability,
    dataStateMachine: 'store',
    settings: { logLevel: 'warn' },
  });
  try {
    return await BalsaSeries.open(options, shape, cluster, isNew, signal);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

class BalsaSeries implements SeriesTarget {
  readonly system: string;
  readonly description: string;
  readonly #options: BalsaSeriesOptions;
  readonly #shape: DataShape;
  readonly #cluster: LocalCluster;
  readonly #client: BalsaClient;
  /** Of the leader. */
  readonly #http: HttpClient;
  readonly #signal: AbortSignal;

  static async open(
    options: BalsaSeriesOptions,
    shape: DataShape,
    cluster: LocalCluster,
    isNew: boolean,
    signal: AbortSignal,
  ): Promise<BalsaSeries> {
    const client = await BalsaClient.connect({
      nodes: cluster.nodes.map((node) => node.client),
      connections: options.connections,
      timeoutMs: requestTimeoutMs,
      name: 'balsa bench',
    });
    try {
      const { leader, version } = await leaderOf(cluster, client);
      const http = new HttpClient(leader.http, options.connections, signal);
      const target = new BalsaSeries(options, shape, cluster, client, http, version, signal);
      if (isNew && options.aligned && options.protocol === 'binary') await target.#createAligned();
      return target;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  private constructor(
    options: BalsaSeriesOptions,
    shape: DataShape,
    cluster: LocalCluster,
    client: BalsaClient,
    http: HttpClient,
    version: string,
    signal: AbortSignal,
  ) {
    const { nodes, protocol, durability, aligned } = options;
    this.system = balsaName(options);
    this.description =
      `Balsa ${version}, ${nodes === 1 ? '1 node' : `${nodes} nodes`}, durability ${durability} (${answersByDurability[durability]}); ` +
      `${protocolNames[protocol]}${aligned ? ', aligned devices' : ''}`;
    this.#options = options;
    this.#shape = shape;
    this.#cluster = cluster;
    this.#client = client;
    this.#http = http;
    this.#signal = signal;
  }

  get processes(): SeriesTarget['processes'] {
    return this.#cluster.nodes.map(({ id, pid }) => ({ name: `node-${id}`, pid }));
  }

  encode(...[batch]: Parameters<SeriesTarget['encode']>): Message {
    if (this.#options.protocol === 'binary') {
      const tablet = balsaTablet(this.#shape, batch);
      const bytes = tablet.timestamps.byteLength * (1 + tablet.columns.length);
      return {
        bytes,
        send: async () => {
          await this.#client.insertTablet(tablet);
        },
      };
    }
    const body = Buffer.from(balsaJson(this.#shape, batch, this.#options.aligned));
    return {
      bytes: body.length,
      send: async () => this.#requireStatus('a tablet', await this.#http.post('/rest/v2/insertTablet', body, json)),
    };
  }

  async ask(...[question]: Parameters<SeriesTarget['ask']>): ReturnType<SeriesTarget['ask']> {
    const sql = balsaSql(question);
    const answer = await this.#http.post('/rest/v2/query', JSON.stringify({ sql, row_limit: rowLimit }), json);
    const body = requireSuccess(this.system, sql, answer);
    return laterAnswer(this.system, sql, body, () => readBalsaAnswer(question, body));
  }

  async settle(): ReturnType<SeriesTarget['settle']> {
    await this.#change('FLUSH');
    return await awaitQuiet(this.processes, this.#options.folder, this.#signal);
  }

  async stop(): Promise<void> {
    this.#http.close();
    await this.#client.close({ confirmTimeoutMs: 0 });
    await this.#cluster.stop();
  }

  diskUse(): ReturnType<SeriesTarget['diskUse']> {
    const folders = this.#cluster.nodes.map((node) => join(node.folder, 'data'));
    const sum = (counts: (path: string) => boolean): number =>
      folders.reduce((total, folder) => total + folderBytes(folder, counts), 0);
    const isLog = (path: string): boolean => logNames.some((name) => path === name || path.startsWith(`${name}/`));
    return { storageBytes: sum((path) => !isLog(path)), logBytes: sum(isLog) };
  }

  /** What a tablet of the binary protocol cannot say. */
  async #createAligned(): Promise<void> {
    const sensors = Array.from({ length: this.#shape.sensors }, (_, sensor) => {
      return `${sensorName(sensor)} ${dataTypeName(dataTypeOf(this.#shape, sensor))}`;
    });
    for (let device = 0; device < this.#shape.devices; device++) {
      await this.#change(`create aligned timeseries ${balsaDevice(device)}(${sensors.join(', ')})`);
    }
  }

  async #change(sql: string): Promise<void> {
    this.#requireStatus(sql, await this.#http.post('/rest/v2/nonQuery', JSON.stringify({ sql }), json));
  }

  /** The HTTP status is 200 even of a refusal. */
  #requireStatus(what: string, answer: HttpAnswer): void {
    const body = requireSuccess(this.system, what, answer);
    const parsed: unknown = JSON.parse(body);
    const { code } = isRecord(parsed) ? parsed : {};
    if (code !== success) throw refused(this.system, what, body);
  }
}

async function leaderOf(
  cluster: LocalCluster,
  client: BalsaClient,
): Promise<{ readonly leader: LocalNode; readonly version: string }> {
  for (const node of cluster.nodes) {
    const { groups, version } = await client.status({ node: node.client });
    if (groups.some(({ group, role }) => group === GroupIds.data && role === 'leader'))
      return { leader: node, version };
  }
  throw new BenchError('NOT_HEALTHY', 'Balsa has no leader: the logs of its nodes tell why');
}
