// The cluster under chaos: blows dealt, counted and healed.

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '@balsa/server';
import { BenchError } from '../bench-error.ts';
import type { Arms } from './arms.ts';
import { type ClusterWatch, lastWordsOf } from './cluster-watch.ts';
import type { Fault, Victim, Way } from './plan.ts';
import type { Random } from './random.ts';

/** For a node to use up what its log has ready, and to stop: some seconds, unless the machine has much else to do. */
const fullDiskTimeoutMs = 240_000;

/** Makes logs grow. */
export interface Ballast {
  writeUntil(stop: AbortSignal): Promise<void>;
}

/** Blows dealt, by what was done: one for each node that was hit. */
export type FaultCounts = Readonly<Record<'kills' | 'pauses' | 'cuts' | 'caps' | 'delays' | 'fullDisks', number>>;

export class ChaosCluster {
  readonly #cluster: LocalCluster;
  readonly #arms: Arms;
  readonly #watch: ClusterWatch;
  readonly #counts = { kills: 0, pauses: 0, cuts: 0, caps: 0, delays: 0, fullDisks: 0 };

  constructor(cluster: LocalCluster, arms: Arms, watch: ClusterWatch) {
    this.#cluster = cluster;
    this.#arms = arms;
    this.#watch = watch;
  }

  get counts(): FaultCounts {
    return this.#counts;
  }

  /**
   * Strikes and heals: when it returns, the victims run again (and are healthy, if the fault asks for it).
   * Throws NOT_HEALTHY, NODE_ENDED.
   */
  async strike(fault: Fault, random: Random, ballast: Ballast): Promise<void> {
    const ids = await this.#choose(fault.victims, random);
    switch (fault.action) {
      case 'kill':
        await this.#kill(ids);
        await sleep(fault.downMs);
        await this.#start(ids, fault.awaitHealth ? 'ready' : 'listening');
        break;
      case 'pause':
        this.#pause(ids);
        await sleep(fault.downMs);
        for (const id of ids) this.#cluster.resume(id);
        break;
      case 'strand':
        await this.#strand(ids, fault);
        break;
      case 'cut':
        await this.#cut(
          this.#waysOf(ids, fault, random),
          fault.downMs,
          await this.#choose(fault.meanwhileKilled, random),
        );
        break;
      case 'cap':
        this.#counts.caps += ids.length;
        await this.#while(ids, fault.downMs, (id, isOn) =>
          this.#arms.network.cap(id, isOn ? fault.bytesPerSecond : undefined),
        );
        break;
      case 'delay':
        this.#counts.delays += ids.length;
        await this.#while(ids, fault.downMs, (id, isOn) => this.#arms.network.delay(id, isOn ? fault.delayMs : 0));
        break;
      case 'fill disk':
        for (const id of ids) await this.#fillDisk(id, fault.downMs, ballast);
        break;
    }
    if (fault.awaitHealth) await this.#watch.awaitHealth();
    await sleep(fault.afterMs);
  }

  /** Kills every node at the same moment and starts them again: what is there afterwards was on disk. */
  async killAll(): Promise<void> {
    const ids = this.#cluster.nodes.map((node) => node.id);
    await this.#kill(ids);
    await this.#start(ids);
    await this.#watch.awaitHealth();
  }

  async #strand(leaders: readonly number[], { downMs, afterMs }: Fault): Promise<void> {
    const others = this.#cluster.nodes.map((node) => node.id).filter((id) => !leaders.includes(id));
    this.#pause(others);
    await sleep(downMs);
    // What has reached the others' sockets dies with them, unread; so they go first.
    await this.#kill(others);
    await this.#kill(leaders);
    await this.#start(others);
    await sleep(afterMs);
    await this.#start(leaders);
  }

  #waysOf(ids: readonly number[], { way, from }: { way: Way; from: 'all' | 'one' }, random: Random): Link[] {
    return ids.flatMap((id) => {
      const others = this.#cluster.nodes.map((node) => node.id).filter((other) => other !== id);
      const cutOffFrom = from === 'all' ? others : others.splice(random.between(0, others.length - 1), 1);
      return cutOffFrom.flatMap((other) => [
        ...(way === 'in' ? [] : [{ from: id, to: other }]),
        ...(way === 'out' ? [] : [{ from: other, to: id }]),
      ]);
    });
  }

  async #cut(links: readonly Link[], downMs: number, meanwhileKilled: readonly number[]): Promise<void> {
    this.#counts.cuts++;
    for (const { from, to } of links) await this.#arms.network.cut(from, to);
    await sleep(downMs / 2);
    await this.#kill(meanwhileKilled);
    await Promise.all([this.#start(meanwhileKilled, 'listening'), sleep(downMs / 2).then(() => this.#mend(links))]);
  }

  async #mend(links: readonly Link[]): Promise<void> {
    for (const { from, to } of links) await this.#arms.network.mend(from, to);
  }

  async #while(
    ids: readonly number[],
    downMs: number,
    turn: (id: number, isOn: boolean) => Promise<void>,
  ): Promise<void> {
    for (const id of ids) await turn(id, true);
    try {
      await sleep(downMs);
    } finally {
      for (const id of ids) await turn(id, false);
    }
  }

  /** A node must notice that its disk is full, say so and end; and it must not start again before there is space. */
  async #fillDisk(id: number, downMs: number, ballast: Ballast): Promise<void> {
    const { disks } = this.#arms;
    if (disks === undefined) throw new BenchError('SYSTEM_REFUSED', 'this run has no disks that could be filled');
    const stop = new AbortController();
    this.#counts.fullDisks++;
    this.#watch.expectDown(id);
    try {
      disks.fill(id);
      const writing = ballast.writeUntil(stop.signal);
      try {
        const isOver = async () => (this.#cluster.node(id).running ? undefined : true);
        await this.#watch.until(fullDiskTimeoutMs, `node ${id} to stop on its full disk`, isOver);
      } finally {
        stop.abort();
        await writing;
      }
      this.#expectLastWords(id, 'LOG_FAILED');
      await this.#expectNoStart(id);
    } finally {
      disks.empty(id);
    }
    await sleep(downMs);
    await this.#start([id]);
  }

  async #expectNoStart(id: number): Promise<void> {
    const started = await this.#cluster.start(id, 'listening').then(
      () => true,
      () => false,
    );
    if (started) throw new BenchError('NOT_HEALTHY', `node ${id} started although its disk is full`);
    this.#expectLastWords(id, 'DATA_FOLDER_UNUSABLE');
  }

  #expectLastWords(id: number, code: string): void {
    const words = lastWordsOf(this.#cluster.node(id));
    if (words.startsWith(code)) return;
    throw new BenchError('NODE_ENDED', `node ${id} should have ended with ${code} on a full disk, but said: ${words}`);
  }

  #pause(ids: readonly number[]): void {
    this.#counts.pauses += ids.length;
    for (const id of ids) this.#cluster.pause(id);
  }

  async #kill(ids: readonly number[]): Promise<void> {
    this.#counts.kills += ids.length;
    for (const id of ids) this.#watch.expectDown(id);
    await Promise.all(ids.map((id) => this.#cluster.kill(id)));
  }

  async #start(ids: readonly number[], readiness: 'ready' | 'listening' = 'ready'): Promise<void> {
    await Promise.all(ids.map((id) => this.#cluster.start(id, readiness)));
    for (const id of ids) this.#watch.expectUp(id);
  }

  async #choose(victims: readonly Victim[], random: Random): Promise<number[]> {
    if (victims.length === 0) return [];
    const leader = await this.#watch.awaitLeader();
    const followers = this.#cluster.nodes.filter((node) => node.id !== leader && node.running).map((node) => node.id);
    return victims.flatMap((victim) => {
      if (victim === 'leader') return [leader];
      return followers.splice(random.between(0, followers.length - 1), 1);
    });
  }
}

interface Link {
  readonly from: number;
  readonly to: number;
}
