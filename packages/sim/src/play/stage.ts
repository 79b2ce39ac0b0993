// A group in which nothing moves by itself: the members and disks of the simulation under its oracles, but every member has a
// clock of its own, and a wire holds what is sent until somebody says what becomes of it. Disks are done at once.

import {
  type Configuration,
  configurationOf,
  type Message,
  type NodeId,
  type ReconfigureResult,
  SeededRandom,
  type TransferResult,
} from '@balsa/raft';
import { ConfigurationOracle } from '../configuration-oracle.ts';
import { ClientHistory } from '../core/client-history.ts';
import { drawScenario, type Scenario } from '../core/scenario.ts';
import { SimulatedMember } from '../core/simulated-member.ts';
import { Oracles } from '../oracles.ts';
import { noLies } from '../relay-lies.ts';
import { Scheduler } from '../scheduler.ts';
import { electionTicks, tickMs } from '../timing.ts';
import { Trace, type TraceRecord } from '../trace.ts';
import { WeakOracle } from '../weak-oracle.ts';
import type { Selection } from './script.ts';

/** Longer than any play. */
const eventsMax = 100_000;
/** More than any exchange takes. */
const roundsMax = 1000;

const noFaults = { crashMoment: () => undefined, crash: () => {}, leaderElected: () => {}, fellAsleep: () => {} };

export type Match = (message: Message) => boolean;
/** Of several that match, only one. */
export type Which = Selection['which'];

export interface StageOptions {
  /** Nodes that are up, and belong to nothing yet. */
  readonly newcomers: number;
  /** Every batch travels in a message of its own. */
  readonly batchesApart: boolean;
}

export class Stage {
  readonly members: readonly SimulatedMember[];
  readonly #clocks: readonly Scheduler[];
  readonly #trace: Trace;
  readonly #oracles: Oracles;
  readonly #cutOff = new Set<NodeId>();
  #wire: Message[] = [];
  #incidents = 0;
  #nextSerial = 1;

  constructor(count: number, { newcomers, batchesApart }: StageOptions) {
    const scenario = quietScenario(count, batchesApart);
    const random = new SeededRandom(scenario.seed);
    const ids = Array.from({ length: count + newcomers }, (_, i) => i + 1);
    // Time is told by no clock here: only the order counts.
    this.#trace = new Trace({ nowMs: 0 }, ids.length, { eventsMax });
    this.#oracles = new Oracles();
    const weakOracle = new WeakOracle();
    const founding = configurationOf(ids.slice(0, count));
    const configurations = new ConfigurationOracle(founding);
    this.#clocks = ids.map(() => new Scheduler());
    this.members = ids.map((id) => {
      return new SimulatedMember(id, id <= count ? founding : undefined, {
        scheduler: this.#clocks[id - 1]!,
        random,
        scenario,
        oracles: this.#oracles,
        weakOracle,
        configurations,
        trace: this.#trace,
        send: (message) => this.#wire.push(message),
        everyone: () => this.members,
        randomOfLies: random,
        nodes: ids,
        download: (from, to) => this.member(from).endOffer(to),
        faults: () => noFaults,
        elected: () => {},
        committed: () => {},
        removed: () => {},
        // A play asks for what it wants to see; nobody judges its history.
        history: new ClientHistory(),
      });
    });
    for (const member of this.members) member.start();
  }

  get record(): TraceRecord {
    return this.#trace.record;
  }

  get wire(): readonly Message[] {
    return this.#wire;
  }

  member(id: NodeId): SimulatedMember {
    return this.members[id - 1]!;
  }

  tick(id: NodeId, times: number): void {
    const clock = this.#clocks[id - 1]!;
    for (let i = 0; i < times; i++) clock.runUntil(clock.nowMs + tickMs);
    this.#settleDisks();
  }

  /** Ticks until it asks for votes; false if it does not. */
  campaign(id: NodeId): boolean {
    for (let i = 0; i < 2 * electionTicks; i++) {
      const sentBefore = this.#wire.length;
      this.tick(id, 1);
      const asks = this.#wire.slice(sentBefore).some((message) => message.from === id && 'lastIndex' in message);
      if (asks) return true;
    }
    return false;
  }

  propose(id: NodeId, entries: number): void {
    this.member(id).propose(Array.from({ length: entries }, () => this.#nextSerial++));
    this.#settleDisks();
  }

  /** Who does not lead refuses. */
  reconfigure(id: NodeId, { outgoing: _, ...target }: Configuration): ReconfigureResult {
    const result = this.member(id).reconfigure(target);
    this.#settleDisks();
    return result;
  }

  transfer(id: NodeId, to: NodeId): TransferResult {
    const result = this.member(id).transferLeadership(to);
    this.#settleDisks();
    return result;
  }

  /** Its log is cut off behind what it has applied. */
  compact(id: NodeId): void {
    this.member(id).takeSnapshot();
    this.#settleDisks();
  }

  /** Returns how many messages that were. */
  deliver(match: Match, which?: Which): number {
    const messages = this.#take(match, which);
    for (const message of messages) {
      if (this.#cutOff.has(message.from) || this.#cutOff.has(message.to)) this.#trace.lost(message, 'link cut');
      else this.member(message.to).receive(message);
      this.#settleDisks();
    }
    return messages.length;
  }

  drop(match: Match, which?: Which): number {
    const messages = this.#take(match, which);
    for (const message of messages) this.#trace.lost(message, 'lost');
    return messages.length;
  }

  settle(match: Match): number {
    for (let delivered = 0, rounds = 0; ; rounds++) {
      const more = rounds < roundsMax ? this.deliver(match) : 0;
      if (more === 0) return delivered;
      delivered += more;
    }
  }

  crash(id: NodeId): void {
    this.member(id).crash();
    for (const other of this.#othersUp(id)) other.peerDown(id);
    this.#settleDisks();
  }

  start(id: NodeId): void {
    this.member(id).start();
    for (const other of this.#othersUp(id)) {
      other.peerUp(id);
      this.member(id).peerUp(other.id);
    }
    this.#settleDisks();
  }

  loseEntries(id: NodeId, batchesKept: number): void {
    this.#incidents++;
    this.member(id).loseEntries(this.#incidents, batchesKept);
  }

  /** Its disk writes nothing any more. */
  stick(id: NodeId): void {
    this.member(id).diskGetsStuck();
  }

  free(id: NodeId): void {
    this.member(id).diskGetsFree();
    this.#settleDisks();
  }

  cut(id: NodeId): void {
    this.#cutOff.add(id);
  }

  mend(id: NodeId): void {
    this.#cutOff.delete(id);
  }

  /** What must hold at all times; throws a `Violation`. */
  check(): void {
    this.#oracles.logsMatch(this.members);
  }

  #take(match: Match, which?: Which): Message[] {
    const matching = this.#wire.filter(match);
    const taken = which === undefined ? matching : matching.slice(...(which === 'oldest' ? [0, 1] : [-1]));
    this.#wire = this.#wire.filter((message) => !taken.includes(message));
    return taken;
  }

  #othersUp(id: NodeId): SimulatedMember[] {
    return this.members.filter((member) => member.id !== id && member.isUp && !this.#cutOff.has(member.id));
  }

  /** Whatever the disks were asked to do takes no time. */
  #settleDisks(): void {
    for (const clock of this.#clocks) clock.runUntil(clock.nowMs);
  }
}

function quietScenario(members: number, batchesApart: boolean): Scenario {
  const bytesMax = 1 << 20;
  const scenario = drawScenario(1);
  return {
    ...scenario,
    lies: noLies,
    members,
    snapshots: {
      takeMeanMs: 0,
      entriesKeptMax: 0,
      transferMsMin: 0,
      transferMsMax: 0,
      transferFailureProbability: 0,
    },
    clocks: { driftMax: 0, leaseMs: 0, hibernateAfterTicks: 0 },
    disk: { flushMsMin: 0, flushMsMax: 0, stallProbability: 0 },
    workload: { ...scenario.workload, batchEntriesMax: 1000 },
    limits: {
      appendBytesMax: batchesApart ? 1 : bytesMax,
      inflightBytesMax: bytesMax,
      windowEntriesMax: 1_000,
      windowBytesMax: bytesMax,
      uncommittedBytesMax: bytesMax,
      weakBytesMax: 0,
      cacheBytesMax: bytesMax,
    },
  };
}
