// A cluster of real node processes on this machine: for the demo, the benchmarks, the chaos runs and the tests.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findFreePorts } from '@balsa/replica';
import { stringify } from 'yaml';
import { loadConfig } from '../config/load.ts';
import type {
  DataStateMachine,
  DurabilityConfig,
  LimitsConfig,
  LogLevel,
  MemberConfig,
  SnapshotsConfig,
  TimingConfig,
} from '../config/node-config.ts';
import { ServerError } from '../errors.ts';
import { type LocalNetwork, loopback } from './local-network.ts';
import { NodeProcess, type Readiness } from './node-process.ts';

export interface LocalClusterOptions {
  /** Number of nodes; their ids are 1 to `nodes`. Default 3. */
  readonly nodes?: number;
  /** Holds one folder for each node (`node-1`, ...) with its configuration, log and data. Kept when the cluster stops. */
  readonly folder: string;
  readonly durability?: DurabilityConfig['mode'];
  readonly dataStateMachine?: DataStateMachine;
  /** Default: all nodes on loopback. */
  readonly network?: LocalNetwork;
  /** Where a node keeps its log, term and vote. Default: `data` in its folder. */
  readonly dataFolderOf?: (id: number) => string;
  /** Overrides for the configuration of every node. */
  readonly settings?: LocalClusterSettings;
  /** For every start of a node. Default 30 s. */
  readonly startTimeoutMs?: number;
}

export interface LocalClusterSettings {
  readonly timing?: Partial<TimingConfig>;
  readonly durability?: Partial<DurabilityConfig>;
  readonly snapshots?: Partial<SnapshotsConfig>;
  readonly limits?: Partial<LimitsConfig>;
  readonly logLevel?: LogLevel;
}

/** A node as it stands now. Addresses are `host:port`. */
export interface LocalNode {
  readonly id: number;
  /** -1 if it has never run. */
  readonly pid: number;
  readonly peer: string;
  readonly client: string;
  readonly http: string;
  readonly folder: string;
  readonly running: boolean;
}

interface Place extends MemberConfig {
  readonly folder: string;
  readonly configFile: string;
  readonly launcher: readonly string[];
}

const nodesMax = 63;
const startAttemptsMax = 3;
const startTimeoutMsDefault = 30_000;
const stopGraceMs = 15_000;
const portsPerNode = 3;

export class LocalCluster {
  readonly #startTimeoutMs: number;
  readonly #places: readonly Place[];
  readonly #processes = new Map<number, NodeProcess>();
  #stopped = false;
  // A parent that ends without stop() takes its children along; should it be killed, the closing pipes tell them.
  readonly #killAll = (): void => {
    for (const child of this.#processes.values()) {
      child.signal('SIGKILL');
    }
  };

  private constructor(places: readonly Place[], startTimeoutMs: number) {
    this.#places = places;
    this.#startTimeoutMs = startTimeoutMs;
    process.once('exit', this.#killAll);
  }

  /**
   * Starts every node and waits until each knows the leaders of its groups.
   * @throws ServerError CONFIG_INVALID for settings that do not go together; CLUSTER_START_FAILED if a node does not come up.
   */
  static async start(options: LocalClusterOptions): Promise<LocalCluster> {
    const nodes = options.nodes ?? 3;
    if (!Number.isInteger(nodes) || nodes < 1 || nodes > nodesMax) {
      throw new ServerError('CONFIG_INVALID', `nodes: expected an integer from 1 to ${nodesMax}, got ${nodes}`);
    }
    for (let attempt = 1; ; attempt++) {
      const cluster = new LocalCluster(await prepare(options, nodes), options.startTimeoutMs ?? startTimeoutMsDefault);
      try {
        await Promise.all(cluster.nodes.map((node) => cluster.start(node.id)));
        return cluster;
      } catch (error) {
        const clash = [...cluster.#processes.values()].some((child) => child.errorOutput.includes('ADDRESS_IN_USE'));
        await cluster.stop();
        if (!clash || attempt === startAttemptsMax) {
          throw error;
        }
      }
    }
  }

  get nodes(): readonly LocalNode[] {
    return this.#places.map(({ id, peer, client, http, folder }) => {
      const child = this.#processes.get(id);
      return { id, pid: child?.pid ?? -1, peer, client, http, folder, running: child?.running ?? false };
    });
  }

  /** @throws ServerError CLUSTER_NODE_UNKNOWN */
  node(id: number): LocalNode {
    const node = this.nodes.find((candidate) => candidate.id === id);
    if (node === undefined) {
      throw new ServerError('CLUSTER_NODE_UNKNOWN', `there is no node ${id} in this cluster`);
    }
    return node;
  }

  /** Starts a node that does not run and waits for it. */
  async start(id: number, readiness: Readiness = 'ready'): Promise<void> {
    const place = this.#place(id);
    if (this.#stopped) {
      throw new ServerError('CLUSTER_STOPPED', `node ${id} cannot be started: the cluster has been stopped`);
    }
    if (this.#processes.get(id)?.running) {
      return;
    }
    const child = new NodeProcess(place);
    this.#processes.set(id, child);
    await child.untilReady(readiness, Date.now() + this.#startTimeoutMs);
  }

  /** Sends the signal and waits until the process has ended. */
  async kill(id: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#running(id);
    child.signal(signal);
    await child.exited();
  }

  /** Freezes the process (SIGSTOP): it keeps its connections but does nothing. */
  pause(id: number): void {
    this.#running(id).signal('SIGSTOP');
  }

  resume(id: number): void {
    this.#running(id).signal('SIGCONT');
  }

  /** Stops every node, gracefully if it can within 15 s. The folders stay. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#processes.values()].map((child) => child.stop(stopGraceMs)));
    process.removeListener('exit', this.#killAll);
  }

  #place(id: number): Place {
    const place = this.#places.find((candidate) => candidate.id === id);
    if (place === undefined) {
      throw new ServerError('CLUSTER_NODE_UNKNOWN', `there is no node ${id} in this cluster`);
    }
    return place;
  }

  #running(id: number): NodeProcess {
    this.#place(id);
    const child = this.#processes.get(id);
    if (child === undefined || !child.running) {
      throw new ServerError('CLUSTER_NODE_NOT_RUNNING', `node ${id} is not running`);
    }
    return child;
  }
}

/** Draws ports and writes each node's folder and configuration, which is checked before any process is started. */
async function prepare(options: LocalClusterOptions, nodes: number): Promise<Place[]> {
  const ports = await findFreePorts(nodes * portsPerNode);
  const network = options.network ?? loopback;
  const places = Array.from({ length: nodes }, (_, position): Place => {
    const id = position + 1;
    const folder = resolve(options.folder, `node-${id}`);
    const address = (port: number): string => `${network.hostOf(id)}:${ports[position * portsPerNode + port]}`;
    return {
      id,
      peer: address(0),
      client: address(1),
      http: address(2),
      folder,
      configFile: join(folder, 'node.yaml'),
      launcher: network.launcherOf(id),
    };
  });
  for (const place of places) {
    const members = places.map(({ id, peer, client, http }): MemberConfig => {
      return { id, peer: id === place.id ? peer : network.peerAddress(place.id, id, peer), client, http };
    });
    mkdirSync(place.folder, { recursive: true });
    writeFileSync(place.configFile, stringify(settingsOf(options, place.id, members)));
    loadConfig({ file: place.configFile });
  }
  return places;
}

function settingsOf(options: LocalClusterOptions, nodeId: number, members: readonly MemberConfig[]): object {
  const { settings, durability, dataStateMachine, dataFolderOf } = options;
  return {
    nodeId,
    clusterName: 'local',
    dataFolder: dataFolderOf?.(nodeId) ?? './data',
    members,
    ...settings,
    ...(durability === undefined ? {} : { durability: { ...settings?.durability, mode: durability } }),
    ...(dataStateMachine === undefined ? {} : { dataStateMachine }),
  };
}
