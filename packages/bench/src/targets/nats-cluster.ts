// A NATS cluster as its makers deliver it, on loopback, with JetStream and one stream: in files, and on every node.
//
// Its durability is weaker than that of the others: a server answers when its file system has a message, and flushes in the
// background (`sync_interval`, every two minutes unless it is set; the log of its Raft groups every five, as of 2.9). If
// all nodes lose power, what was acknowledged since then may be lost. Nothing is lost when processes die.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '@balsa/replica';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { BenchError } from '../bench-error.ts';
import { natsSubjects } from '../load/nats-publisher.ts';
import { isRecord } from '../load/spec.ts';
import { findProgram } from './find-program.ts';
import { type PeerProcess, requireAlive, startPeer, stopPeers } from './peer-process.ts';

const stream = 'bench';
/** Debian puts it where only root's PATH leads. */
export const systemFolders: readonly string[] = ['/usr/local/sbin', '/usr/sbin'];
const readyTimeoutMs = 60_000;
const requestTimeoutMs = 5_000;
const pollMs = 100;
const portsPerNode = 2;

interface Place {
  readonly nodes: readonly PeerProcess[];
  readonly folder: string;
}

export class NatsCluster implements Place {
  readonly nodes: readonly PeerProcess[];
  readonly folder: string;
  readonly version: string;
  readonly #connection: NatsConnection;

  private constructor({ nodes, folder }: Place, connection: NatsConnection) {
    this.nodes = nodes;
    this.folder = folder;
    this.version = connection.info?.version ?? 'of unknown version';
    this.#connection = connection;
  }

  /** Starts `size` nodes with their data below `folder`, and makes the stream. Throws PEER_MISSING or PEER_FAILED. */
  static async start(size: number, folder: string, signal: AbortSignal): Promise<NatsCluster> {
    const program = findProgram('nats-server', systemFolders);
    if (program === undefined) {
      throw new BenchError(
        'PEER_MISSING',
        'nats-server is not on the PATH: install it (Debian: apt-get install nats-server), or leave out --peer nats',
      );
    }
    const nodes = startNodes(program, folder, await findFreePorts(portsPerNode * size));
    let connection: NatsConnection | undefined;
    try {
      connection = await awaitConnection({ nodes, folder }, signal);
      const cluster = new NatsCluster({ nodes, folder }, connection);
      await cluster.#makeStream(signal);
      return cluster;
    } catch (error) {
      await connection?.close();
      await stopPeers(nodes);
      throw error;
    }
  }

  /** Client addresses of all nodes, that of the stream's present leader first. Throws PEER_FAILED. */
  async addresses(signal: AbortSignal): Promise<string[]> {
    const leader = await until(
      this,
      () => 'the stream had no leader with all followers in step',
      signal,
      () => this.#leader(),
    );
    return [leader.client, ...this.nodes.filter((node) => node !== leader).map((node) => node.client)];
  }

  async stop(): Promise<void> {
    await this.#connection.close();
    await stopPeers(this.nodes);
  }

  async #makeStream(signal: AbortSignal): Promise<void> {
    const config = {
      name: stream,
      subjects: [`${natsSubjects}.*`],
      retention: 'limits',
      storage: 'file',
      num_replicas: this.nodes.length,
    };
    let refusal = 'no answer';
    const make = async (): Promise<true | undefined> => {
      // Until the nodes have found each other and elected a leader, this is refused.
      const answer = await this.#request(`STREAM.CREATE.${stream}`, config);
      const { config: made } = isRecord(answer) ? answer : {};
      if (isRecord(made)) return true;
      refusal = JSON.stringify(answer);
      return undefined;
    };
    await until(this, () => `the stream could not be made: ${refusal}`, signal, make);
    await this.addresses(signal);
  }

  /** The stream's leader, if it has one and every follower is in step. */
  async #leader(): Promise<PeerProcess | undefined> {
    const [alone] = this.nodes;
    if (this.nodes.length === 1) return alone;
    const answer = await this.#request(`STREAM.INFO.${stream}`, {});
    const { cluster } = isRecord(answer) ? answer : {};
    const { leader, replicas } = isRecord(cluster) ? cluster : {};
    const inStep = Array.isArray(replicas) ? replicas.filter(isInStep) : [];
    return inStep.length === this.nodes.length - 1 ? this.nodes.find((node) => node.name === leader) : undefined;
  }

  async #request(call: string, body: object): Promise<unknown> {
    try {
      const answer = await this.#connection.request(`$JS.API.${call}`, JSON.stringify(body), {
        timeout: requestTimeoutMs,
      });
      return answer.json();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** Of a replica, as the information about a stream lists it. */
function isInStep(replica: unknown): boolean {
  if (!isRecord(replica)) return false;
  const { current } = replica;
  return current === true;
}

function startNodes(program: string, folder: string, ports: readonly number[]): PeerProcess[] {
  const places = Array.from({ length: ports.length / portsPerNode }, (_, i) => {
    return { name: `n${i + 1}`, port: ports[portsPerNode * i]!, routePort: ports[portsPerNode * i + 1]! };
  });
  const routes = places.map(({ routePort }) => `nats://127.0.0.1:${routePort}`).join(',');
  return places.map(({ name, port, routePort }) => {
    const nodeFolder = join(folder, name);
    const clusterArgs = ['--cluster_name', 'bench', '--cluster', `nats://127.0.0.1:${routePort}`, '--routes', routes];
    const args = [
      ...['--name', name, '--addr', '127.0.0.1', '--port', String(port)],
      ...['--jetstream', '--store_dir', join(nodeFolder, 'data')],
      ...(places.length === 1 ? [] : clusterArgs),
    ];
    return { name, client: `127.0.0.1:${port}`, process: startPeer(program, args, nodeFolder) };
  });
}

/** Any node serves requests to JetStream. */
async function awaitConnection(place: Place, signal: AbortSignal): Promise<NatsConnection> {
  const servers = place.nodes.map((node) => node.client);
  const options = { servers, timeout: requestTimeoutMs, name: 'balsa bench observer' };
  return await until(
    place,
    () => 'no node could be reached',
    signal,
    () => connect(options).catch(() => undefined),
  );
}

/** Throws PEER_FAILED after a while, or if a node ends. */
async function until<T>(
  { nodes, folder }: Place,
  complaint: () => string,
  signal: AbortSignal,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  const deadlineMs = Date.now() + readyTimeoutMs;
  while (Date.now() < deadlineMs) {
    signal.throwIfAborted();
    requireAlive('NATS', nodes, folder);
    const result = await attempt();
    if (result !== undefined) return result;
    await sleep(pollMs);
  }
  throw new BenchError('PEER_FAILED', `NATS: ${complaint()} after ${readyTimeoutMs} ms: see log.txt below ${folder}`);
}
