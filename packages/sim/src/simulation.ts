// One seed, one cluster, one life. First everything may fail and only safety is asked for; then the faults end, and the
// cluster must elect a leader, commit, and bring every member to the same state in bounded time.

import { type Message, type NodeId, SeededRandom } from '@balsa/raft';
import { Oracles, Violation } from './oracles.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { Scheduler } from './scheduler.ts';
import { electionTicks, SimulatedMember, tickMs } from './simulated-member.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { Trace } from './trace.ts';

export interface SimulationResult {
  readonly seed: number;
  readonly scenario: Scenario;
  /** The broken property and how it was seen; `undefined` for a clean run. */
  readonly violation: string | undefined;
  readonly simulatedMs: number;
  readonly messages: number;
  readonly committedBatches: number;
  readonly readsServed: number;
  readonly crashes: number;
  readonly traceHash: number;
  /** The last lines before the end, if the run was asked to keep them. */
  readonly trace: readonly string[];
}

/** Far longer than any sequence of elections needs once the network is calm and every stalled flush is done. */
const livenessPhaseMs = 200 * electionTicks * tickMs;

export function simulate(seed: number, options: { readonly traceLines?: number } = {}): SimulationResult {
  return new Simulation(drawScenario(seed), options.traceLines ?? 0).run();
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #random: SeededRandom;
  readonly #scheduler = new Scheduler();
  readonly #trace: Trace;
  readonly #oracles: Oracles;
  readonly #network: SimulatedNetwork;
  readonly #members: SimulatedMember[];
  #serial = 1;
  #crashes = 0;
  #calm = false;
  #wantedBatches = 0;

  constructor(scenario: Scenario, traceLines: number) {
    this.#scenario = scenario;
    this.#random = new SeededRandom(scenario.seed ^ 0x5bd1_e995);
    this.#trace = new Trace(this.#scheduler, traceLines);
    this.#oracles = new Oracles(scenario.members);
    this.#network = new SimulatedNetwork(this.#scheduler, this.#random, scenario.network, (message) =>
      this.#deliver(message),
    );
    const ids = Array.from({ length: scenario.members }, (_, i) => i + 1);
    this.#members = ids.map(
      (id) =>
        new SimulatedMember(id, ids, {
          scheduler: this.#scheduler,
          random: this.#random,
          scenario,
          oracles: this.#oracles,
          trace: this.#trace,
          send: (message) => this.#network.send(message),
          everyone: () => this.#members,
        }),
    );
  }

  run(): SimulationResult {
    let violation: string | undefined;
    try {
      this.#safetyPhase();
      this.#livenessPhase();
    } catch (error) {
      violation = error instanceof Violation ? error.message : String((error as Error).stack);
    }
    return {
      seed: this.#scenario.seed,
      scenario: this.#scenario,
      violation,
      simulatedMs: this.#scheduler.nowMs,
      messages: this.#trace.messagesSent,
      committedBatches: this.#oracles.committed.length,
      readsServed: this.#members.reduce((sum, member) => sum + member.readsServed, 0),
      crashes: this.#crashes,
      traceHash: this.#trace.hash,
      trace: this.#trace.lines,
    };
  }

  #safetyPhase(): void {
    const { faults, workload, safetyPhaseMs } = this.#scenario;
    for (const member of this.#members) member.start();
    this.#repeat(workload.proposeMeanMs, () => this.#propose());
    this.#repeat(workload.readMeanMs, () => this.#anyMember().read());
    this.#repeat(faults.crashMeanMs, () => this.#crashSomebody());
    this.#repeat(faults.partitionMeanMs, () => this.#partition());
    this.#repeat(faults.pauseMeanMs, () => this.#pauseSomebody());
    this.#repeat(50 * tickMs, () => this.#oracles.logsMatch(this.#members));
    this.#scheduler.runUntil(safetyPhaseMs);
    this.#oracles.logsMatch(this.#members);
  }

  #livenessPhase(): void {
    this.#calm = true;
    this.#network.calmDown();
    for (const member of this.#members) {
      member.resume();
      if (!member.isUp) member.start();
    }
    this.#reportConnections();
    const committedBefore = this.#oracles.committed.length;
    this.#wantedBatches = committedBefore + 5;
    const isDone = (): boolean =>
      this.#oracles.committed.length >= this.#wantedBatches &&
      this.#members.every((member) => member.appliedBatches === this.#oracles.committed.length);
    this.#scheduler.runUntil(this.#scheduler.nowMs + livenessPhaseMs, isDone);
    if (!isDone()) {
      const states = this.#members.map((member) => JSON.stringify(member.status())).join('\n');
      throw new Violation(
        'liveness',
        `without faults, ${this.#oracles.committed.length - committedBefore} batches were committed and not all members applied them\n${states}`,
      );
    }
    this.#oracles.logsMatch(this.#members);
  }

  #propose(): void {
    // In the calm, proposals end once enough are committed, so that everybody can catch up with the last.
    if (this.#calm && this.#oracles.committed.length >= this.#wantedBatches) return;
    for (const member of this.#members) {
      if (!member.isLeader) continue;
      const count = this.#random.integerBetween(1, this.#scenario.workload.batchEntriesMax + 1);
      member.propose(Array.from({ length: count }, () => this.#serial++));
    }
  }

  #crashSomebody(): void {
    const victim = this.#anyMember();
    if (this.#calm || !victim.isUp) return;
    this.#crashes++;
    victim.crash();
    if (this.#scenario.network.reportsConnections) for (const other of this.#members) other.peerDown(victim.id);
    this.#scheduler.after(this.#random.integerBetween(1, this.#scenario.faults.downtimeMsMax + 1), () => {
      if (victim.isUp) return;
      victim.start();
      if (this.#scenario.network.reportsConnections) this.#reportConnectionsOf(victim.id);
    });
  }

  #partition(): void {
    if (this.#calm) return;
    const minority = new Set(this.#members.filter(() => this.#random.chance(0.4)).map(({ id }) => id));
    const oneWay = this.#random.chance(0.3);
    for (const { id: a } of this.#members) {
      for (const { id: b } of this.#members) {
        if (!minority.has(a) || minority.has(b)) continue;
        this.#network.cut(a, b);
        if (!oneWay) this.#network.cut(b, a);
        if (this.#scenario.network.reportsConnections) {
          this.#member(a).peerDown(b);
          this.#member(b).peerDown(a);
        }
      }
    }
    this.#scheduler.after(this.#random.integerBetween(1, this.#scenario.faults.partitionMsMax + 1), () => {
      this.#network.heal();
      this.#reportConnections();
    });
  }

  #pauseSomebody(): void {
    if (this.#calm) return;
    const victim = this.#anyMember();
    victim.pause();
    this.#scheduler.after(this.#random.integerBetween(1, this.#scenario.faults.pauseMsMax + 1), () => victim.resume());
  }

  #reportConnections(): void {
    if (!this.#scenario.network.reportsConnections) return;
    for (const member of this.#members) this.#reportConnectionsOf(member.id);
  }

  #reportConnectionsOf(id: NodeId): void {
    for (const other of this.#members) {
      if (other.id === id || !other.isUp || this.#network.isCut(id, other.id) || this.#network.isCut(other.id, id))
        continue;
      this.#member(id).peerUp(other.id);
      other.peerUp(id);
    }
  }

  #deliver(message: Message): void {
    this.#member(message.to).receive(message);
  }

  #member(id: NodeId): SimulatedMember {
    return this.#members[id - 1]!;
  }

  #anyMember(): SimulatedMember {
    return this.#members[this.#random.integerBetween(0, this.#members.length)]!;
  }

  /** Runs `act` again and again, at random intervals with the given mean; 0: never. */
  #repeat(meanMs: number, act: () => void): void {
    if (meanMs === 0) return;
    this.#scheduler.after(this.#random.integerBetween(1, 2 * meanMs + 1), () => {
      act();
      this.#repeat(meanMs, act);
    });
  }
}
