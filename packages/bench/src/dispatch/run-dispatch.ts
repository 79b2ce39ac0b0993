// One cluster for each group width and size of entries. It stays up while the strategies take turns, round by round: the leader is
// told to go by another one from the next batch on. Between rounds everything that is under way arrives, so that no round pays for another's.

import { join } from 'node:path';
import { findFreePorts, type PeerAddress } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { sleepFor } from '../command/sleep-for.ts';
import { NodeProcess } from '../node-process/node-process.ts';
import { CappedLinks } from './links/capped-links.ts';
import { hostOf, outgoingDevice } from './links/link-plan.ts';
import type { DispatchNodeCalls, DispatchNodeSpec, NodeState, NodeWindow } from './node-protocol.ts';
import {
  type ClusterKind,
  clustersFor,
  type DispatchSettings,
  type SlowNode,
  type StrategyName,
  strategies,
  zoneOf,
} from './settings.ts';

type DispatchProcess = NodeProcess<DispatchNodeCalls>;

/** Who leads all groups; the load is in its process. */
export const leaderId = 1;
const tickMs = 10;
const pollMs = 50;
const leaderTimeoutMs = 60_000;
const equalTimeoutMs = 120_000;
/** Where there are links of their own, so are the ports. */
const cappedPort = 7000;

/** What one round saw, by node: `windows[0]` is node 1's. */
export interface MeasuredRound {
  readonly strategy: StrategyName;
  /** Nodes that are slow were slow. */
  readonly slowed: boolean;
  readonly windows: readonly NodeWindow[];
}

/** What the leader saw before it lost a node, and from then on. */
export interface MeasuredKill {
  readonly strategy: StrategyName;
  readonly killed: number;
  readonly before: NodeWindow;
  readonly after: NodeWindow;
}

export interface MeasuredShape {
  readonly nodes: number;
  readonly valueBytes: number;
  /** All strategies of the first round, then all of the second, ... */
  readonly rounds: readonly MeasuredRound[];
  /** Relays that were killed, if any were to be. */
  readonly kills: readonly MeasuredKill[];
  /** By cluster, of all its nodes, when everything had arrived. */
  readonly states: readonly (readonly NodeState[])[];
}

export interface DispatchEvents {
  /** What is going on now. */
  onStage(text: string): void;
}

/** Throws SYSTEM_REFUSED, NODE_ENDED, NOT_HEALTHY, INTERRUPTED. */
export async function runDispatch(
  settings: DispatchSettings,
  folder: string,
  events: DispatchEvents,
  signal: AbortSignal,
): Promise<MeasuredShape[]> {
  const shapes: MeasuredShape[] = [];
  for (const valueBytes of settings.valueBytes) {
    for (const nodes of settings.nodes) {
      const place = join(folder, `${nodes}-nodes-${valueBytes}-bytes`);
      shapes.push(await measureShape(settings, nodes, valueBytes, place, events, signal));
    }
  }
  return shapes;
}

async function measureShape(
  settings: DispatchSettings,
  nodes: number,
  valueBytes: number,
  folder: string,
  events: DispatchEvents,
  signal: AbortSignal,
): Promise<MeasuredShape> {
  signal.throwIfAborted();
  events.onStage(`${nodes} nodes, ${valueBytes} bytes: starting`);
  const { egressMbit, slow } = settings;
  const links = egressMbit === null ? undefined : CappedLinks.open(nodes, egressMbit, slow);
  const running: DispatchProcess[] = [];
  const killAll = (): void => {
    for (const node of running) node.kill();
  };
  signal.addEventListener('abort', killAll, { once: true });
  try {
    const fields = new Map<boolean, DispatchField>();
    const slowDown = (slowNodes: readonly SlowNode[]): void => links?.slowDown(slowNodes);
    for (const kind of clustersFor(settings.strategies)) {
      const place = join(folder, kind.hasWindow ? 'windows' : 'no-windows');
      const { cluster, restart } = await startCluster(settings, kind, nodes, place, links, running);
      signal.throwIfAborted();
      const ports: FieldPorts = { settings, nodes: cluster, restart, valueBytes, events, signal };
      fields.set(kind.hasWindow, new DispatchField(ports));
    }
    const fieldOf = (strategy: StrategyName): DispatchField => fields.get(strategies[strategy].hasWindow)!;
    const turns = await takeTurns(settings, fieldOf, slowDown);
    const states: NodeState[][] = [];
    for (const field of fields.values()) states.push(await field.awaitEqual());
    return { nodes, valueBytes, ...turns, states };
  } catch (error) {
    // That its nodes were killed is not why the run ended.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', killAll);
    await Promise.all(running.map((node) => node.stop()));
    links?.remove();
  }
}

interface StartedCluster {
  /** By id: node 1 first. */
  readonly cluster: DispatchProcess[];
  /** Starts a node again that was killed. */
  readonly restart: (id: number) => Promise<void>;
}

/** Whatever is started is added to `running`, also if others fail. */
async function startCluster(
  settings: DispatchSettings,
  kind: ClusterKind,
  nodes: number,
  folder: string,
  links: CappedLinks | undefined,
  running: DispatchProcess[],
): Promise<StartedCluster> {
  const specs = await specsOf(settings, kind, nodes, folder);
  const start = async (spec: DispatchNodeSpec): Promise<DispatchProcess> => {
    const launcher = links?.launcherOf(spec.nodeId) ?? [];
    const node = await NodeProcess.start<DispatchNodeCalls>('dispatch/node-main.js', spec, launcher);
    running.push(node);
    return node;
  };
  const starting = await Promise.allSettled(specs.map(start));
  const cluster = starting.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  const restart = async (id: number): Promise<void> => {
    cluster[id - 1] = await start(specs[id - 1]!);
  };
  return { cluster, restart };
}

/** All strategies of the first round, then all of the second, ...; then, if that is asked for, each loses a relay, as often. */
async function takeTurns(
  settings: DispatchSettings,
  fieldOf: (strategy: StrategyName) => DispatchField,
  slowDown: (slow: readonly SlowNode[]) => void,
): Promise<Pick<MeasuredShape, 'rounds' | 'kills'>> {
  const { slow, slowInTurn, killRelay, strategies: names } = settings;
  const rounds: MeasuredRound[] = [];
  const kills: MeasuredKill[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    for (const strategy of names) {
      for (const slowed of slowInTurn ? [false, true] : [slow.length > 0]) {
        if (slowInTurn) slowDown(slowed ? slow : []);
        rounds.push({ strategy, slowed, windows: await fieldOf(strategy).measure(strategy, round) });
      }
    }
  }
  for (let round = 1; killRelay && round <= settings.rounds; round++) {
    for (const strategy of names) kills.push(await fieldOf(strategy).killRelay(strategy, round));
  }
  return { rounds, kills };
}

async function specsOf(
  settings: DispatchSettings,
  { windowEntriesMax, weakBytesMax, hasWindow }: ClusterKind,
  nodes: number,
  folder: string,
): Promise<DispatchNodeSpec[]> {
  const { egressMbit, groups, electionTimeoutMs, heartbeatIntervalMs, batchBytesMax, batchesUnderWayMax, seed } =
    settings;
  const addresses: PeerAddress[] =
    egressMbit === null
      ? (await findFreePorts(nodes)).map((port) => ({ host: '127.0.0.1', port }))
      : Array.from({ length: nodes }, (_, i) => ({
          host: hostOf(i + 1),
          port: hasWindow ? cappedPort : cappedPort + 1,
        }));
  const timing = { tickMs: Math.min(tickMs, heartbeatIntervalMs), electionTimeoutMs, heartbeatIntervalMs };
  return addresses.map((_, i) => {
    return {
      nodeId: i + 1,
      folder: join(folder, `node-${i + 1}`),
      addresses,
      zones: addresses.flatMap((_, at) => zoneOf(at + 1, settings) ?? []),
      groups,
      timing,
      batchBytesMax,
      batchesUnderWayMax,
      windowEntriesMax,
      weakBytesMax,
      device: egressMbit === null ? null : outgoingDevice,
      seed,
    };
  });
}

interface FieldPorts {
  readonly settings: DispatchSettings;
  /** By id. */
  readonly nodes: readonly DispatchProcess[];
  /** Starts a node again that was killed. */
  readonly restart: (id: number) => Promise<void>;
  readonly valueBytes: number;
  readonly events: DispatchEvents;
  readonly signal: AbortSignal;
}

class DispatchField {
  readonly #ports: FieldPorts;
  readonly #settings: DispatchSettings;
  readonly #nodes: readonly DispatchProcess[];
  readonly #valueBytes: number;
  readonly #events: DispatchEvents;
  readonly #signal: AbortSignal;

  constructor(ports: FieldPorts) {
    this.#ports = ports;
    this.#settings = ports.settings;
    this.#nodes = ports.nodes;
    this.#valueBytes = ports.valueBytes;
    this.#events = ports.events;
    this.#signal = ports.signal;
  }

  /** Whoever has been elected hands over to the node with the load. */
  async #makeLeader(): Promise<void> {
    const deadlineMs = performance.now() + leaderTimeoutMs;
    for (;;) {
      const states = await this.#callAll((node) => node.call('state', null));
      if (states[leaderId - 1]!.led === this.#settings.groups) return;
      if (performance.now() > deadlineMs) {
        throw new BenchError('NOT_HEALTHY', `node ${leaderId} does not lead all groups after ${leaderTimeoutMs} ms`);
      }
      await Promise.all(
        this.#nodes.filter(({ id }) => id !== leaderId).map((node) => node.call('handOver', { to: leaderId })),
      );
      await sleepFor(pollMs, this.#signal);
    }
  }

  async measure(strategy: StrategyName, round: number): Promise<NodeWindow[]> {
    await this.#makeLeader();
    const { seconds } = this.#settings;
    const leader = this.#nodes[leaderId - 1]!;
    const what = await this.#beginLoad(strategy, round);
    await this.#callAll((node) => node.call('beginWindow', { watchedRelay: null }));
    await this.#wait(seconds, `${what}: measuring`);
    const windows = await this.#callAll((node) => node.call('endWindow', null));
    this.#events.onStage(`${what}: waiting for what is under way`);
    await leader.call('endLoad', null);
    await this.awaitEqual();
    return windows;
  }

  /** Of those through which others are fed, one; where nobody relays, the last follower. */
  async killRelay(strategy: StrategyName, round: number): Promise<MeasuredKill> {
    await this.#makeLeader();
    const { seconds } = this.#settings;
    const leader = this.#nodes[leaderId - 1]!;
    const what = await this.#beginLoad(strategy, round);
    await leader.call('beginWindow', { watchedRelay: null });
    await this.#wait(seconds, `${what}: before a relay is killed`);
    const before = await leader.call('endWindow', null);
    const killed = (await leader.call('relayInUse', null)) ?? this.#nodes.length;
    await leader.call('beginWindow', { watchedRelay: killed });
    this.#nodes[killed - 1]!.kill();
    await this.#wait(seconds, `${what}: after node ${killed} was killed`);
    const after = await leader.call('endWindow', null);
    await leader.call('endLoad', null);
    this.#events.onStage(`${what}: node ${killed} comes back`);
    await this.#ports.restart(killed);
    await this.awaitEqual();
    return { strategy, killed, before, after };
  }

  /** Returns what is going on, for people. */
  async #beginLoad(strategy: StrategyName, round: number): Promise<string> {
    const { rounds, warmupSeconds, clients, compressible } = this.#settings;
    const what = `${this.#nodes.length} nodes, ${this.#valueBytes} bytes, round ${round} of ${rounds}, ${strategy}`;
    const { dispatch, acknowledge } = strategies[strategy];
    await this.#callAll((node) => node.call('setDispatch', dispatch));
    await this.#nodes[leaderId - 1]!.call('beginLoad', {
      clients,
      valueBytes: this.#valueBytes,
      compressible,
      acknowledge,
    });
    await this.#wait(warmupSeconds, `${what}: warm-up`);
    return what;
  }

  async #wait(seconds: number, what: string): Promise<void> {
    const endMs = performance.now() + 1000 * seconds;
    for (let leftMs = 1000 * seconds; leftMs > 0; leftMs = endMs - performance.now()) {
      this.#events.onStage(`${what}, ${Math.ceil(leftMs / 1000)} s`);
      await sleepFor(Math.min(1000, leftMs), this.#signal);
    }
  }

  /** Once all have applied the same. */
  async awaitEqual(): Promise<NodeState[]> {
    const deadlineMs = performance.now() + equalTimeoutMs;
    for (;;) {
      const states = await this.#callAll((node) => node.call('state', null));
      const last = Math.max(...states.map(({ lastIndexes }) => lastIndexes));
      if (states.every(({ appliedIndexes }) => appliedIndexes === last)) return states;
      if (performance.now() > deadlineMs) {
        throw new BenchError('NOT_HEALTHY', `the replicas were not at the same index after ${equalTimeoutMs} ms`);
      }
      await sleepFor(pollMs, this.#signal);
    }
  }

  #callAll<T>(call: (node: DispatchProcess) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#nodes.map(call));
  }
}
