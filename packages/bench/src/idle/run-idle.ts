// Two clusters, one after the other: without any group, and with all of them. What the second costs more is what the groups
// cost. Groups are started a few at a time and elect their leaders before the next ones are, for it is rest that is
// measured, not the storm before it.

import { join } from 'node:path';
import { findFreePorts } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { sleepFor } from '../command/sleep-for.ts';
import { NodeProcess } from '../node-process/node-process.ts';
import type { CpuSample, GroupRange, IdleNodeCalls, IdleNodeSpec, Leadership, MemorySample } from './node-protocol.ts';
import type { IdleSettings } from './settings.ts';

type IdleNode = NodeProcess<IdleNodeCalls>;

const groupsPerStart = 100;
const pollMs = 50;
const leadersTimeoutMs = 120_000;
const tickMs = 10;

/** One node at rest. */
export interface NodeAtRest extends MemorySample {
  readonly node: number;
  /** Of the groups that it leads. */
  readonly led: number;
  /** CPU time in the window, per cent of one core. */
  readonly cpuPercent: number;
}

export interface IdleRun {
  readonly withoutGroups: readonly NodeAtRest[];
  readonly withGroups: readonly NodeAtRest[];
}

export interface IdleEvents {
  /** What is going on now. */
  onStage(text: string): void;
}

/** Throws NODE_ENDED, NOT_HEALTHY, INTERRUPTED. */
export async function runIdle(
  settings: IdleSettings,
  folder: string,
  events: IdleEvents,
  signal: AbortSignal,
): Promise<IdleRun> {
  const withoutGroups = await measureCluster(settings, 0, join(folder, 'without'), events, signal);
  const withGroups = await measureCluster(settings, settings.groups, join(folder, 'with'), events, signal);
  return { withoutGroups, withGroups };
}

async function measureCluster(
  settings: IdleSettings,
  groups: number,
  folder: string,
  events: IdleEvents,
  signal: AbortSignal,
): Promise<NodeAtRest[]> {
  signal.throwIfAborted();
  const specs = await specsOf(settings, groups, folder);
  const starting = await Promise.allSettled(
    specs.map((spec) => NodeProcess.start<IdleNodeCalls>('idle/node-main.js', spec)),
  );
  const nodes = starting.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const killAll = (): void => {
    for (const node of nodes) node.kill();
  };
  signal.addEventListener('abort', killAll, { once: true });
  try {
    const failed = starting.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    await startGroups(nodes, groups, events, signal);
    await write(nodes, groups, settings.writes, events, signal);
    return await measureRest(nodes, groups, settings, events, signal);
  } catch (error) {
    // That its nodes were killed is not why the run ended.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', killAll);
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

async function specsOf(settings: IdleSettings, groups: number, folder: string): Promise<IdleNodeSpec[]> {
  const { nodes, electionTimeoutMs, heartbeatIntervalMs } = settings;
  const addresses = (await findFreePorts(nodes)).map((port) => ({ host: '127.0.0.1', port }));
  const timing = { tickMs: Math.min(tickMs, heartbeatIntervalMs), electionTimeoutMs, heartbeatIntervalMs };
  return addresses.map((_, i) => {
    return { nodeId: i + 1, addresses, folder: join(folder, `node-${i + 1}`), groupsMax: groups, timing };
  });
}

async function startGroups(
  nodes: readonly IdleNode[],
  groups: number,
  events: IdleEvents,
  signal: AbortSignal,
): Promise<void> {
  for (const range of ranges(groups)) {
    events.onStage(`starting groups: ${range.last} of ${groups}`);
    await Promise.all(nodes.map((node) => node.call('start', range)));
    await awaitLeaders(nodes, range, signal);
  }
}

/** Waits until every node knows the leader of every group of the range. */
async function awaitLeaders(nodes: readonly IdleNode[], range: GroupRange, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + leadersTimeoutMs;
  for (;;) {
    const views = await leaderships(nodes, range);
    const leaderless = Math.max(...views.map((view) => view.leaderless));
    if (leaderless === 0) return;
    if (performance.now() > deadlineMs) {
      throw new BenchError('NOT_HEALTHY', `${leaderless} groups had no leader after ${leadersTimeoutMs} ms`);
    }
    await sleepFor(pollMs, signal);
  }
}

async function write(
  nodes: readonly IdleNode[],
  groups: number,
  writes: number,
  events: IdleEvents,
  signal: AbortSignal,
): Promise<void> {
  for (let round = 1; round <= writes; round++) {
    events.onStage(`writing to every group: ${round} of ${writes}`);
    for (const range of ranges(groups)) {
      signal.throwIfAborted();
      await Promise.all(nodes.map((node) => node.call('write', range)));
    }
  }
}

async function measureRest(
  nodes: readonly IdleNode[],
  groups: number,
  { settleSeconds, seconds }: IdleSettings,
  events: IdleEvents,
  signal: AbortSignal,
): Promise<NodeAtRest[]> {
  const all: GroupRange = { first: 1, last: groups };
  events.onStage(`${groups} groups come to rest: ${settleSeconds} s`);
  await sleepFor(settleSeconds * 1000, signal);
  events.onStage(`measuring ${groups} groups at rest: ${seconds} s`);
  const before = await Promise.all(nodes.map((node) => node.call('cpu', null)));
  await sleepFor(seconds * 1000, signal);
  const after = await Promise.all(nodes.map((node) => node.call('cpu', null)));
  const memory = await Promise.all(nodes.map((node) => node.call('memory', null)));
  const views = await leaderships(nodes, all);
  const leaderless = Math.max(...views.map((view) => view.leaderless));
  if (leaderless > 0) throw new BenchError('NOT_HEALTHY', `${leaderless} groups have lost their leader at rest`);
  return nodes.map((node, i) => {
    return { node: node.id, led: views[i]!.led, cpuPercent: cpuPercent(before[i]!, after[i]!), ...memory[i]! };
  });
}

function leaderships(nodes: readonly IdleNode[], range: GroupRange): Promise<Leadership[]> {
  return Promise.all(nodes.map((node) => node.call('leadership', range)));
}

/** Of one core. */
export function cpuPercent(before: CpuSample, after: CpuSample): number {
  const spentMs = (after.cpuUs - before.cpuUs) / 1000;
  return (100 * spentMs) / (after.atMs - before.atMs);
}

export function ranges(groups: number): GroupRange[] {
  return Array.from({ length: Math.ceil(groups / groupsPerStart) }, (_, i) => {
    return { first: i * groupsPerStart + 1, last: Math.min(groups, (i + 1) * groupsPerStart) };
  });
}
