// One seed, one group, one life. First everything may fail, members may come and go, and only safety is asked for; then the faults
// end, and the group must elect a leader, commit, and bring every member to the same state in bounded time. Then its leader
// dies while nobody writes, and reads must be served all the same. Some runs go on: another node joins; nobody wants anything
// any more, and the group must fall silent; a member is cut off from the healthy group and let in again, which must disturb nobody.

import type { LogAction, Operation } from '@balsa/linearizability';
import { type Configuration, configurationOf, isMember, membersOf, Role, SeededRandom } from '@balsa/raft';
import { ConfigurationOracle } from '../configuration-oracle.ts';
import { Oracles, Violation } from '../oracles.ts';
import { drawFragmentPlan, drawPlan } from '../plans.ts';
import type { RunResult } from '../run-result.ts';
import { Scheduler } from '../scheduler.ts';
import { electionMs, tickMs } from '../timing.ts';
import { Trace, type TraceWindow } from '../trace.ts';
import { WeakOracle } from '../weak-oracle.ts';
import { CalmGroup } from './calm.ts';
import { ClientHistory, checkHistory } from './client-history.ts';
import { checkFailover } from './failover.ts';
import { FaultInjector } from './fault-injector.ts';
import { checkGrowth } from './growth.ts';
import { Links } from './links.ts';
import { checkLyingRelay } from './lying-relay.ts';
import { Operator } from './operator.ts';
import { checkRejoin } from './rejoin.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { SimulatedMember } from './simulated-member.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { checkSlumber } from './slumber.ts';
import { checkStuckDisk } from './stuck-disk.ts';
import { checkStuckRelay } from './stuck-relay.ts';
import { checkSuccession } from './succession.ts';
import { Workload } from './workload.ts';

export interface SimulationResult extends RunResult<Scenario, LogAction> {
  readonly membershipChanges: number;
  readonly transfersBegun: number;
}

/** Far longer than any sequence of elections needs once the network is calm and every stalled flush is done. */
const livenessPhaseMs = 200 * electionMs;
/** About so many batches a relay lies, and so long it may take until everybody has them all the same. */
const liedAboutBatches = 20;
const liedToMsMax = 40 * electionMs;
/** Committed in the calm, enough to show that the group works again. */
const calmBatches = 5;
/** To fill the room for what is under way to a follower, a run does not take longer than this. */
const overfillBatchesMax = 300;

export function simulate(seed: number, window?: TraceWindow): SimulationResult {
  return simulateScenario(drawScenario(seed), window);
}

export function simulateScenario(scenario: Scenario, window: TraceWindow = { eventsMax: 0 }): SimulationResult {
  return new Simulation(scenario, window).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #randomOfLies: SeededRandom;
  readonly #scheduler = new Scheduler();
  readonly #trace: Trace;
  readonly #oracles = new Oracles();
  readonly #weakOracle = new WeakOracle();
  readonly #configurations: ConfigurationOracle;
  readonly #history = new ClientHistory();
  readonly #network: SimulatedNetwork;
  readonly #faults: FaultInjector;
  readonly #operator: Operator;
  readonly #workload: Workload;
  readonly #group: CalmGroup;
  /** Everybody there is, in the order of their ids: the members at first, those that may come later, and one that comes last. */
  readonly #members: SimulatedMember[];
  /** From members of the group to members. */
  #messagesWithin = 0;
  /** The plan that a leader has is not changed any more. */
  #plansStay = false;

  constructor(scenario: Scenario, window: TraceWindow) {
    this.#scenario = scenario;
    const random = new SeededRandom(scenario.seed ^ 0x5bd1_e995);
    const scheduler = this.#scheduler;
    const nodes = nodesOf(scenario);
    const founding = foundingOf(scenario);
    const randomOfLies = new SeededRandom(scenario.seed ^ 0x1b87_3593);
    this.#randomOfLies = randomOfLies;
    this.#random = random;
    this.#trace = new Trace(scheduler, nodes.length, window);
    const configurations = new ConfigurationOracle(founding);
    this.#configurations = configurations;
    const weakRandom = new SeededRandom(scenario.seed ^ 0x6a09_e667);
    this.#network = new SimulatedNetwork(scheduler, { random, weakRandom }, scenario.network, {
      deliver: (message) => {
        const { from, to } = message;
        if (isMember(from, configurations.current) && isMember(to, configurations.current)) this.#messagesWithin++;
        this.#members[to - 1]?.receive(message);
      },
      lost: (message, why) => this.#trace.lost(message, why),
    });
    this.#members = nodes.map(
      (id) =>
        new SimulatedMember(id, id <= scenario.members ? founding : undefined, {
          scheduler,
          random,
          scenario,
          oracles: this.#oracles,
          weakOracle: this.#weakOracle,
          configurations,
          trace: this.#trace,
          send: (message) => this.#network.send(message),
          everyone: () => this.#members,
          randomOfLies,
          nodes,
          download: (from, to) => this.#download(from, to),
          faults: () => this.#faults,
          elected: (member) => {
            this.#askReplacedLeaders(member);
            if (scenario.relays.planMeanMs > 0) scheduler.after(0, () => this.#planRoutes(member));
          },
          committed: (member) => this.#askReplacedLeaders(member),
          removed: (member, index) => this.#operator.removed(member, index),
          history: this.#history,
        }),
    );
    const members = this.#members;
    const { reportsConnections } = scenario.network;
    const links = new Links({ scheduler, network: this.#network, members, reportsConnections });
    this.#faults = new FaultInjector({ scenario, scheduler, random, links, members, configurations });
    const wantedNodes = nodes.slice(0, scenario.members + scenario.newcomers);
    this.#operator = new Operator({
      scenario,
      scheduler,
      random,
      links,
      members,
      nodes: wantedNodes,
      configurations,
      transferBegun: (leader) => this.#faults.transferBegun(leader),
    });
    const committedBatches = (): number => this.#oracles.committed.length;
    this.#workload = new Workload({ scenario, scheduler, random, members, committedBatches });
    const settleMsMax = livenessPhaseMs;
    this.#group = new CalmGroup({ scheduler, random, links, members, configurations, settleMsMax });
  }

  run(): SimulationResult {
    let violation: string | undefined;
    let oracle: string | undefined;
    const operations = (): readonly Operation<LogAction>[] => this.#history.operations(this.#oracles.committed);
    try {
      this.#safetyPhase();
      this.#livenessPhase();
      this.#furtherPhases();
      checkHistory(operations());
    } catch (error) {
      violation = messageOf(error);
      oracle = oracleOf(error);
    }
    const total = (of: (member: SimulatedMember) => number): number =>
      this.#members.reduce((sum, member) => sum + of(member), 0);
    return {
      seed: this.#scenario.seed,
      scenario: this.#scenario,
      violation,
      oracle,
      simulatedMs: this.#scheduler.nowMs,
      messages: this.#trace.messagesSent,
      committedBatches: this.#oracles.committed.length,
      readsServed: total((member) => member.readsServed),
      elections: this.#oracles.elections,
      crashes: this.#faults.crashes,
      diskLosses: this.#faults.diskLosses,
      snapshotsInstalled: total((member) => member.installedSnapshots),
      relayedAppends: this.#trace.relayedAppends,
      windowWaits: total((member) => member.windowWaits),
      weakAcceptances: this.#weakOracle.acceptances,
      weakLosses: this.#weakOracle.losses,
      liesTold: total((member) => member.liesTold),
      membershipChanges: this.#configurations.changes,
      transfersBegun: this.#operator.transfersAccepted,
      operations: operations(),
      traceHash: this.#trace.hash,
      trace: this.#trace.record,
    };
  }

  #safetyPhase(): void {
    const { safetyPhaseMs, snapshots } = this.#scenario;
    for (const member of this.#members) if (member.isDeployed) member.start();
    this.#workload.start();
    for (const member of this.#members) {
      this.#scheduler.repeat(this.#random, snapshots.takeMeanMs, () => member.takeSnapshot());
    }
    this.#scheduler.repeat(this.#random, this.#scenario.relays.planMeanMs, () => {
      if (this.#plansStay) return;
      for (const member of this.#members) this.#planRoutes(member);
    });
    this.#scheduler.repeat(this.#random, 50 * tickMs, () => this.#oracles.logsMatch(this.#members));
    this.#faults.start();
    this.#operator.start();
    this.#scheduler.runUntil(safetyPhaseMs);
    this.#oracles.logsMatch(this.#members);
  }

  #livenessPhase(): void {
    this.#network.calmDown();
    this.#faults.calmDown();
    this.#operator.calmDown();
    for (const member of this.#members) member.calmDown();
    // What is wrong with a plan must not be healed by the next.
    this.#plansStay = this.#random.chance(0.5);
    const wanted = this.#wantMoreBatches();
    const isDone = (): boolean =>
      this.#oracles.committed.length >= wanted &&
      this.#group.members.every((member) => member.appliedBatches === this.#oracles.committed.length) &&
      this.#group.isSettled() &&
      !this.#hasStrayCandidate();
    const msMax = livenessPhaseMs + this.#catchUpMsMax();
    this.#group.runUntil(isDone, `without faults, of ${calmBatches} batches, all by all, this became`, msMax);
    this.#oracles.logsMatch(this.#members);
  }

  /** Who lacks everything gets it from a disk, and waits for each read before the next. */
  #catchUpMsMax(): number {
    const { limits, workload, disk } = this.#scenario;
    const batchesPerRead = Math.max(1, Math.floor(limits.appendBytesMax / (4 * workload.batchEntriesMax)));
    return (this.#oracles.committed.length / batchesPerRead) * disk.flushMsMax;
  }

  #furtherPhases(): void {
    const group = this.#group;
    const { endsWithGrowth, endsWithRejoin, disk, leadership, clocks, relays, lies } = this.#scenario;
    checkFailover(group);
    if (disk.stallProbability > 0) checkStuckDisk(group, () => this.#wantMoreBatches());
    if (relays.planMeanMs > 0) this.#stuckRelayPhase();
    if (relays.planMeanMs > 0 && lies.liarProbability > 0) this.#lyingRelayPhase();
    if (leadership.transferMeanMs > 0) {
      checkSuccession(group, () => this.#wantMoreBatches(), this.#scenario.limits.inflightBytesMax);
    }
    if (endsWithGrowth) {
      checkGrowth({ group, newcomer: this.#members.at(-1)!, deploy: (member) => this.#operator.deploy(member) });
    }
    if (clocks.hibernateAfterTicks > 0) {
      this.#workload.stop();
      checkSlumber({ group, messages: () => this.#messagesWithin });
    }
    if (endsWithRejoin) this.#rejoinPhase();
  }

  #stuckRelayPhase(): void {
    // Of one entry at least, which has four bytes.
    const batches = Math.ceil(this.#scenario.limits.inflightBytesMax / 4) + calmBatches;
    if (batches > overfillBatchesMax) return;
    this.#plansStay = true;
    checkStuckRelay(this.#group, () => {
      const wanted = this.#wantMoreBatches(batches);
      return () => this.#oracles.committed.length >= wanted;
    });
  }

  #lyingRelayPhase(): void {
    this.#plansStay = true;
    checkLyingRelay({
      group: this.#group,
      random: this.#randomOfLies,
      msMax: liedToMsMax + this.#catchUpMsMax(),
      write: () => {
        const wanted = this.#wantMoreBatches(liedAboutBatches);
        const { committed } = this.#oracles;
        return () =>
          committed.length >= wanted && this.#group.members.every((it) => it.appliedBatches === committed.length);
      },
    });
  }

  /** Returns how many batches there will be in all. */
  #wantMoreBatches(batches = calmBatches): number {
    const wanted = this.#oracles.committed.length + batches;
    this.#workload.wantBatches(wanted);
    return wanted;
  }

  #rejoinPhase(): void {
    const { disk, network } = this.#scenario;
    // What was stalled or held back before the calm may last that long.
    const echoesMs = Math.max(100 * disk.flushMsMax, network.delayMsMax + network.straggleMsMax);
    this.#group.run(echoesMs);
    checkRejoin(this.#group);
  }

  /** Each leader gets a plan of its own; one that was replaced and does not know it, too. */
  #planRoutes(member: SimulatedMember): void {
    if (!member.isLeader) return;
    const followers = membersOf(member.configuration).filter((node) => node !== member.id);
    const everybody = this.#members.map(({ id }) => id);
    member.useRoutes(drawPlan(this.#random, followers, everybody), drawFragmentPlan(this.#random, everybody));
    if (this.#random.chance(0.3)) member.bypass(everybody[this.#random.integerBetween(0, everybody.length)]!);
  }

  /** A read hurts most where somebody believes to lead, while another does, and commits. */
  #askReplacedLeaders(leader: SimulatedMember): void {
    for (const member of this.#members) {
      if (member !== leader && member.isLeader) this.#scheduler.after(0, () => member.read());
    }
  }

  /** Who has left the group does not know it for long, if there is anybody who can tell. */
  #hasStrayCandidate(): boolean {
    const group = this.#configurations.current;
    return this.#members.some(({ id, role, configuration }) => {
      const campaigns = role === Role.preCandidate || role === Role.candidate;
      return campaigns && !isMember(id, group) && configuration.voters.some((node) => isMember(node, group));
    });
  }

  #download(from: number, to: number): ReturnType<SimulatedMember['endOffer']> {
    const source = this.#members[from - 1]!;
    const isReached = source.isUp && !source.isPaused && !this.#network.isCut(from, to);
    return isReached ? source.endOffer(to) : undefined;
  }
}

function nodesOf({ members, newcomers, endsWithGrowth }: Scenario): number[] {
  return Array.from({ length: members + newcomers + (endsWithGrowth ? 1 : 0) }, (_, i) => i + 1);
}

function foundingOf({ seed, members, leadership, clocks }: Scenario): Configuration {
  const voters = Array.from({ length: members }, (_, i) => i + 1);
  const preferredLeader = leadership.prefersLeader ? 1 + (seed % members) : undefined;
  return { ...configurationOf(voters), preferredLeader, leases: clocks.leaseMs > 0 };
}

/** An exception from the core, an InvariantError above all, is as much of a find as an oracle's. */
function messageOf(error: unknown): string {
  if (error instanceof Violation) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function oracleOf(error: unknown): string {
  if (error instanceof Violation) return error.oracle;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
