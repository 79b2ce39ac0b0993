// What an operator does about damaged files, as `balsa repair` has it: the state of the node gives way to a snapshot of another member. He
// hears of damage when the node has met it, takes his time, and tries until it is mended. In the calm he reads everything where he has a doubt.

import type { StorageEngine } from '@balsa/engine/storage';
import type { SeededRandom } from '@balsa/raft';
import { type Group, ReplicaError } from '@balsa/replica';
import type { Scheduler } from '../scheduler.ts';
import { shuffled } from '../shuffled.ts';
import type { NodesScenario } from './scenario.ts';
import { dataGroup, type SimulatedNode } from './simulated-node.ts';
import type { Verdict } from './verdict.ts';

export interface FileRepairPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly scenario: NodesScenario;
  readonly nodes: readonly SimulatedNode[];
  readonly verdict: Verdict;
  /** Does it belong to the data group? */
  readonly isMember: (node: SimulatedNode) => boolean;
  readonly note: (node: SimulatedNode, text: string) => void;
}

const attemptMs = 2_000;
/** The dead, and those who sleep, answer nothing. */
const patienceMs = 2 * attemptMs;
const calmPauseMs = 100;

export class FileRepair {
  readonly #ports: FileRepairPorts;
  /** Nodes that somebody sees to. */
  readonly #seenTo = new Set<SimulatedNode>();
  /** Nodes that have met damage, in whatever life. */
  readonly #hurt = new Set<SimulatedNode>();
  /** Groups that take in another member's state, which may be an earlier one. */
  readonly #replaced = new Set<Group>();
  /** Engines of which everything was read in the calm, and found sound; and how many snapshots the node had restored by then. */
  readonly #sound = new WeakMap<StorageEngine, number>();
  #isCalm = false;
  /** States that gave way to another member's. */
  repairs = 0;

  constructor(ports: FileRepairPorts) {
    this.#ports = ports;
  }

  /** The node has met damage. */
  damaged(node: SimulatedNode): void {
    this.#hurt.add(node);
    this.#seeTo(node);
  }

  /** No more files are damaged: from now on every node is seen to until it is whole. */
  calmDown(): void {
    this.#isCalm = true;
    for (const node of this.#ports.nodes) if (node.hasRot) this.#seeTo(node);
  }

  /** In the calm: does its state need nothing that has rotted? Files that a reader still holds do not count. */
  isWhole(node: SimulatedNode): boolean {
    // The files may be as they were before the state is.
    if (!node.hasRot) return !this.#hurt.has(node) || !hasMetDamage(node);
    const engine = node.running?.store.engine;
    const isSound = engine !== undefined && this.#sound.get(engine) === node.snapshotsInstalled;
    // Another state has taken the place of the one that was read.
    if (!isSound && node.isDeployed) this.#seeTo(node);
    return isSound;
  }

  isReplaced(group: Group): boolean {
    return this.#replaced.has(group);
  }

  #seeTo(node: SimulatedNode): void {
    if (this.#seenTo.has(node)) return;
    this.#seenTo.add(node);
    this.#mend(node)
      .catch((error: unknown) => this.#ports.verdict.note(error))
      .finally(() => this.#seenTo.delete(node));
  }

  async #mend(node: SimulatedNode): Promise<void> {
    const { scheduler, random, scenario } = this.#ports;
    do {
      await scheduler.pass(this.#isCalm ? calmPauseMs : random.integerBetween(1, scenario.faults.downtimeMsMax + 1));
      if (this.#isCalm) await this.#readEverything(node);
      if (hasMetDamage(node)) await this.#replaceState(node);
    } while (this.#isCalm ? node.isDeployed && !this.isWhole(node) : hasMetDamage(node));
  }

  async #readEverything(node: SimulatedNode): Promise<void> {
    const engine = node.running?.store.engine;
    if (engine === undefined || node.group(dataGroup)?.status().isRestoring !== false) return;
    const { snapshotsInstalled } = node;
    const content = await this.#within(node, () => engine.content().catch(() => undefined));
    if (content !== undefined) this.#sound.set(engine, snapshotsInstalled);
  }

  /** The node gets the snapshot of the first member that has one for it. */
  async #replaceState(node: SimulatedNode): Promise<void> {
    const { nodes, random, isMember, note } = this.#ports;
    const group = node.group(dataGroup);
    if (group === undefined) return;
    // It would be asked for snapshots that it cannot give.
    if (group.isLeader) await this.#within(node, () => group.transferLeadership(undefined, { timeoutMs: attemptMs }));
    // So that the others have something that the latest snapshot here does not have.
    const isOpen = await this.#within(node, () => group.openSession({ timeoutMs: attemptMs }));
    if (isOpen === undefined) return;
    for (const other of shuffled(random, nodes)) {
      const source = other.group(dataGroup);
      if (other === node || source === undefined || !isMember(other)) continue;
      const snapshot = await this.#within(other, async () => {
        await source.readBarrier({ timeoutMs: attemptMs });
        return source.takeSnapshot();
      });
      if (snapshot === undefined) continue;
      const isDone = await this.#within(node, async () => {
        this.#replaced.add(group);
        // Who loses patience may yet see it come.
        await group.restoreFrom(other.id, snapshot, { timeoutMs: attemptMs });
        this.#replaced.delete(group);
        return true;
      });
      if (isDone !== true) continue;
      this.repairs++;
      note(node, `has the state of node ${other.id} in place of its damaged one`);
      return;
    }
  }

  /** In the node's own process. `undefined`: it refuses, for a reason that has a code, or says nothing. */
  #within<T>(node: SimulatedNode, act: () => Promise<T>): Promise<T | undefined> {
    const { scheduler, verdict } = this.#ports;
    const { process } = node;
    const answer = new Promise<T | undefined>((resolve) => {
      process?.run(() => {
        act().then(resolve, (error: unknown) => {
          if (process.isAlive && !(error instanceof ReplicaError)) verdict.note(error);
          resolve(undefined);
        });
      });
    });
    return Promise.race([answer, scheduler.pass(patienceMs).then(() => undefined)]);
  }
}

function hasMetDamage(node: SimulatedNode): boolean {
  const damaged = node.running?.store.engine?.statistics().damagedFiles ?? [];
  return damaged.length > 0;
}
