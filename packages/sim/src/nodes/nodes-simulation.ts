// One seed, one cluster of whole nodes, one life. First everything may fail and only safety is asked for; then the faults
// end, and every node must come back, every client must be answered, and all replicas must agree, in bounded time. At last
// the nodes are asked to stop, and must leave nothing behind.

import {
  checkLinearizable,
  describeConflict,
  type Operation,
  type RegisterAction,
  register,
} from '@balsa/linearizability';
import { type GroupId, type NodeId, Role, SeededRandom } from '@balsa/raft';
import type { GroupStatus, PeerFrame } from '@balsa/replica';
import { crc32c } from '@balsa/wire';
import { Oracles, Violation } from '../oracles.ts';
import type { RunResult } from '../run-result.ts';
import { Scheduler } from '../scheduler.ts';
import { electionMs, tickMs } from '../timing.ts';
import { Trace, type TraceWindow } from '../trace.ts';
import type { LossReason } from '../trace-events.ts';
import { nextTurn } from '../turn.ts';
import { watchUnhandled } from '../unhandled.ts';
import { AppliedHistory } from './applied-history.ts';
import { ClientHistory, SimulatedClient } from './clients.ts';
import { NodeFaults } from './faults.ts';
import { GroupWatch } from './group-watch.ts';
import { checkLogOrder } from './log-order.ts';
import { NodeNetwork } from './node-network.ts';
import type { ObservedGroup } from './observed-group.ts';
import { RegisterLog } from './register-log.ts';
import { drawNodesScenario, type NodesScenario } from './scenario.ts';
import { dataGroup, groups, type RunningNode, SimulatedNode } from './simulated-node.ts';
import { Verdict } from './verdict.ts';

export type NodesResult = RunResult<NodesScenario, RegisterAction>;

/** Far longer than any sequence of elections needs once the network is calm and every stalled operation is done. */
const livenessPhaseMs = 200 * electionMs;
const stopMsMax = 50 * electionMs;
/** Per client, once everything is calm: enough to show that the cluster works again. */
const calmOperations = 3;
const searchLimits = { stepsMax: 100_000, configurationsMax: 20_000 };
/** What an entry costs beside its value: session, command, tablet and record. */
const entryOverheadBytes = 300;

export function simulateNodes(seed: number, window?: TraceWindow): Promise<NodesResult> {
  return simulateNodesScenario(drawNodesScenario(seed), window);
}

export function simulateNodesScenario(
  scenario: NodesScenario,
  window: TraceWindow = { eventsMax: 0 },
): Promise<NodesResult> {
  return new NodesSimulation(scenario, window).run();
}

/** Of one group, on all nodes. */
interface WatchedGroup {
  readonly oracles: Oracles;
  readonly applied: AppliedHistory;
  /** As it looks on every node, in the order of their ids. */
  everyone: readonly ObservedGroup[];
}

class NodesSimulation {
  readonly #scenario: NodesScenario;
  readonly #scheduler = new Scheduler();
  readonly #verdict = new Verdict();
  readonly #trace: Trace;
  readonly #network: NodeNetwork;
  readonly #nodes: SimulatedNode[];
  readonly #faults: NodeFaults;
  readonly #clients: SimulatedClient[];
  readonly #history = new ClientHistory();
  readonly #log = new RegisterLog();
  readonly #groups: ReadonlyMap<GroupId, WatchedGroup>;
  /** Of the processes that run now. */
  readonly #watches = new Map<SimulatedNode, { readonly running: RunningNode; readonly watches: GroupWatch[] }>();
  readonly #touched = new Set<SimulatedNode>();

  constructor(scenario: NodesScenario, window: TraceWindow) {
    this.#scenario = scenario;
    const scheduler = this.#scheduler;
    const verdict = this.#verdict;
    // What one part draws does not change what the others do: a smaller scenario stays as like the larger as can be.
    const randomOf = (part: number): SeededRandom => new SeededRandom(scenario.seed ^ Math.imul(part, 0x9e37_79b1));
    this.#trace = new Trace(scheduler, scenario.nodes, window);
    this.#groups = new Map(
      groups.map((group) => [
        group,
        {
          oracles: new Oracles(),
          applied: new AppliedHistory((index, command) => {
            if (group === dataGroup) this.#history.applied(this.#log.apply(index, command));
          }),
          everyone: [],
        },
      ]),
    );
    this.#network = new NodeNetwork({
      scheduler,
      random: randomOf(1),
      settings: scenario.network,
      observer: {
        sent: (from, to, group, frame) => this.#sent(from, to, group, frame),
        arrived: (group, frame) => this.#arrived(group, frame),
        lost: (group, frame, why) => this.#lost(group, frame, why),
        refused: (node) => this.#faults.refused(this.#nodes[node - 1]!),
      },
    });
    const members = Array.from({ length: scenario.nodes }, (_, i) => i + 1);
    this.#nodes = members.map(
      (id) =>
        new SimulatedNode(id, members, {
          scheduler,
          random: randomOf(100 + id),
          scenario,
          verdict,
          transport: (node, process, versions, folders) => this.#network.transport(node, process, versions, folders),
          committed: (group) => () => this.#groups.get(group)!.oracles.committed,
          crashMoment: (deed) => this.#faults.crashMoment(deed),
          failsToApply: () => this.#faults.failsToApply(),
          crash: (node) => this.#faults.crash(node),
          hooks: {
            touched: (node) => this.#touched.add(node),
            started: (node) => this.#trace.note(node.id, 'start', 'is up'),
            failed: (node, code) => this.#faults.failed(node, code),
            applied: (node, group, index, command, result) => {
              this.#trace.mix(node.id, group, index, crc32c(command), crc32c(result));
              verdict.hold(() => this.#groups.get(group)!.applied.applied(node.id, index, command, result));
            },
          },
        }),
    );
    for (const [id, group] of this.#groups) group.everyone = this.#nodes.map((node) => node.observed(id));
    this.#faults = new NodeFaults({
      scheduler,
      random: randomOf(2),
      randomOfApplying: randomOf(4),
      scenario,
      network: this.#network,
      nodes: this.#nodes,
      verdict,
      note: (node, mark, text) => this.#trace.note(node.id, mark, text),
    });
    const random = randomOf(3);
    this.#clients = Array.from(
      { length: scenario.workload.clients },
      (_, i) =>
        new SimulatedClient(i + 1, {
          scheduler,
          random,
          scenario,
          nodes: this.#nodes,
          log: this.#log,
          verdict,
          history: this.#history,
        }),
    );
  }

  async run(): Promise<NodesResult> {
    let failure: unknown;
    const stopWatching = watchUnhandled((error) => this.#verdict.note(error));
    try {
      await this.#safetyPhase();
      await this.#livenessPhase();
      this.#replicasAgree();
      await this.#stopAll();
      this.#checkHistory();
    } catch (error) {
      failure = error ?? new Error('something was thrown that is no error');
    } finally {
      stopWatching();
    }
    const data = this.#groups.get(dataGroup)!;
    return {
      seed: this.#scenario.seed,
      scenario: this.#scenario,
      ...describeError(failure),
      simulatedMs: this.#scheduler.nowMs,
      messages: this.#trace.messagesSent,
      committedBatches: data.oracles.committed.length,
      readsServed: this.#operations().filter(({ action }) => action.op === 'read').length,
      elections: [...this.#groups.values()].reduce((sum, { oracles }) => sum + oracles.elections, 0),
      crashes: this.#faults.crashes,
      diskLosses: this.#faults.diskLosses + this.#faults.diskDamages,
      snapshotsInstalled: this.#nodes.reduce((sum, node) => sum + node.snapshotsInstalled, 0),
      operations: this.#operations(),
      traceHash: this.#trace.hash,
      trace: this.#trace.record,
    };
  }

  async #safetyPhase(): Promise<void> {
    for (const node of this.#nodes) node.start();
    for (const client of this.#clients) client.start();
    this.#scheduler.repeat(new SeededRandom(this.#scenario.seed), 50 * tickMs, () => this.#compare());
    this.#faults.start();
    await this.#runUntil(this.#scenario.safetyPhaseMs);
  }

  async #livenessPhase(): Promise<void> {
    this.#network.calmDown();
    this.#faults.calmDown();
    for (const client of this.#clients) client.calmDown(calmOperations);
    const isDone = (): boolean => this.#clients.every((client) => client.isDone) && this.#isSettled();
    const isInTime = await this.#runUntil(this.#scheduler.nowMs + livenessPhaseMs, isDone);
    if (!isInTime) throw new Violation('liveness', `without faults, this is as far as it comes:\n${this.#describe()}`);
  }

  /** Every node runs, has applied everything, has nothing to make up for, and nothing waits anywhere. */
  #isSettled(): boolean {
    return groups.every((group) => {
      const statuses = this.#nodes.map((node) => node.group(group)?.status());
      const last = Math.max(...statuses.map((status) => status?.lastIndex ?? 0));
      const isSettled = (status: GroupStatus | undefined): boolean =>
        status?.appliedIndex === last &&
        status.leader !== undefined &&
        status.queuedBytes + status.uncommittedBytes === 0;
      return (
        statuses.every(isSettled) &&
        this.#nodes.every((node) => !node.hasForgotten && node.observed(group).durableHardState.incident === 0)
      );
    });
  }

  #replicasAgree(): void {
    this.#compare();
    this.#verdict.pronounce();
    for (const node of this.#nodes) {
      const { rowsApplied } = node.running!.store.statistics();
      if (rowsApplied !== this.#log.size) {
        throw new Violation(
          'exactly once',
          `node ${node.id} has applied ${rowsApplied} rows, ${this.#log.size} were written`,
        );
      }
    }
    for (const node of this.#nodes) {
      for (const group of groups) {
        const { sessions } = node.group(group)!.status();
        if (sessions > this.#scenario.limits.sessionsMax) {
          throw new Violation('bounds', `node ${node.id} keeps ${sessions} sessions`);
        }
      }
    }
  }

  async #stopAll(): Promise<void> {
    let stopped = 0;
    for (const node of this.#nodes) {
      node.stop().then(
        () => stopped++,
        (error: unknown) => this.#verdict.note(error),
      );
    }
    const isDone = await this.#runUntil(this.#scheduler.nowMs + stopMsMax, () => stopped === this.#nodes.length);
    if (!isDone) throw new Violation('left open', `only ${stopped} of ${this.#nodes.length} nodes could be stopped`);
  }

  #checkHistory(): void {
    // The first check knows the log; the second knows nothing, but need not come to an end.
    const operations = this.#operations();
    checkLogOrder(operations, this.#log);
    const verdict = checkLinearizable(register, operations, searchLimits);
    if (verdict.outcome === 'violation') {
      throw new Violation('linearizability', describeConflict(register, verdict.conflict));
    }
  }

  #operations(): Operation<RegisterAction>[] {
    return this.#history.operations();
  }

  /** Event after event; what each of them leaves behind in promises is done before the next. True: `isDone` said so. */
  async #runUntil(untilMs: number, isDone: () => boolean = () => false): Promise<boolean> {
    const scheduler = this.#scheduler;
    while (scheduler.runNext(untilMs)) {
      await nextTurn();
      this.#look();
      if (isDone()) return true;
    }
    scheduler.nowMs = untilMs;
    return false;
  }

  #look(): void {
    this.#verdict.pronounce();
    for (const node of this.#touched) {
      const { running } = node;
      if (running === undefined) continue;
      for (const watch of this.#watchesOf(node, running)) watch.look();
    }
    this.#touched.clear();
    this.#verdict.pronounce();
  }

  #watchesOf(node: SimulatedNode, running: RunningNode): GroupWatch[] {
    const known = this.#watches.get(node);
    if (known?.running === running) return known.watches;
    const { limits, workload } = this.#scenario;
    const watches = groups.map(
      (id) =>
        new GroupWatch({
          group: running.host.group(id)!,
          observed: node.observed(id),
          oracles: this.#groups.get(id)!.oracles,
          everyone: () => this.#groups.get(id)!.everyone,
          limits,
          batchBytesMax: limits.batchBytesMax + workload.valueBytesMax + entryOverheadBytes,
          onRole: (role, term, leader) => this.#roleChanged(node, id, role, term, leader),
          onCommit: (index) => {
            if (id === dataGroup) this.#trace.note(node.id, 'commit', `commits up to ${index}`);
          },
        }),
    );
    this.#watches.set(node, { running, watches });
    return watches;
  }

  #roleChanged(node: SimulatedNode, group: GroupId, role: Role, term: number, leader: NodeId | undefined): void {
    const follows = role === Role.follower && leader !== undefined ? `, follows ${leader}` : '';
    if (group === dataGroup) this.#trace.note(node.id, role, `${role} of term ${term}${follows}`);
    if (role === Role.leader) this.#faults.leaderElected(node);
  }

  /** Logs match, and replicas that have applied as much are equal. */
  #compare(): void {
    this.#verdict.hold(() => {
      for (const [id, { oracles, applied, everyone }] of this.#groups) {
        oracles.logsMatch(everyone);
        for (const node of this.#nodes) {
          const group = node.group(id);
          // A group that failed within a batch is ahead of what it says it has applied.
          if (group === undefined || group.failure !== undefined) continue;
          const state = group.checksum();
          if (state !== undefined) applied.checksum(node.id, state.index, state.checksum);
        }
      }
    });
  }

  #sent(from: NodeId, _to: NodeId, group: GroupId, frame: PeerFrame): void {
    if (frame.kind !== 'raft') return;
    const { oracles } = this.#groups.get(group)!;
    this.#verdict.hold(() => {
      const { everyone } = this.#groups.get(group)!;
      oracles.messageSent(everyone[from - 1]!, frame.message);
      oracles.acknowledged(frame.message, everyone);
    });
    if (group === dataGroup) this.#trace.sent(frame.message);
    else this.#trace.mix(frame.message.type, from, frame.message.to, frame.message.term);
  }

  #arrived(group: GroupId, frame: PeerFrame): void {
    if (frame.kind === 'raft' && group === dataGroup) this.#trace.arrived(frame.message);
  }

  #lost(group: GroupId, frame: PeerFrame, why: LossReason): void {
    if (frame.kind === 'raft' && group === dataGroup) this.#trace.lost(frame.message, why);
  }

  #describe(): string {
    const clients = this.#clients.filter((client) => !client.isDone).length;
    const nodes = this.#nodes.flatMap((node) =>
      groups.map(
        (group) => `node ${node.id}, group ${group}: ${JSON.stringify(node.group(group)?.status() ?? 'down')}`,
      ),
    );
    return [`${clients} clients wait`, ...nodes].join('\n');
  }
}

/** An exception from the product is as much of a find as an oracle's. */
function describeError(error: unknown): Pick<NodesResult, 'violation' | 'oracle'> {
  if (error === undefined) return { violation: undefined, oracle: undefined };
  if (error instanceof Violation) return { violation: error.message, oracle: error.oracle };
  if (error instanceof Error)
    return { violation: error.stack ?? error.message, oracle: `${error.name}: ${error.message}` };
  return { violation: String(error), oracle: String(error) };
}
