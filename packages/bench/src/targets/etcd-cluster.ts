// A three-node etcd as its makers deliver it, on loopback: default timing, default durability (it flushes its log
// before it answers). Two settings differ from the defaults: the quota, which a few rounds of 64 KiB values would
// otherwise exhaust (etcd keeps every revision of a key), and the addresses.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { isRecord } from '../load/spec.ts';
import { findProgram } from './find-program.ts';

const quotaBytes = 64 * 1024 ** 3;
const readyTimeoutMs = 30_000;
const requestTimeoutMs = 5_000;
const exitTimeoutMs = 5_000;

export interface EtcdNode {
  readonly name: string;
  /** host:port for clients. */
  readonly client: string;
  readonly process: ChildProcess;
}

export class EtcdCluster {
  readonly nodes: readonly EtcdNode[];
  readonly version: string;
  readonly #folder: string;

  private constructor(nodes: readonly EtcdNode[], version: string, folder: string) {
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
      await stopNodes(nodes);
      throw error;
    }
  }

  /** Client addresses of all nodes, that of the present leader first. Throws PEER_FAILED. */
  async addresses(signal: AbortSignal): Promise<string[]> {
    const { leader } = await awaitLeader(this.nodes, this.#folder, signal);
    return [leader, ...this.nodes.map((node) => node.client).filter((address) => address !== leader)];
  }

  async stop(): Promise<void> {
    await stopNodes(this.nodes);
  }
}

/** Reads one node's metrics page. */
export async function etcdMetrics(node: EtcdNode): Promise<string> {
  const response = await fetch(`http://${node.client}/metrics`, { signal: AbortSignal.timeout(requestTimeoutMs) });
  return response.text();
}

function startNodes(program: string, size: number, folder: string, ports: readonly number[]): EtcdNode[] {
  const peerUrl = (i: number): string => `http://127.0.0.1:${ports[2 * i]}`;
  const members = Array.from({ length: size }, (_, i) => `n${i + 1}=${peerUrl(i)}`).join(',');
  return Array.from({ length: size }, (_, i) => {
    const name = `n${i + 1}`;
    const client = `127.0.0.1:${ports[2 * i + 1]}`;
    const nodeFolder = join(folder, name);
    mkdirSync(nodeFolder, { recursive: true });
    const log = openSync(join(nodeFolder, 'log.txt'), 'a');
    const child = spawn(
      program,
      [
        ...['--name', name, '--data-dir', join(nodeFolder, 'data')],
        ...['--listen-peer-urls', peerUrl(i), '--initial-advertise-peer-urls', peerUrl(i)],
        ...['--listen-client-urls', `http://${client}`, '--advertise-client-urls', `http://${client}`],
        ...['--initial-cluster', members, '--initial-cluster-state', 'new'],
        ...['--quota-backend-bytes', String(quotaBytes)],
      ],
      { stdio: ['ignore', log, log] },
    );
    closeSync(log);
    // A failed start shows as an exit; without a listener the error would end this process.
    child.on('error', () => undefined);
    return { name, client, process: child };
  });
}

async function awaitLeader(
  nodes: readonly EtcdNode[],
  folder: string,
  signal: AbortSignal,
): Promise<{ version: string; leader: string }> {
  const deadlineMs = Date.now() + readyTimeoutMs;
  while (Date.now() < deadlineMs) {
    signal.throwIfAborted();
    const dead = nodes.find((node) => hasExited(node.process));
    if (dead !== undefined)
      throw new BenchError('PEER_FAILED', `etcd node ${dead.name} ended: see log.txt below ${folder}`);
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
async function statusOf(node: EtcdNode): Promise<EtcdStatus | undefined> {
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

async function stopNodes(nodes: readonly EtcdNode[]): Promise<void> {
  await Promise.all(
    nodes.map(async ({ process: child }) => {
      if (child.pid === undefined || hasExited(child)) return;
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), exitTimeoutMs);
      await exited;
      clearTimeout(impatience);
    }),
  );
}

function hasExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
