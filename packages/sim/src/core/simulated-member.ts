// One member: the real core, and a simulated host that carries out its effects on the simulated disk and network.

import {
  BatchKind,
  type Configuration,
  type ConfigurationTarget,
  type Effect,
  type FragmentPlan,
  type HardState,
  type Index,
  type InstallSnapshotEffect,
  type Message,
  MessageType,
  type NodeId,
  noConfiguration,
  Raft,
  type RaftConfig,
  type RaftStatus,
  type ReconfigureResult,
  Role,
  type RoleEffect,
  type RoutePlan,
  type SeededRandom,
  type SendFragmentsEffect,
  type Term,
  type TransferResult,
} from '@balsa/raft';
import { type ConfigurationOracle, describeConfiguration, isSameConfiguration } from '../configuration-oracle.ts';
import { type ObservedMember, type Oracles, Violation } from '../oracles.ts';
import { type LieKind, RelayLies } from '../relay-lies.ts';
import type { Scheduler } from '../scheduler.ts';
import { electionTicks, heartbeatTicks } from '../timing.ts';
import type { Trace } from '../trace.ts';
import type { WeakOracle } from '../weak-oracle.ts';
import { type ClientHistory, MemberClients } from './client-history.ts';
import { MemberChecks } from './member-checks.ts';
import { MemberClock } from './member-clock.ts';
import { MemberSnapshots } from './member-snapshots.ts';
import { MemberState } from './member-state.ts';
import type { Scenario } from './scenario.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import type { Snapshot } from './snapshot.ts';

/** Where a process dies, seen from an effect: before it is carried out, or after. */
export type CrashMoment = 'before' | 'after';

/** Who decides what goes wrong with a member, and is told when a fault would hurt most. */
export interface Faults {
  /** Does the member that is about to carry out this effect die of it? */
  crashMoment(effect: Effect): CrashMoment | undefined;
  crash(victim: SimulatedMember): void;
  leaderElected(leader: SimulatedMember): void;
  fellAsleep(leader: SimulatedMember): void;
}

export interface MemberPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly scenario: Scenario;
  readonly oracles: Oracles;
  readonly weakOracle: WeakOracle;
  readonly configurations: ConfigurationOracle;
  readonly trace: Trace;
  readonly send: (message: Message) => void;
  readonly everyone: () => readonly ObservedMember[];
  /** Of relays that lie. */
  readonly randomOfLies: SeededRandom;
  /** All there are. */
  readonly nodes: readonly NodeId[];
  /** What `from` has offered to `to`, if it can be reached: see `MemberSnapshots`. */
  readonly download: (from: NodeId, to: NodeId) => Snapshot | undefined;
  readonly faults: () => Faults;
  readonly elected: (member: SimulatedMember) => void;
  /** The member is the first to commit something. */
  readonly committed: (member: SimulatedMember) => void;
  /** A member has heard that it belongs to the group no more, as of this entry. */
  readonly removed: (member: SimulatedMember, index: Index) => void;
  readonly history: ClientHistory;
}

export class SimulatedMember implements ObservedMember {
  readonly id: NodeId;
  /** Should its process run? Faults end it for a while; who is not deployed is not started again. */
  isDeployed: boolean;
  /** How often it was told that it belongs to the group no more. */
  removals = 0;
  readonly #ports: MemberPorts;
  readonly #config: RaftConfig;
  readonly #clock: MemberClock;
  readonly #disk: SimulatedDisk;
  readonly #snapshots: MemberSnapshots;
  readonly #lies: RelayLies;
  readonly #checks: MemberChecks;
  readonly #clients: MemberClients;
  readonly #state: MemberState;
  #raft: Raft | undefined;
  #paused = false;
  /** Needs no ticks. */
  #hibernates = false;
  /** Inputs that arrived during a pause, taken in afterwards. */
  #backlog: (() => void)[] = [];
  #nextReadId = 1;
  /** The read that is being asked for in the input at hand. */
  #readAsked: number | undefined;

  /** `founding`: the group's first configuration, if the member was set up with it; otherwise it is a newcomer. */
  constructor(id: NodeId, founding: Configuration | undefined, ports: MemberPorts) {
    const { scheduler, random, scenario } = ports;
    const seed = random.nextUint32();
    this.id = id;
    this.isDeployed = founding !== undefined;
    this.#ports = ports;
    this.#clock = new MemberClock(scheduler, seed, scenario.clocks.driftMax);
    this.#disk = new SimulatedDisk(founding ?? noConfiguration, scheduler, random, scenario.disk);
    this.#checks = new MemberChecks(id, scenario);
    this.#clients = new MemberClients(id, ports.history);
    this.#lies = new RelayLies(scenario.lies, ports.randomOfLies, ports.nodes);
    const { oracles, weakOracle, configurations, trace, everyone } = ports;
    this.#state = new MemberState({
      member: this,
      oracles,
      weakOracle,
      configurations,
      trace,
      everyone,
      clients: this.#clients,
      committed: () => ports.committed(this),
    });
    this.#snapshots = new MemberSnapshots({
      id,
      scheduler,
      random,
      settings: scenario.snapshots,
      disk: this.#disk,
      send: (message) => this.#send(message),
      download: (from) => ports.download(from, id),
      input: (feed) => this.#inputLater(feed),
      compacting: (raft, index) => this.#checks.compacting(raft.status(), index),
    });
    this.#config = {
      id,
      electionTicks,
      heartbeatTicks,
      leaseMs: scenario.clocks.leaseMs,
      hibernateAfterTicks: scenario.clocks.hibernateAfterTicks,
      seed,
      lifeId: 0,
      ...scenario.limits,
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
    return this.#disk.visible.batches;
  }

  get configuration(): Configuration {
    return this.#disk.visible.configuration;
  }

  /** Of the entry that says so. */
  get configurationIndex(): Index {
    return this.#disk.visible.configurationIndex;
  }

  get isUp(): boolean {
    return this.#raft !== undefined;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  get hibernates(): boolean {
    return this.#hibernates;
  }

  get role(): Role | undefined {
    return this.#raft?.role;
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

  /** The entry before the first that its log holds. */
  get baseIndex(): Index {
    return this.#disk.visible.base.index;
  }

  get readsServed(): number {
    return this.#checks.readsServed;
  }

  get liesTold(): number {
    return this.#lies.told;
  }

  get windowWaits(): number {
    return this.#checks.windowWaits;
  }

  get appliedBatches(): number {
    return this.#state.appliedBatches;
  }

  /** Snapshots that it took in, in all its lives. */
  get installedSnapshots(): number {
    return this.#snapshots.installed;
  }

  status(): RaftStatus | undefined {
    return this.#raft?.status();
  }

  start(): void {
    this.#checks.restart();
    this.#state.restart(this.#disk.snapshot);
    this.#snapshots.restart();
    this.#lies.restart();
    const raft = new Raft(this.#config, this.#disk.recovered());
    this.#ports.weakOracle.restarted(this);
    this.#raft = raft;
    this.#ports.trace.note(this.id, 'start', 'starts');
    this.#input(() => {});
    this.#clock.tickWhile(
      () => this.#raft === raft,
      () => this.#tick(raft),
    );
  }

  crash(): void {
    this.#ports.trace.note(this.id, 'crash', 'crashes');
    this.#end();
  }

  /** Its node is switched off; the disk stays as it is. */
  stop(): void {
    this.#ports.trace.note(this.id, 'stop', 'is switched off');
    this.#end();
  }

  /** While it is down, its disk loses the end of what it had confirmed; false if there is nothing to lose. */
  loseEntries(drawn: number, batchesKept?: number): boolean {
    const lost = this.#disk.loseEnd(drawn, batchesKept);
    if (lost) this.#ports.trace.note(this.id, 'loss', `loses entries, incident ${this.incident}`);
    return lost;
  }

  /** While it is down, its disk is replaced by an empty one. */
  loseDisk(drawn: number): void {
    this.#disk.loseAll(drawn);
    this.#ports.trace.note(this.id, 'loss', `loses its whole disk, incident ${this.incident}`);
  }

  /** Disk and transfers behave from now on, and whatever it is to pass on, it passes on. */
  calmDown(): void {
    this.#disk.calmDown();
    this.#snapshots.calmDown();
    this.#lies.end();
  }

  /** From now on it lies about everything that it is to pass on, until it is told to be true. */
  beginLies(kind: LieKind): void {
    this.#ports.trace.note(this.id, 'lies', `lies as a relay: ${kind}`);
    this.#lies.begin(kind);
  }

  endLies(): void {
    this.#ports.trace.note(this.id, 'lies', 'does as it is told');
    this.#lies.end();
  }

  /** Its disk does nothing from now on, until it is told to. */
  diskGetsStuck(): void {
    this.#ports.trace.note(this.id, 'stuck', 'waits for its disk');
    this.#disk.getStuck();
  }

  diskGetsFree(): void {
    this.#disk.getFree();
  }

  pause(): void {
    this.#paused = true;
    this.#ports.trace.note(this.id, 'pause', 'pauses');
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#ports.trace.note(this.id, 'resume', 'goes on');
    // It may have been replaced meanwhile, and has not heard of it.
    if (this.isLeader) this.read();
    for (const feed of this.#backlog.splice(0)) this.#input(feed);
  }

  receive(message: Message): void {
    const { trace } = this.#ports;
    if (!this.isUp) trace.lost(message, 'nobody there');
    else trace.arrived(message);
    this.#input((raft) => {
      this.#checks.heard(message, this.ledTerm);
      if (message.type === MessageType.installSnapshot) this.#snapshots.offered(raft, message);
      else raft.step(message);
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
    this.#input((raft) => {
      raft.wake();
      raft.propose(serials.length, bytes.length, (header) => {
        this.#clients.proposed(header, serials[0]!);
        return bytes;
      });
    });
  }

  read(): void {
    if (this.#raft === undefined || this.#paused) return;
    const requestId = this.#nextReadId++;
    this.#checks.readBegins(requestId, this.#ports.oracles.committedIndex);
    this.#clients.readBegins(requestId);
    this.#readAsked = requestId;
    this.#input((raft) => {
      raft.wake();
      raft.readIndex(requestId);
    });
    this.#readAsked = undefined;
  }

  reconfigure(target: ConfigurationTarget): ReconfigureResult {
    let result: ReconfigureResult = { accepted: false, reason: 'notLeader', detail: 'nobody is there' };
    if (this.#paused) return result;
    this.#input((raft) => {
      result = raft.reconfigure(target);
    });
    return result;
  }

  useRoutes(plan: RoutePlan, fragments: FragmentPlan | undefined): void {
    if (this.#paused) return;
    this.#input((raft) => {
      raft.useRoutes(plan);
      raft.useFragments(fragments);
    });
  }

  bypass(relay: NodeId): void {
    if (!this.#paused) this.#input((raft) => raft.bypass(relay));
  }

  transferLeadership(to: NodeId): TransferResult {
    let result: TransferResult = { accepted: false, reason: 'notLeader' };
    if (this.#paused) return result;
    this.#input((raft) => {
      result = raft.transferLeadership(to);
    });
    return result;
  }

  /** Everything applied becomes a snapshot, and as much of the log as nobody needs any more goes. */
  takeSnapshot(): void {
    if (this.#raft === undefined || this.#paused) return;
    const snapshot = this.#state.takeSnapshot(this.#raft);
    if (snapshot !== undefined) this.#snapshots.take(snapshot);
  }

  /** The other side of a transfer asks for what it was offered: see `MemberSnapshots`. */
  endOffer(to: NodeId): Snapshot | undefined {
    return this.#snapshots.endOffer(to);
  }

  #end(): void {
    this.#raft = undefined;
    this.#paused = false;
    this.#hibernates = false;
    this.#backlog = [];
    this.#disk.crash();
  }

  #tick(raft: Raft): void {
    // A paused process does not tick; time goes on without it.
    if (this.#paused || this.#hibernates) return;
    this.#input(() => {
      raft.tick();
      this.#checks.ticked(raft.role === Role.leader, this.configuration);
    });
  }

  /** Of fragments, all that matters here is who gets the whole batch of them in the end, and when. */
  #sendFragments({ term, commitIndex, batch, receivers }: SendFragmentsEffect): void {
    const { firstIndex, prevTerm } = batch;
    for (const { node, session } of receivers) {
      const position = {
        prevIndex: firstIndex - 1,
        prevTerm,
        commitIndex,
        batches: [batch],
        mayOvertake: true,
        routes: [],
      };
      this.#send({ type: MessageType.append, from: this.id, to: node, term, leader: this.id, session, ...position });
    }
  }

  #inputLater(feed: (raft: Raft) => void): void {
    const raft = this.#raft;
    this.#ports.scheduler.after(0, () => {
      if (this.#raft === raft) this.#input(feed);
    });
  }

  #input(feed: (raft: Raft) => void): void {
    const raft = this.#raft;
    if (raft === undefined) return;
    if (this.#paused) {
      this.#backlog.push(() => feed(raft));
      return;
    }
    raft.observeTime(this.#clock.nowMs);
    feed(raft);
    for (const effect of raft.takeEffects()) {
      const faults = this.#ports.faults();
      const crash = faults.crashMoment(effect);
      if (crash !== 'before') this.#carryOut(raft, effect);
      if (crash !== undefined) faults.crash(this);
      // Dead: what else this input would have done is never done.
      if (this.#raft !== raft) return;
    }
    this.#check(raft);
  }

  #check(raft: Raft): void {
    const status = raft.status();
    this.#checks.look(status);
    if (isSameConfiguration(status.configuration, this.configuration)) return;
    throw new Violation(
      'configuration in force',
      `${this.id} goes by ${describeConfiguration(status.configuration)}, its log says ${describeConfiguration(this.configuration)}`,
    );
  }

  #carryOut(raft: Raft, effect: Effect): void {
    const { oracles, weakOracle, configurations, trace, faults } = this.#ports;
    const later = (feed: (raft: Raft) => void): void => {
      if (this.#raft === raft) this.#input(feed);
    };
    switch (effect.type) {
      case 'send':
        this.#send(effect.message);
        break;
      case 'append':
        if (effect.batch.kind === BatchKind.configuration) this.#watchChange(raft, effect.batch.configuration!);
        weakOracle.appended(this.id, effect.batch);
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
        this.#state.commit(raft, effect.index);
        raft.applied(effect.index);
        break;
      case 'weaklyAccepted':
        this.#acceptWeakly(raft, effect.index);
        break;
      case 'readReady':
        if (effect.readIndex !== undefined && effect.requestId === this.#readAsked) this.#watchLease(raft);
        this.#checks.readReady(effect.requestId, effect.readIndex);
        this.#clients.readReady(effect.requestId, effect.readIndex);
        this.#clients.answerReads();
        break;
      case 'role':
        trace.note(this.id, effect.role, describeRole(effect));
        this.#checks.roleIs(effect.role === Role.leader);
        if (effect.role === Role.leader) {
          oracles.leaderElected(this, effect.term);
          weakOracle.leaderElected(this, effect.term);
          this.#ports.elected(this);
          faults().leaderElected(this);
        }
        break;
      case 'sendFragments':
        this.#sendFragments(effect);
        break;
      case 'sendSnapshot':
        this.#snapshots.offer(effect);
        break;
      case 'installSnapshot':
        this.#install(effect, (sequence) => later((core) => core.appended(sequence)));
        raft.applied(effect.snapshot.index);
        break;
      case 'configuration':
        trace.note(this.id, 'members', `has the members ${describeConfiguration(effect.configuration)}`);
        break;
      case 'removed':
        trace.note(this.id, 'removed', `is removed at ${effect.index}`);
        configurations.removed(this.id, effect.index, raft.status().lastIndex);
        this.removals++;
        this.#ports.removed(this, effect.index);
        break;
      case 'transferFailed':
        trace.note(this.id, 'transfer', `leads on, ${effect.to} was to`);
        break;
      case 'hibernation':
        this.#hibernates = effect.hibernates;
        trace.note(this.id, 'hibernation', effect.hibernates ? 'falls asleep' : 'is awake');
        if (effect.hibernates && this.isLeader) faults().fellAsleep(this);
        break;
    }
  }

  #send(message: Message): void {
    const raft = this.#raft;
    for (const told of this.#lies.instead(message)) {
      if (told.afterMs === 0) this.#tell(told.message);
      else {
        this.#ports.scheduler.after(told.afterMs, () => {
          if (this.#raft === raft && !this.#paused) this.#tell(told.message);
        });
      }
    }
  }

  #tell(message: Message): void {
    const { oracles, trace, send, everyone } = this.#ports;
    trace.sent(message);
    oracles.messageSent(this, message);
    oracles.acknowledged(message, everyone());
    send(message);
  }

  #acceptWeakly({ term, commitIndex }: Raft, index: Index): void {
    const { weakOracle, everyone, scenario } = this.#ports;
    const bytesMax = scenario.limits.weakBytesMax;
    weakOracle.accepted(this, { term, index, commitIndex, bytesMax }, everyone());
  }

  /** A read was answered without asking anybody. */
  #watchLease({ term }: Raft): void {
    const { newestTerm } = this.#ports.oracles;
    if (newestTerm <= term) return;
    throw new Violation('leases', `${this.id} reads by its lease of term ${term}, and term ${newestTerm} has a leader`);
  }

  /** Only a leader makes changes; everybody else repeats them. */
  #watchChange({ role, commitIndex }: Raft, after: Configuration): void {
    if (role !== Role.leader) return;
    const { configuration, configurationIndex: index } = this.#disk.visible;
    this.#ports.configurations.proposed({ leader: this.id, commitIndex, before: { index, configuration }, after });
  }

  #install({ sequence, snapshot: { index } }: InstallSnapshotEffect, onDurable: (sequence: number) => void): void {
    const snapshot = this.#snapshots.received(index);
    this.#state.install(snapshot);
    this.#disk.reset(sequence, snapshot, onDurable);
  }
}

function describeRole({ role, term, leader }: RoleEffect): string {
  const follows = role === Role.follower && leader !== undefined ? `, follows ${leader}` : '';
  return `${role} of term ${term}${follows}`;
}
