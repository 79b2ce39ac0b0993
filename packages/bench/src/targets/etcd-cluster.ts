// A three-node etcd as its makers deliver it, on loopback: default timing, default durability (it flushes its log
// before it answers). Two settings differ from the defaults: the quota, which a few rounds of 64 KiB values would
// otherwise exhaust (etcd keeps every revision of a key), and the addresses.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { isRecord } from '../load/spec.ts';
import { findProgram } from './find-program.ts';
import { type PeerProcess, requireAlive, startPeer, stopPeers } from './peer-process.ts';

const quotaBytes = 64 * 1024 ** 3;
const readyTimeoutMs = 30_000;
const requestTimeoutMs = 5_000;

export class EtcdCluster {
  readonly nodes: readonly PeerProcess[];
  readonly version: string;
  readonly #folder: string;

  private constructor(nodes: readonly PeerProcess[], version: string, folder: string) {
    this.nodes = nodes;
    this.version = version;
    this.#folder = folder;
  }

  /** Starts `size` nodes with their data below `folder`. Throws PEER_MISSING or PEER_FAILED. */
  static async start(size: number, folder: string, signal: AbortSignal): Promise<EtcdCluster> {
    const program = findProgram('etcd');
    if (program === undefined) {
      throw new BenchError(
        'PEER_MISSING',
        'etcd is not on the PATH: install it (Debian: apt-get install etcd-server), or leave out --peer etcd',
      );
    }
    const ports = await findFreePorts(2 * size);
    const nodes = startNodes(program, size, folder, ports);
    try {
      const { version } = await awaitLeader(nodes, folder, signal);
      return new EtcdCluster(nodes, version, folder);
    } catch (error) {
      await stopPeers(nodes);
      throw error;
    }
  }

  /** Client addresses of all nodes, that of the present leader first. Throws PEER_FAILED. */
  async addresses(signal: AbortSignal): Promise<string[]> {
    const { leader } = await awaitLeader(this.nodes, this.#folder, signal);
    return [leader, ...this.nodes.map((node) => node.client).filter((address) => address !== leader)];
  }

  async stop(): Promise<void> {
    await stopPeers(this.nodes);
  }
}

/** Reads one node's metrics page. */
export async function etcdMetrics(node: PeerProcess): Promise<string> {
  const response = await fetch(`http://${node.client}/metrics`, { signal: AbortSignal.timeout(requestTimeoutMs) });
  return response.text();
}

function startNodes(program: string, size: number, folder: string, ports: readonly number[]): PeerProcess[] {
  const peerUrl = (i: number): string => `http://127.0.0.1:${ports[2 * i]}`;
  const members = Array.from({ length: size }, (_, i) => `n${i + 1}=${peerUrl(i)}`).join(',');
  return Array.from({ length: size }, (_, i) => {
    const name = `n${i + 1}`;
    const client = `127.0.0.1:${ports[2 * i + 1]}`;
    const nodeFolder = join(folder, name);
    const args = [
      ...['--name', name, '--data-dir', join(nodeFolder, 'data')],
      ...['--listen-peer-urls', peerUrl(i), '--initial-advertise-peer-urls', peerUrl(i)],
      ...['--listen-client-urls', `http://${client}`, '--advertise-client-urls', `http://${client}`],
      ...['--initial-cluster', members, '--initial-cluster-state', 'new'],
      ...['--quota-backend-bytes', String(quotaBytes)],
    ];
    return { name, client, process: startPeer(program, args, nodeFolder) };
  });
}

async function awaitLeader(
  nodes: readonly PeerProcess[],
  folder: string,
  signal: AbortSignal,
): Promise<{ version: string; leader: string }> {
  const deadlineMs = Date.now() + readyTimeoutMs;
  while (Date.now() < deadlineMs) {
    signal.throwIfAborted();
    requireAlive('etcd', nodes, folder);
    const statuses = await Promise.all(nodes.map(statusOf));
    const led = statuses.every((status) => status !== undefined && status.leader !== '0');
    const leader = statuses.findIndex((status) => status !== undefined && status.leader === status.member);
    if (led && leader >= 0) return { version: statuses[leader]!.version, leader: nodes[leader]!.client };
    await sleep(100);
  }
  throw new BenchError(
    'PEER_FAILED',
    `etcd had no leader after ${readyTimeoutMs} ms: see the log.txt files below ${folder}`,
  );
}

interface EtcdStatus {
  readonly version: string;
  /** Member ids; '0' is none. */
  readonly leader: string;
  readonly member: string;
}

/** What a node says of itself through etcd's JSON gateway; `undefined` while it does not answer. */
async function statusOf(node: PeerProcess): Promise<EtcdStatus | undefined> {
  try {
    const response = await fetch(`http://${node.client}/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const status: unknown = await response.json();
    if (!isRecord(status)) return undefined;
    const { header, version, leader } = status;
    if (!isRecord(header)) return undefined;
    const { member_id: member } = header;
    return { version: String(version), leader: String(leader ?? '0'), member: String(member) };
  } catch {
    return undefined;
  }
}
