import { MessageType, type NodeId, SeededRandom } from '@balsa/raft';
import {
  type FolderIdentity,
  type PeerFrame,
  type PeerVersions,
  type Transport,
  VolatilePeerMemory,
} from '@balsa/replica';
import { describe, expect, it } from 'vitest';
import { Scheduler } from '../scheduler.ts';
import { NodeNetwork } from './node-network.ts';
import { drawNodesScenario, type NodesScenario } from './scenario.ts';
import { SimulatedProcess } from './simulated-process.ts';

const calm: NodesScenario['network'] = {
  ...drawNodesScenario(1).network,
  delayMsMin: 1,
  delayMsMax: 9,
  lossProbability: 0,
  duplicateProbability: 0,
  straggleProbability: 0,
  replayProbability: 0,
  reportsConnections: true,
};

/** Nodes 1 and 2, and what node 2 hears. */
class Pair {
  readonly scheduler = new Scheduler();
  readonly network: NodeNetwork;
  readonly heard: string[] = [];
  readonly #memories = new Map<NodeId, VolatilePeerMemory>();
  readonly transports = new Map<NodeId, Transport>();
  readonly processes = new Map<NodeId, SimulatedProcess>();

  constructor(settings: Partial<NodesScenario['network']> = {}) {
    const { scheduler } = this;
    this.network = new NodeNetwork({
      scheduler,
      random: new SeededRandom(7),
      settings: { ...calm, ...settings },
      observer: {
        sent: () => {},
        arrived: () => {},
        lost: () => {},
        refused: (node) => this.heard.push(`${node} refused`),
      },
    });
  }

  async start(
    node: NodeId,
    versions: PeerVersions = { oldest: 1, newest: 2 },
    folder: FolderIdentity = { id: node, replacesLostDisk: false },
  ): Promise<void> {
    const process = new SimulatedProcess(
      (task) => this.scheduler.after(0, task),
      () => {},
    );
    const transport = this.network.transport(node, process, versions, { folder, peers: this.#memoryOf(node) });
    this.transports.set(node, transport);
    this.processes.set(node, process);
    await transport.start({
      onFrame: (from, group, frame) => {
        const message = frame.kind === 'raft' ? frame.message : undefined;
        if (node === 2)
          this.heard.push(
            `${from} ${group} ${message?.type === MessageType.heartbeatAck ? message.round : '?'} ${message && 'appliedIndex' in message ? message.appliedIndex : ''}`,
          );
      },
      onPeerUp: (peer) => this.heard.push(`${node} up ${peer}`),
      onPeerDown: (peer) => this.heard.push(`${node} down ${peer}`),
    });
    // What it meets is remembered.
    await new Promise(setImmediate);
    this.scheduler.runUntil(this.scheduler.nowMs + 1);
  }

  #memoryOf(node: NodeId): VolatilePeerMemory {
    const memory = this.#memories.get(node) ?? new VolatilePeerMemory();
    this.#memories.set(node, memory);
    return memory;
  }

  send(round: number): boolean {
    const message = {
      type: MessageType.heartbeatAck,
      from: 1,
      to: 2,
      term: 3,
      session: 1,
      round,
      receivedIndex: 5,
      durableIndex: 5,
      durableTerm: 3,
      incident: 0,
      appliedIndex: 4,
      hibernates: false,
      stamp: undefined,
    } as const;
    const frame: PeerFrame = { kind: 'raft', message };
    return this.transports.get(1)!.send(2, 1, frame);
  }

  pass(ms = 5_000): string[] {
    this.scheduler.runUntil(this.scheduler.nowMs + ms);
    return this.heard.splice(0);
  }
}

async function pair(settings: Partial<NodesScenario['network']> = {}): Promise<Pair> {
  const both = new Pair(settings);
  await both.start(1);
  await both.start(2);
  both.pass();
  return both;
}

describe('the network between nodes', () => {
  it('delivers in order, as bytes of the version on which both agree', async () => {
    const both = await pair();
    for (let round = 1; round <= 20; round++) expect(both.send(round)).toBe(true);
    expect(both.pass()).toEqual(Array.from({ length: 20 }, (_, i) => `1 1 ${i + 1} 4`));
    both.network.leave(2);
    await both.start(2, { oldest: 1, newest: 1 });
    both.pass();
    both.send(21);
    expect(both.pass()).toEqual(['1 1 21 undefined']);
  });

  it('tells both ends of a connection that is made and broken, and loses what was on its way', async () => {
    const both = await pair();
    both.send(1);
    both.network.cut(1, 2);
    expect(both.send(2)).toBe(false);
    expect(both.pass().sort()).toEqual(['1 down 2', '2 down 1']);
    both.network.mend(1, 2);
    expect(both.pass().sort()).toEqual(['1 up 2', '2 up 1']);
    both.send(3);
    expect(both.pass()).toEqual(['1 1 3 4']);
  });

  it('delivers nothing to the next life of a process', async () => {
    const both = await pair();
    both.send(1);
    both.processes.get(2)!.die();
    both.network.leave(2);
    await both.start(2);
    expect(both.pass().filter((line) => line.startsWith('1 1'))).toEqual([]);
  });

  it('keeps frames for a process that is paused', async () => {
    const both = await pair();
    both.processes.get(2)!.pause();
    both.send(1);
    expect(both.pass()).toEqual([]);
    both.processes.get(2)!.resume();
    expect(both.pass()).toEqual(['1 1 1 4']);
  });

  it('doubles, loses, overtakes and plays back, but never makes anything up', async () => {
    const both = await pair({
      lossProbability: 0.3,
      duplicateProbability: 0.3,
      straggleProbability: 0.3,
      straggleMsMax: 100,
      replayProbability: 0.2,
      replayMsMax: 1000,
      reportsConnections: false,
    });
    const sent = Array.from({ length: 300 }, (_, i) => `1 1 ${i + 1} 4`);
    for (let round = 1; round <= 300; round++) both.send(round);
    const heard = both.pass();
    expect(heard.every((line) => sent.includes(line))).toBe(true);
    expect(new Set(heard).size).toBeLessThan(280);
    expect(heard.length).toBeGreaterThan(new Set(heard).size + 20);
    expect(heard).not.toEqual([...heard].sort((a, b) => sent.indexOf(a) - sent.indexOf(b)));
  });

  it('lets a clogged link through a few bytes at a time', async () => {
    const both = await pair({ clogBytesPerMs: 1 });
    const clear = both.network.clog(1, 2);
    for (let round = 1; round <= 5; round++) both.send(round);
    expect(both.pass(120).length).toBeLessThan(3);
    expect(both.pass().length).toBeGreaterThan(2);
    clear();
    both.send(6);
    expect(both.pass(20)).toEqual(['1 1 6 4']);
  });

  it('has no connection between nodes without a common version', async () => {
    const both = new Pair();
    await both.start(1, { oldest: 2, newest: 2 });
    await both.start(2, { oldest: 1, newest: 1 });
    expect(both.pass()).toEqual([]);
    expect(both.send(1)).toBe(false);
  });

  it('refuses a node that returns with another folder, and accepts it once it says why', async () => {
    const both = await pair();
    expect([both.network.remembers(1, 2), both.network.remembers(2, 1)]).toEqual([true, true]);
    both.network.leave(1);
    await both.start(1, undefined, { id: 7, replacesLostDisk: false });
    expect(both.pass()).toEqual(['1 refused', '2 down 1']);
    expect(both.send(1)).toBe(false);
    both.network.leave(1);
    await both.start(1, undefined, { id: 8, replacesLostDisk: true });
    expect(both.pass().sort()).toEqual(['1 up 2', '2 up 1']);
    both.send(2);
    expect(both.pass()).toEqual(['1 1 2 4']);
  });
});
