// One seed, one cluster, one life. First everything may fail and only safety is asked for; then the faults end, and the
// cluster must elect a leader, commit, and bring every member to the same state in bounded time. Then its leader dies while
// nobody writes, and reads must be served all the same. Some runs go on: one member is cut off from the healthy group and
// let in again, which must disturb nobody.

import type { LogAction, Operation } from '@balsa/linearizability';
import { SeededRandom } from '@balsa/raft';
import { Oracles, Violation } from '../oracles.ts';
import type { RunResult } from '../run-result.ts';
import { Scheduler } from '../scheduler.ts';
import { electionMs, tickMs } from '../timing.ts';
import { Trace, type TraceWindow } from '../trace.ts';
import { ClientHistory, checkHistory } from './client-history.ts';
import { checkFailover } from './failover.ts';
import { FaultInjector } from './fault-injector.ts';
import { Links } from './links.ts';
import { checkRejoin } from './rejoin.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { SimulatedMember } from './simulated-member.ts';
import { SimulatedNetwork } from './simulated-network.ts';

export type SimulationResult = RunResult<Scenario, LogAction>;

/** Far longer than any sequence of elections needs once the network is calm and every stalled flush is done. */
const livenessPhaseMs = 200 * electionMs;
/** Committed in the calm, enough to show that the group works again. */
const calmBatches = 5;

export function simulate(seed: number, window?: TraceWindow): SimulationResult {
  return simulateScenario(drawScenario(seed), window);
}

export function simulateScenario(scenario: Scenario, window: TraceWindow = { eventsMax: 0 }): SimulationResult {
  return new Simulation(scenario, window).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #scheduler = new Scheduler();
  readonly #trace: Trace;
  readonly #oracles: Oracles;
  readonly #history = new ClientHistory();
  readonly #network: SimulatedNetwork;
  readonly #links: Links;
  readonly #faults: FaultInjector;
  readonly #members: SimulatedMember[];
  #serial = 1;
  /** Proposals end once so many batches are committed, so that everybody can catch up with the last. */
  #wantedBatches = Number.POSITIVE_INFINITY;

  constructor(scenario: Scenario, window: TraceWindow) {
    this.#scenario = scenario;
    const random = new SeededRandom(scenario.seed ^ 0x5bd1_e995);
    const scheduler = this.#scheduler;
    this.#random = random;
    this.#trace = new Trace(scheduler, scenario.members, window);
    this.#oracles = new Oracles(scenario.members);
    this.#network = new SimulatedNetwork(scheduler, random, scenario.network, {
      deliver: (message) => this.#members[message.to - 1]!.receive(message),
      lost: (message, why) => this.#trace.lost(message, why),
    });
    const ids = Array.from({ length: scenario.members }, (_, i) => i + 1);
    this.#members = ids.map(
      (id) =>
        new SimulatedMember(id, ids, {
          scheduler,
          random,
          scenario,
          oracles: this.#oracles,
          trace: this.#trace,
          send: (message) => this.#network.send(message),
          everyone: () => this.#members,
          faults: () => this.#faults,
          history: this.#history,
        }),
    );
    const { reportsConnections } = scenario.network;
    this.#links = new Links({ scheduler, network: this.#network, members: this.#members, reportsConnections });
    this.#faults = new FaultInjector({ scenario, scheduler, random, links: this.#links, members: this.#members });
  }

  run(): SimulationResult {
    let violation: string | undefined;
    let oracle: string | undefined;
    const operations = (): readonly Operation<LogAction>[] => this.#history.operations(this.#oracles.committed);
    try {
      this.#safetyPhase();
      this.#livenessPhase();
      this.#failoverPhase();
      if (this.#scenario.endsWithRejoin) this.#rejoinPhase();
      checkHistory(operations());
    } catch (error) {
      violation = messageOf(error);
      oracle = oracleOf(error);
    }
    return {
      seed: this.#scenario.seed,
      scenario: this.#scenario,
      violation,
      oracle,
      simulatedMs: this.#scheduler.nowMs,
      messages: this.#trace.messagesSent,
      committedBatches: this.#oracles.committed.length,
      readsServed: this.#members.reduce((sum, member) => sum + member.readsServed, 0),
      elections: this.#oracles.elections,
      crashes: this.#faults.crashes,
      diskLosses: this.#faults.diskLosses,
      operations: operations(),
      traceHash: this.#trace.hash,
      trace: this.#trace.record,
    };
  }

  #safetyPhase(): void {
    const { workload, safetyPhaseMs } = this.#scenario;
    for (const member of this.#members) member.start();
    this.#scheduler.repeat(this.#random, workload.proposeMeanMs, () => this.#propose());
    this.#scheduler.repeat(this.#random, workload.readMeanMs, () => this.#anyMember().read());
    this.#scheduler.repeat(this.#random, 50 * tickMs, () => this.#oracles.logsMatch(this.#members));
    this.#faults.start();
    this.#scheduler.runUntil(safetyPhaseMs);
    this.#oracles.logsMatch(this.#members);
  }

  #livenessPhase(): void {
    this.#network.calmDown();
    this.#faults.calmDown();
    for (const member of this.#members) member.calmDown();
    const committedBefore = this.#oracles.committed.length;
    this.#wantedBatches = committedBefore + calmBatches;
    const isDone = (): boolean =>
      this.#oracles.committed.length >= this.#wantedBatches &&
      this.#members.every((member) => member.appliedBatches === this.#oracles.committed.length);
    this.#scheduler.runUntil(this.#scheduler.nowMs + livenessPhaseMs, isDone);
    if (!isDone()) {
      const committed = this.#oracles.committed.length - committedBefore;
      const states = this.#members.map((member) => JSON.stringify(member.status())).join('\n');
      throw new Violation('liveness', `without faults, ${committed} batches were committed, not by all\n${states}`);
    }
    this.#oracles.logsMatch(this.#members);
  }

  #failoverPhase(): void {
    checkFailover({
      scheduler: this.#scheduler,
      links: this.#links,
      members: this.#members,
      settleMsMax: livenessPhaseMs,
    });
  }

  #rejoinPhase(): void {
    const { disk, network } = this.#scenario;
    // What was stalled or held back before the calm may last that long.
    const echoesMs = Math.max(100 * disk.flushMsMax, network.delayMsMax + network.straggleMsMax);
    this.#scheduler.runUntil(this.#scheduler.nowMs + echoesMs);
    checkRejoin({
      scheduler: this.#scheduler,
      random: this.#random,
      links: this.#links,
      members: this.#members,
      settleMsMax: livenessPhaseMs,
    });
  }

  #propose(): void {
    if (this.#oracles.committed.length >= this.#wantedBatches) return;
    this.#proposeToBystander();
    for (const member of this.#members) {
      if (!member.isLeader) continue;
      const count = this.#random.integerBetween(1, this.#scenario.workload.batchEntriesMax + 1);
      member.propose(Array.from({ length: count }, () => this.#serial++));
    }
  }

  /** Who does not lead must refuse: an entry of its own making would have the place, and perhaps the term, of another. */
  #proposeToBystander(): void {
    const member = this.#members[this.#serial % this.#members.length]!;
    if (!member.isLeader) member.propose([this.#serial++]);
  }

  #anyMember(): SimulatedMember {
    return this.#members[this.#random.integerBetween(0, this.#members.length)]!;
  }
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
