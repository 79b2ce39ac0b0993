// A few nodes in one process, on a network in memory and disks in memory, under one seed and in virtual time. What every
// test would have to check at its end is checked here: that nothing was left open, and that the gauges are back at 0.

import type { GroupId, NodeId } from '@balsa/raft';
import { expect } from 'vitest';
import type { StatisticsSettings } from '../../statistics/settings.ts';
import { MemoryNetwork } from '../../transport/memory-network.ts';
import { type PeerVersions, peerVersionsKnown } from '../../transport/peer-versions.ts';
import type { GroupStatus } from '../group.ts';
import type { HostLimits, HostTiming } from '../host-options.ts';
import { OutcomeBoard } from './outcome-board.ts';
import { TestNode } from './test-node.ts';
import { VirtualTime } from './virtual-time.ts';

export interface TestClusterOptions {
  readonly size: number;
  /** Nodes beside these, which run and belong to no group yet. */
  readonly spares?: number;
  readonly timing?: Partial<HostTiming>;
  readonly groups?: readonly GroupId[];
  readonly seed?: number;
  readonly limits?: Partial<HostLimits>;
  readonly statistics?: Partial<StatisticsSettings>;
  /** Of node 1, node 2, ... Default: none is known. */
  readonly zones?: readonly string[];
  /** Of the release that all nodes start with. */
  readonly versions?: PeerVersions;
  /** See `GroupOptions.weakBytesMax`. */
  readonly weakBytesMax?: number;
  /** Whether journals keep their lines in files. */
  readonly keepsFiles?: boolean;
}

export class TestCluster {
  readonly time: VirtualTime = new VirtualTime();
  readonly network: MemoryNetwork = new MemoryNetwork({
    schedule: (deliver) => this.time.after(this.networkDelayMs, deliver),
  });
  /** How long every frame takes; 0: a turn. */
  networkDelayMs = 0;
  readonly groups: readonly GroupId[];
  readonly nodes: readonly TestNode[];
  readonly #size: number;

  constructor(options: TestClusterOptions) {
    const {
      size,
      spares = 0,
      groups = [1],
      seed = 1,
      limits = {},
      statistics = {},
      zones = [],
      timing = {},
      versions = peerVersionsKnown,
      weakBytesMax = 0,
      keepsFiles = false,
    } = options;
    this.groups = groups;
    this.#size = size;
    const members = Array.from({ length: size }, (_, i) => i + 1);
    const { time, network } = this;
    this.nodes = Array.from({ length: size + spares }, (_, i) => i + 1).map(
      (id) =>
        new TestNode({
          id,
          members: id <= size ? members : [],
          groups,
          seed,
          time,
          network,
          limits,
          timing,
          statistics,
          weakBytesMax,
          keepsFiles,
          zones: new Map(zones.map((zone, i) => [i + 1, zone])),
        }),
    );
    for (const node of this.nodes) node.versions = versions;
  }

  /** Of those that belong to the groups from the start, who runs. */
  founders(): TestNode[] {
    return this.running().filter(({ id }) => id <= this.#size);
  }

  running(): TestNode[] {
    return this.nodes.filter((node) => node.isRunning);
  }

  node(id: NodeId): TestNode {
    const node = this.nodes[id - 1];
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  board(): OutcomeBoard {
    return new OutcomeBoard(() => this.time.nowMs);
  }

  /** Waits until every running node (or every one of `among`) agrees who leads, and returns that node. */
  async leader(group: GroupId = 1, among: readonly TestNode[] = this.founders()): Promise<TestNode> {
    const leading = (): TestNode | undefined => among.find((node) => node.group(group).isLeader);
    const agreed = (): boolean => {
      const leader = leading();
      return leader !== undefined && among.every((node) => node.group(group).leader === leader.id);
    };
    await this.time.until(`a leader of group ${group}`, agreed);
    return leading()!;
  }

  /** A running node that does not lead. */
  async follower(group: GroupId = 1): Promise<TestNode> {
    const leader = await this.leader(group);
    return this.founders().find((node) => node !== leader)!;
  }

  /** Waits until every running node has applied everything and nothing is under way between them. */
  async quiet(group: GroupId = 1): Promise<void> {
    await this.leader(group);
    const isQuiet = (): boolean => {
      const running = this.running();
      const statuses = running.map((node) => node.group(group).status());
      const lastIndex = Math.max(...statuses.map((status) => status.lastIndex));
      const ids = running.map(({ id }) => id);
      return statuses.every((status) => status.appliedIndex === lastIndex && bytesUnderWay(status, ids) === 0);
    };
    await this.time.until(`group ${group} is quiet`, isQuiet);
  }

  /** Waits for `quiet`, compares the replicas, and returns what they all hold. */
  async agreedTexts(group: GroupId = 1): Promise<string[]> {
    await this.quiet(group);
    const [first, ...rest] = this.running().map((node) => node.group(group));
    for (const other of rest) {
      expect(other.checksum()).toEqual(first!.checksum());
      expect(other.sessionsChecksum()).toBe(first!.sessionsChecksum());
    }
    return this.running()[0]!.journal(group).texts();
  }

  /** Cuts a node off from all others. */
  isolate(id: NodeId): void {
    for (const other of this.nodes) if (other.id !== id) this.network.cut(id, other.id);
  }

  heal(): void {
    for (const a of this.nodes) for (const b of this.nodes) if (a.id < b.id) this.network.heal(a.id, b.id);
  }
}

/** Runs `test` on a running cluster. Whatever fails says with which seed. */
export async function withCluster(
  options: TestClusterOptions,
  test: (cluster: TestCluster) => Promise<void>,
): Promise<void> {
  const cluster = new TestCluster(options);
  cluster.time.start();
  try {
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await test(cluster);
    for (const node of cluster.running()) {
      expect(await node.stop(), `left open by node ${node.id}`).toEqual({ timers: 0, files: 0 });
    }
  } catch (error) {
    if (error instanceof Error) error.message = `[seed ${options.seed ?? 1}] ${error.message}`;
    throw error;
  } finally {
    await Promise.allSettled(cluster.running().map((node) => node.stop()));
    cluster.time.stop();
  }
}

/** Every gauge of what waits in a group; `ids`: the followers that can answer. */
function bytesUnderWay({ queuedBytes, uncommittedBytes, followers }: GroupStatus, ids: readonly NodeId[]): number {
  const inflight = followers.filter(({ id }) => ids.includes(id)).map(({ inflightBytes }) => inflightBytes);
  return inflight.reduce((sum, bytes) => sum + bytes, queuedBytes + uncommittedBytes);
}
