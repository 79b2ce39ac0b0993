// One member: the real core, and a simulated host that carries out its effects on the simulated disk and network.

import {
  type Effect,
  type HardState,
  type Index,
  lastIndexOf,
  type Message,
  type NodeId,
  Raft,
  type RaftConfig,
  type RaftStatus,
  Role,
  type RoleEffect,
  type SeededRandom,
  type Term,
} from '@balsa/raft';
import { type ObservedMember, type Oracles, Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import { electionTicks, heartbeatTicks, tickMs } from '../timing.ts';
import type { Trace } from '../trace.ts';
import { type ClientHistory, MemberClients } from './client-history.ts';
import { MemberChecks } from './member-checks.ts';
import type { Scenario } from './scenario.ts';
import { SimulatedLog } from './simulated-log.ts';

/** Where a process dies, seen from an effect: before it is carried out, or after. */
export type CrashMoment = 'before' | 'after';

/** Who decides what goes wrong with a member, and is told when a fault would hurt most. */
export interface Faults {
  /** Does the member that is about to carry out this effect die of it? */
  crashMoment(effect: Effect): CrashMoment | undefined;
  crash(victim: SimulatedMember): void;
  leaderElected(leader: SimulatedMember): void;
}

export interface MemberPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly scenario: Scenario;
  readonly oracles: Oracles;
  readonly trace: Trace;
  readonly send: (message: Message) => void;
  readonly everyone: () => readonly ObservedMember[];
  readonly faults: () => Faults;
  readonly history: ClientHistory;
}

export class SimulatedMember implements ObservedMember {
  readonly id: NodeId;
  readonly #ports: MemberPorts;
  readonly #config: RaftConfig;
  readonly #disk: SimulatedLog;
  readonly #checks: MemberChecks;
  readonly #clients: MemberClients;
  #raft: Raft | undefined;
  #paused = false;
  /** Inputs that arrived during a pause, taken in afterwards. */
  #backlog: (() => void)[] = [];
  /** Batches applied in this life of the process. */
  #appliedBatches = 0;
  #commitIndex = 0;
  #nextReadId = 1;

  constructor(id: NodeId, members: readonly NodeId[], ports: MemberPorts) {
    this.id = id;
    this.#ports = ports;
    this.#disk = new SimulatedLog(members, ports.scheduler, ports.random, ports.scenario.disk);
    this.#checks = new MemberChecks(id, ports.scenario);
    this.#clients = new MemberClients(id, ports.history);
    this.#config = {
      id,
      electionTicks,
      heartbeatTicks,
      leaseMs: 0,
      hibernateAfterTicks: 0,
      seed: ports.random.nextUint32(),
      ...ports.scenario.limits,
      sealNoop: () => new Uint8Array(4),
      sealConfiguration: () => new Uint8Array(4),
    };
  }

  get durableHardState(): HardState {
    return this.#disk.durableHardState;
  }

  get durable(): ObservedMember['durable'] {
    return this.#disk.durable;
  }

  get visible(): ObservedMember['visible'] {
    return this.#disk.visible;
  }

  get isUp(): boolean {
    return this.#raft !== undefined;
  }

  get isLeader(): boolean {
    return this.#raft?.role === Role.leader;
  }

  get term(): Term | undefined {
    return this.#raft?.term;
  }

  get ledTerm(): Term | undefined {
    return this.isLeader ? this.term : undefined;
  }

  get leader(): NodeId | undefined {
    return this.#raft?.leader;
  }

  /** The incident that is open on its disk; 0: none. */
  get incident(): number {
    return this.#disk.durableHardState.incident;
  }

  get readsServed(): number {
    return this.#checks.readsServed;
  }

  get appliedBatches(): number {
    return this.#appliedBatches;
  }

  status(): RaftStatus | undefined {
    return this.#raft?.status();
  }

  start(): void {
    this.#appliedBatches = 0;
    this.#commitIndex = 0;
    this.#checks.restart();
    this.#clients.restart();
    const raft = new Raft(this.#config, this.#disk.recovered());
    this.#raft = raft;
    this.#ports.trace.note(this.id, 'start', 'starts');
    this.#input(() => {});
    this.#tickLater(raft);
  }

  crash(): void {
    this.#ports.trace.note(this.id, 'crash', 'crashes');
    this.#raft = undefined;
    this.#paused = false;
    this.#backlog = [];
    this.#disk.crash();
  }

  /** While it is down, its disk loses the end of what it had confirmed; false if there is nothing to lose. */
  loseEntries(incident: number, batchesKept?: number): boolean {
    const lost = this.#disk.loseEnd(incident, batchesKept);
    if (lost) this.#ports.trace.note(this.id, 'loss', `loses entries, incident ${incident}`);
    return lost;
  }

  /** The disk behaves from now on. */
  calmDown(): void {
    this.#disk.calmDown();
  }

  pause(): void {
    this.#paused = true;
    this.#ports.trace.note(this.id, 'pause', 'pauses');
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#ports.trace.note(this.id, 'resume', 'goes on');
    for (const feed of this.#backlog.splice(0)) this.#input(feed);
  }

  receive(message: Message): void {
    const { trace } = this.#ports;
    if (!this.isUp) trace.lost(message, 'nobody there');
    else trace.arrived(message);
    this.#input((raft) => {
      this.#checks.heard(message.from);
      raft.step(message);
    });
  }

  peerUp(peer: NodeId): void {
    this.#input((raft) => raft.peerUp(peer));
  }

  peerDown(peer: NodeId): void {
    this.#input((raft) => raft.peerDown(peer));
  }

  /** Proposes entries that carry these serial numbers. Who does not lead refuses. */
  propose(serials: readonly number[]): void {
    if (this.#paused) return;
    const bytes = new Uint8Array(Uint32Array.from(serials).buffer);
    this.#input((raft) =>
      raft.propose(serials.length, bytes.length, (header) => {
        this.#clients.proposed(header, serials[0]!);
        return bytes;
      }),
    );
  }

  read(): void {
    if (this.#raft === undefined || this.#paused) return;
    const requestId = this.#nextReadId++;
    this.#checks.readBegins(requestId, this.#ports.oracles.committedIndex);
    this.#clients.readBegins(requestId);
    this.#input((raft) => raft.readIndex(requestId));
  }

  #tickLater(raft: Raft): void {
    this.#ports.scheduler.after(tickMs, () => {
      if (this.#raft !== raft) return;
      // A paused process does not tick; time goes on without it.
      if (!this.#paused)
        this.#input(() => {
          raft.tick();
          this.#checks.ticked(raft.role === Role.leader);
        });
      this.#tickLater(raft);
    });
  }

  #input(feed: (raft: Raft) => void): void {
    const raft = this.#raft;
    if (raft === undefined) return;
    if (this.#paused) {
      this.#backlog.push(() => feed(raft));
      return;
    }
    feed(raft);
    for (const effect of raft.takeEffects()) {
      const faults = this.#ports.faults();
      const crash = faults.crashMoment(effect);
      if (crash !== 'before') this.#carryOut(raft, effect);
      if (crash !== undefined) faults.crash(this);
      // Dead: what else this input would have done is never done.
      if (this.#raft !== raft) return;
    }
    const status = raft.status();
    this.#checks.keepsToLimits(status);
    this.#checks.progressGrows(status);
  }

  #carryOut(raft: Raft, effect: Effect): void {
    const { oracles, trace, send, everyone } = this.#ports;
    const later = (feed: (raft: Raft) => void): void => {
      if (this.#raft === raft) this.#input(feed);
    };
    switch (effect.type) {
      case 'send':
        trace.sent(effect.message);
        oracles.messageSent(this, effect.message);
        oracles.acknowledged(effect.message, everyone());
        send(effect.message);
        break;
      case 'append':
        this.#disk.append(effect.sequence, effect.batch, (sequence) => later((core) => core.appended(sequence)));
        break;
      case 'saveHardState':
        this.#disk.saveHardState(effect.hardState, () => later((core) => core.hardStateSaved(effect.sequence)));
        break;
      case 'readLog':
        this.#disk.read(effect.fromIndex, effect.bytesMax, (batches) =>
          later((core) => core.logRead(effect.to, effect.term, effect.session, batches)),
        );
        break;
      case 'commit':
        this.#commit(effect.index, raft.term);
        raft.applied(effect.index);
        break;
      case 'readReady':
        this.#checks.readReady(effect.requestId, effect.readIndex);
        this.#clients.readReady(effect.requestId, effect.readIndex);
        this.#clients.answerReads();
        break;
      case 'role':
        trace.note(this.id, effect.role, describeRole(effect));
        this.#checks.roleIs(effect.role === Role.leader);
        if (effect.role === Role.leader) {
          oracles.leaderElected(this, effect.term);
          this.#ports.faults().leaderElected(this);
        }
        break;
    }
  }

  #commit(index: Index, term: Term): void {
    const { oracles, trace, everyone } = this.#ports;
    if (index <= this.#commitIndex)
      throw new Violation('commit order', `${this.id} moves its commit index back to ${index}`);
    this.#commitIndex = index;
    trace.note(this.id, 'commit', `commits up to ${index}`);
    for (; this.#appliedBatches < this.visible.length; this.#appliedBatches++) {
      const batch = this.visible[this.#appliedBatches]!;
      if (lastIndexOf(batch) > index) break;
      oracles.batchCommitted(this, term, this.#appliedBatches, batch, everyone());
      this.#clients.applied(batch);
    }
    this.#clients.answerReads();
  }
}

function describeRole({ role, term, leader }: RoleEffect): string {
  const follows = role === Role.follower && leader !== undefined ? `, follows ${leader}` : '';
  return `${role} of term ${term}${follows}`;
}
