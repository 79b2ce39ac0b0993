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
import {
  type Batch,
  type Configuration,
  configurationOf,
  type GroupId,
  type Index,
  isMember,
  type NodeId,
  Role,
  SeededRandom,
} from '@balsa/raft';
import { type Group, type GroupStatus, membersMinForRestoring, type PeerFrame, type Transport } from '@balsa/replica';
import { crc32c } from '@balsa/wire';
import { Violation } from '../oracles.ts';
import type { RunResult } from '../run-result.ts';
import { Scheduler } from '../scheduler.ts';
import { electionMs, tickMs } from '../timing.ts';
import { Trace, type TraceWindow } from '../trace.ts';
import type { LossReason } from '../trace-events.ts';
import { nextTurn } from '../turn.ts';
import { watchUnhandled } from '../unhandled.ts';
import { ClientHistory, SimulatedClient } from './clients.ts';
import { NodeFaults } from './faults.ts';
import { FileRepair } from './file-repair.ts';
import { ForcedRecovery } from './forced-recovery.ts';
import { GroupHistories, type GroupHistory } from './group-histories.ts';
import { GroupWatch } from './group-watch.ts';
import { LeaseOracle } from './lease-oracle.ts';
import { checkLogOrder } from './log-order.ts';
import { LyingTransport } from './lying-transport.ts';
import { NodeNetwork } from './node-network.ts';
import type { ObservedGroup } from './observed-group.ts';
import { Operator } from './operator.ts';
import { drawNodesScenario, type NodesScenario } from './scenario.ts';
import type { SeriesTrial } from './series/series-trial.ts';
import { dataGroup, groups, type RunningNode, SimulatedNode } from './simulated-node.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { StalenessOracle } from './staleness-oracle.ts';
import { Verdict } from './verdict.ts';
import { VoteOracle } from './vote-oracle.ts';
import type * as WithFiles from './with-files.ts';

export interface NodesResult extends RunResult<NodesScenario, RegisterAction> {
  /** Changes of members, and handovers, that whoever asked for them was told to be done. */
  readonly changesMade: number;
  readonly transfersMade: number;
  /** Groups that were forced to go on after a majority was lost for good. */
  readonly groupsForced: number;
  /** Of series beside the registers: reads and statements that were what the log says. */
  readonly seriesReads: number;
  /** States with damaged files that gave way to another member's. */
  readonly repairs: number;
}

/** Of a replica with what others had at the same index. */
interface Comparison {
  readonly node: SimulatedNode;
  readonly process: SimulatedProcess;
  readonly done: Promise<void>;
}

/** Far longer than any sequence of elections needs once the network is calm and every stalled operation is done. */
const livenessPhaseMs = 200 * electionMs;
/** As long as something that is committed is being applied. */
const livenessPhasesMax = 4;
const stopMsMax = 50 * electionMs;
/** Per client, once everything is calm: enough to show that the cluster works again. */
const calmOperations = 3;
const searchLimits = { stepsMax: 100_000, configurationsMax: 20_000 };
/** More than all clients of a run open. */
const sessionsForAll = 1_000;
/** What an entry costs beside its value: session, command, tablet and record. */
const entryOverheadBytes = 300;
/** What a row of a tablet costs, of all measurements that there are of series beside the registers. */
const rowBytes = 64;

export function simulateNodes(seed: number, window?: TraceWindow): Promise<NodesResult> {
  return simulateNodesScenario(drawNodesScenario(seed), window);
}

export async function simulateNodesScenario(
  scenario: NodesScenario,
  window: TraceWindow = { eventsMax: 0 },
): Promise<NodesResult> {
  // Before anything begins: how long a module takes to be read is nothing that a seed draws.
  const files = scenario.storage.memtableBytes === 0 ? undefined : await import('./with-files.ts');
  return new NodesSimulation(scenario, window, files).run();
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Of one group, on all nodes. */
interface WatchedGroup {
  readonly histories: GroupHistories;
  readonly votes: VoteOracle;
  /** Of configurations, who appended them first: whoever led then. */
  readonly proposed: Set<string>;
  /** As it looks on every node, in the order of their ids. */
  everyone: readonly ObservedGroup[];
}

/** Judged once it is known what was committed before it. */
interface ProposedConfiguration {
  readonly group: GroupId;
  readonly node: SimulatedNode;
  readonly running: RunningNode;
  readonly before: { readonly index: Index; readonly configuration: Configuration };
  readonly after: Configuration;
}

/** Somebody was told that he belongs to a group no more. */
interface Removal {
  readonly node: SimulatedNode;
  readonly group: GroupId;
  /** The life in which it was told. */
  readonly running: RunningNode | undefined;
}

class NodesSimulation {
  readonly #scenario: NodesScenario;
  readonly #scheduler = new Scheduler();
  readonly #verdict = new Verdict();
  readonly #trace: Trace;
  readonly #network: NodeNetwork;
  readonly #nodes: SimulatedNode[];
  /** Of all lives. */
  readonly #liars: LyingTransport[] = [];
  readonly #randomOfLies: SeededRandom;
  #relaysLie: boolean;
  readonly #faults: NodeFaults;
  readonly #operator: Operator;
  readonly #repair: FileRepair;
  readonly #recovery: ForcedRecovery;
  #groupsForced = 0;
  readonly #staleness: StalenessOracle;
  #windowWaits = 0;
  readonly #leases: LeaseOracle;
  readonly #proposals: ProposedConfiguration[] = [];
  readonly #removals: Removal[] = [];
  readonly #clients: SimulatedClient[];
  /** Where the data group has files. */
  readonly #series: SeriesTrial | undefined;
  readonly #history = new ClientHistory();
  readonly #groups: ReadonlyMap<GroupId, WatchedGroup>;
  readonly #watches = new WeakMap<Group, GroupWatch>();
  readonly #touched = new Set<SimulatedNode>();

  constructor(scenario: NodesScenario, window: TraceWindow, files: typeof WithFiles | undefined) {
    this.#scenario = scenario;
    const scheduler = this.#scheduler;
    const verdict = this.#verdict;
    // What one part draws does not change what the others do: a smaller scenario stays as like the larger as can be.
    const randomOf = (part: number): SeededRandom => new SeededRandom(scenario.seed ^ Math.imul(part, 0x9e37_79b1));
    this.#randomOfLies = randomOf(7);
    this.#relaysLie = scenario.lies.liarProbability > 0;
    const founders = Array.from({ length: scenario.nodes }, (_, i) => i + 1);
    const everybody = Array.from({ length: countNodes(scenario) }, (_, i) => i + 1);
    this.#trace = new Trace(scheduler, everybody.length, window);
    this.#groups = new Map(
      groups.map((group) => [
        group,
        {
          histories: new GroupHistories(configurationOf(founders), (lineage, { registers, series }, index, command) => {
            if (group !== dataGroup || (files !== undefined && series.apply(index, command))) return;
            this.#history.applied(lineage, registers.apply(index, command));
          }),
          votes: new VoteOracle(),
          proposed: new Set<string>(),
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
        arrived: (to, group, frame) => this.#arrived(to, group, frame),
        lost: (group, frame, why) => this.#lost(group, frame, why),
        refused: (node) => this.#faults.refused(this.#nodes[node - 1]!),
      },
    });
    this.#nodes = everybody.map(
      (id) =>
        new SimulatedNode(id, id <= scenario.nodes ? founders : [], {
          scheduler,
          random: randomOf(100 + id),
          scenario,
          verdict,
          openFiles: files?.FileDataStore.open,
          transport: (node, process, versions, folders) =>
            this.#mayLie(node, process, this.#network.transport(node, process, versions, folders)),
          committedUpTo: (group, end) => this.#groups.get(group)!.histories.committedUpTo(end),
          restoresFromPeers: (asked) =>
            asked.every((group) => this.#configurationOf(group).voters.length >= membersMinForRestoring),
          crashMoment: (deed) => this.#faults.crashMoment(deed),
          failsToApply: () => this.#faults.failsToApply(),
          crash: (node) => this.#faults.crash(node),
          hooks: {
            touched: (node) => this.#touched.add(node),
            started: (node) => this.#trace.note(node.id, 'start', 'is up'),
            failed: (node, code) => this.#faults.failed(node, code),
            configurationAppended: (node, group, batch) => this.#configurationAppended(node, group, batch),
            appended: (node, group, batch) => {
              this.#groups.get(group)!.histories.appended(node.id, batch);
            },
            recovered: (node, group) => this.#groups.get(group)!.histories.restarted(node.observed(group)),
            damaged: (node) => this.#repair.damaged(node),
            removed: (node, group) => this.#removed(node, group),
            applied: (node, group, index, command, result) => {
              this.#trace.mix(node.id, group, index, crc32c(command), crc32c(result));
              const { applied } = this.#historyOf(node, group);
              verdict.hold(() => applied.applied(node.id, index, command, result));
            },
          },
        }),
    );
    for (const [id, group] of this.#groups) group.everyone = this.#nodes.map((node) => node.observed(id));
    this.#operator = new Operator({
      scheduler,
      random: randomOf(5),
      scenario,
      nodes: this.#nodes,
      configurationsOf: (group) => this.#groups.get(group)!.histories.current.configurations,
      oraclesOf: (group) => this.#groups.get(group)!.histories.current.oracles,
      verdict,
      disconnect: (node) => this.#network.leave(node),
      note: (node, mark, text) => this.#trace.note(node.id, mark, text),
    });
    this.#staleness = new StalenessOracle(scheduler, scenario);
    this.#leases = new LeaseOracle({
      scheduler,
      nodes: this.#nodes,
      oraclesOf: (group) => this.#groups.get(group)!.histories.current.oracles,
      verdict,
    });
    this.#faults = new NodeFaults({
      operator: this.#operator,
      scheduler,
      random: randomOf(2),
      randomOfApplying: randomOf(4),
      randomOfRot: randomOf(9),
      scenario,
      network: this.#network,
      nodes: this.#nodes,
      verdict,
      note: (node, mark, text) => this.#trace.note(node.id, mark, text),
    });
    this.#repair = new FileRepair({
      scheduler,
      random: randomOf(10),
      scenario,
      nodes: this.#nodes,
      verdict,
      isMember: (node) => isMember(node.id, this.#configurationOf(dataGroup)),
      note: (node, text) => this.#trace.note(node.id, 'install', text),
    });
    this.#recovery = new ForcedRecovery({
      scheduler,
      random: randomOf(6),
      scenario,
      nodes: this.#nodes,
      faults: this.#faults,
      operator: this.#operator,
      keeps: (group, batches) => this.#groups.get(group)!.histories.current.oracles.keeps(batches),
      forcedOn: (group, kept) => this.#forcedOn(group, kept),
      disconnect: (node) => this.#network.leave(node),
      note: (node, mark, text) => this.#trace.note(node.id, mark, text),
    });
    this.#series =
      files &&
      new files.SeriesTrial({
        scheduler,
        random: randomOf(8),
        scenario,
        nodes: this.#nodes,
        histories: this.#groups.get(dataGroup)!.histories,
        verdict,
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
          histories: this.#groups.get(dataGroup)!.histories,
          verdict,
          history: this.#history,
          staleness: this.#staleness,
          isMember: (node) => groups.every((group) => isMember(node.id, this.#configurationOf(group))),
        }),
    );
  }

  async run(): Promise<NodesResult> {
    let failure: unknown;
    const stopWatching = watchUnhandled((error) => this.#verdict.note(error));
    try {
      await this.#safetyPhase();
      await this.#recoveryPhase();
      await this.#livenessPhase();
      await this.#changePhase();
      await this.#replicasAgree();
      await this.#stopAll();
      this.#checkHistory();
    } catch (error) {
      failure = error ?? new Error('something was thrown that is no error');
    } finally {
      this.#series?.end();
      stopWatching();
    }
    const { histories } = this.#groups.get(dataGroup)!;
    return {
      seed: this.#scenario.seed,
      scenario: this.#scenario,
      ...describeError(failure),
      simulatedMs: this.#scheduler.nowMs,
      messages: this.#trace.messagesSent,
      committedBatches: histories.current.oracles.committed.length,
      readsServed: this.#operations().filter(({ action }) => action.op === 'read').length,
      elections: [...this.#groups.values()].reduce((sum, { histories: { elections } }) => sum + elections, 0),
      crashes: this.#faults.crashes,
      diskLosses: this.#faults.diskLosses + this.#faults.diskDamages,
      snapshotsInstalled: this.#nodes.reduce((sum, node) => sum + node.snapshotsInstalled, 0),
      relayedAppends: this.#trace.relayedAppends,
      windowWaits: this.#windowWaits,
      weakAcceptances: histories.weakAcceptances,
      weakLosses: histories.weakLosses,
      liesTold: this.#liars.reduce((sum, { told }) => sum + told, 0),
      changesMade: this.#operator.changesMade,
      transfersMade: this.#operator.transfersMade,
      groupsForced: this.#groupsForced,
      seriesReads: this.#series?.compared ?? 0,
      repairs: this.#repair.repairs,
      operations: this.#operations(),
      traceHash: this.#trace.hash,
      trace: this.#trace.record,
    };
  }

  #mayLie(node: NodeId, process: SimulatedProcess, transport: Transport): Transport {
    if (!this.#relaysLie) return transport;
    const liar = new LyingTransport({
      node,
      transport,
      process,
      scheduler: this.#scheduler,
      settings: this.#scenario.lies,
      random: this.#randomOfLies,
      everybody: this.#nodes.map(({ id }) => id),
    });
    this.#liars.push(liar);
    return liar;
  }

  async #safetyPhase(): Promise<void> {
    for (const node of this.#nodes) if (node.isDeployed) node.start();
    for (const client of this.#clients) client.start();
    this.#operator.start();
    this.#scheduler.repeat(new SeededRandom(this.#scenario.seed), 50 * tickMs, () => this.#compareWhenRead());
    this.#faults.start();
    this.#series?.start();
    await this.#runUntil(this.#scenario.safetyPhaseMs);
  }

  /** A majority is lost for good, and the faults go on while the group is forced on, and made whole again. */
  async #recoveryPhase(): Promise<void> {
    const { nodes, lostQuorum } = this.#scenario;
    if (!lostQuorum.happens || nodes < 2) return;
    let isOver = false;
    this.#recovery
      .run()
      .catch((error: unknown) => this.#verdict.note(error))
      .finally(() => {
        isOver = true;
      });
    await this.#until('a majority is lost', () => isOver);
  }

  /** Everything that is not kept is lost, and the oracles know it from here on. */
  #forcedOn(group: GroupId, kept: readonly Batch[]): void {
    const { histories, proposed } = this.#groups.get(group)!;
    const { term, firstIndex, configuration } = kept.at(-1)!;
    const lastIndex = histories.forcedOn(kept);
    proposed.add(`${term}:${firstIndex}`);
    histories.current.configurations.appended(configuration!);
    this.#groupsForced++;
    if (group !== dataGroup) return;
    this.#history.forcedOn(histories.current.registers.values);
    this.#staleness.forcedOn(lastIndex);
  }

  async #livenessPhase(): Promise<void> {
    const { changeMeanMs, endsWithChange } = this.#scenario.membership;
    this.#network.calmDown();
    this.#relaysLie = false;
    for (const relay of this.#liars) relay.endLies();
    this.#operator.calmDown();
    this.#faults.calmDown();
    this.#series?.calmDown();
    this.#repair.calmDown();
    for (const client of this.#clients) client.calmDown(calmOperations);
    if (this.#recovery.wanted.size > 0) this.#operator.insistOn([...this.#recovery.wanted]);
    if (changeMeanMs > 0) {
      const last = this.#nodes.at(-1)!;
      const newcomers = endsWithChange && !last.isGone ? [last.id] : [];
      this.#operator.insistOn([...new Set([...this.#operator.survivorsOf(dataGroup), ...newcomers])]);
    }
    await this.#until('without faults', () => this.#clients.every((client) => client.isDone) && this.#isSettled());
  }

  /** A working cluster is handed over to somebody else, who leaves it: it must hear so, and the others go on. */
  async #changePhase(): Promise<void> {
    const { changeMeanMs, endsWithChange } = this.#scenario.membership;
    if (changeMeanMs === 0 || !endsWithChange) return;
    const { voters } = this.#configurationOf(dataGroup);
    const heir = this.#nodes.find((node) => voters.includes(node.id) && node.group(dataGroup)?.isLeader === false);
    if (heir === undefined) return;
    this.#operator.insistOnLeader(dataGroup, heir.id);
    await this.#until(`node ${heir.id} is to lead`, () => heir.group(dataGroup)?.isLeader === true);
    const { removals } = heir;
    this.#operator.insistOn(voters.filter((id) => id !== heir.id));
    await this.#until(`node ${heir.id} is to leave`, () => {
      // Who was told by one group may have been switched off before the other could.
      const isTold = heir.removals >= removals + (heir.isDeployed ? groups.length : 1);
      return isTold && this.#isSettled();
    });
  }

  async #until(what: string, isDone: () => boolean): Promise<void> {
    for (let phase = 0; phase < livenessPhasesMax; phase++) {
      const applied = this.#appliedEntries();
      if (await this.#runUntil(this.#scheduler.nowMs + livenessPhaseMs, isDone)) return;
      // A store that has to flush after every entry, on a slow disk, takes its time for what it lay behind with.
      if (!this.#hasBacklog() || this.#appliedEntries() === applied) break;
    }
    throw new Violation('liveness', `${what}, this is as far as it comes:\n${this.#describe()}`);
  }

  #running(): Group[] {
    return this.#nodes.flatMap((node) => groups.map((group) => node.group(group)).filter((it) => it !== undefined));
  }

  #hasBacklog(): boolean {
    return this.#running().some((group) => group.status().appliedIndex < group.status().commitIndex);
  }

  #appliedEntries(): number {
    return this.#running().reduce((sum, group) => sum + group.status().appliedIndex, 0);
  }

  #membersOf(group: GroupId): SimulatedNode[] {
    const current = this.#configurationOf(group);
    return this.#nodes.filter(({ id }) => isMember(id, current));
  }

  /** The newest that is committed. */
  #configurationOf(group: GroupId): Configuration {
    return this.#groups.get(group)!.histories.current.configurations.current;
  }

  /** Of the lineage that the node has come to. */
  #historyOf(node: SimulatedNode, group: GroupId): GroupHistory {
    return this.#groups.get(group)!.histories.ofLineage(node.observed(group).lineage);
  }

  /** Every member runs, has applied everything, has nothing to make up for, and nothing waits anywhere. */
  #isSettled(): boolean {
    if (!this.#operator.isContent || this.#nodes.some((node) => node.hasForgotten)) return false;
    return groups.every((group) => {
      const members = this.#membersOf(group);
      const statuses = members.map((node) => node.group(group)?.status());
      const last = Math.max(...statuses.map((status) => status?.lastIndex ?? 0));
      const isSettled = (status: GroupStatus | undefined): boolean =>
        status?.appliedIndex === last &&
        status.leader !== undefined &&
        status.queuedBytes + status.uncommittedBytes === 0;
      return (
        statuses.every(isSettled) &&
        members.every((node) => node.observed(group).durableHardState.incident === 0 && this.#repair.isWhole(node)) &&
        !this.#nodes.some((node) => this.#isStray(node, group))
      );
    });
  }

  /** Who has left the group does not campaign in it for long, if there is anybody who can tell it. */
  #isStray(node: SimulatedNode, group: GroupId): boolean {
    const current = this.#configurationOf(group);
    const status = node.group(group)?.status();
    if (status === undefined || isMember(node.id, current)) return false;
    const { role, configuration } = status;
    const campaigns = role === Role.preCandidate || role === Role.candidate || role === Role.leader;
    return campaigns && configuration.voters.some((id) => isMember(id, current));
  }

  async #replicasAgree(): Promise<void> {
    const left = new Set([...this.#compare(), ...this.#readSeries()]);
    for (const each of left) {
      each.done.then(
        () => left.delete(each),
        (error: unknown) => {
          left.delete(each);
          // Who has left the group is not mended.
          if (!hasCode(error, 'STORAGE_CLOSED') && !(each.node.hasRot && hasCode(error, 'STORAGE_DAMAGED')))
            this.#verdict.note(error);
        },
      );
    }
    // Who has left the group may be switched off meanwhile.
    await this.#until('all are to be compared', () => [...left].every(({ process }) => !process.isAlive));
    this.#verdict.pronounce();
    const { registers, series } = this.#groups.get(dataGroup)!.histories.current;
    const rows = registers.size + series.rows;
    for (const node of this.#membersOf(dataGroup)) {
      const { rowsApplied } = node.running!.store;
      if (rowsApplied !== rows) {
        throw new Violation('exactly once', `node ${node.id} has applied ${rowsApplied} rows, ${rows} were written`);
      }
    }
    // Where nobody's session is ended for another's, what is committed is applied.
    const mayBeRefused = this.#groupsForced > 0 || this.#scenario.limits.sessionsMax < sessionsForAll;
    const missing = this.#clients.flatMap((client) => client.toldCommitted).find((value) => !registers.has(value));
    if (missing !== undefined && !mayBeRefused) {
      throw new Violation('acknowledged writes', `a client was told that ${missing} is committed, and it never was`);
    }
    for (const node of this.#nodes) {
      for (const group of groups) {
        const { sessions = 0 } = node.group(group)?.status() ?? {};
        if (sessions > this.#scenario.limits.sessionsMax) {
          throw new Violation('bounds', `node ${node.id} keeps ${sessions} sessions`);
        }
      }
    }
  }

  /** What series show, on every member. */
  #readSeries(): Comparison[] {
    const trial = this.#series;
    if (trial === undefined) return [];
    return this.#membersOf(dataGroup).map((node) => ({ node, process: node.process!, done: trial.readAll(node) }));
  }

  async #stopAll(): Promise<void> {
    this.#operator.end();
    let stopped = 0;
    const running = this.#nodes.filter(({ isUp }) => isUp);
    for (const node of running) {
      node.stop().then(
        () => stopped++,
        (error: unknown) => this.#verdict.note(error),
      );
    }
    const isDone = await this.#runUntil(this.#scheduler.nowMs + stopMsMax, () => stopped === running.length);
    if (!isDone) throw new Violation('left open', `only ${stopped} of ${running.length} nodes could be stopped`);
  }

  #checkHistory(): void {
    // The first check knows the log; the second knows nothing, but need not come to an end.
    const { histories } = this.#groups.get(dataGroup)!;
    for (let lineage = 0; lineage <= histories.newestLineage; lineage++) {
      checkLogOrder(this.#history.operationsOf(lineage), histories.ofLineage(lineage).registers);
    }
    const verdict = checkLinearizable(register, this.#operations(), searchLimits);
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
      for (const id of groups) {
        const group = node.group(id);
        if (group !== undefined) this.#watchOf(node, group).look();
      }
    }
    this.#touched.clear();
    for (const proposal of this.#proposals.splice(0)) this.#judge(proposal);
    for (const removal of this.#removals.splice(0)) this.#judgeRemoval(removal);
    this.#verdict.pronounce();
  }

  #watchOf(node: SimulatedNode, group: Group): GroupWatch {
    const known = this.#watches.get(group);
    if (known !== undefined) return known;
    const { id } = group;
    const { limits, workload, weak, series } = this.#scenario;
    const valueBytesMax = Math.max(workload.valueBytesMax, this.#series === undefined ? 0 : series.rowsMax * rowBytes);
    const { histories, votes } = this.#groups.get(id)!;
    const watch = new GroupWatch({
      group,
      observed: node.observed(id),
      histories,
      votes,
      everyone: () => this.#groups.get(id)!.everyone,
      limits,
      weakBytesMax: id === dataGroup ? weak.weakBytesMax : 0,
      batchBytesMax: limits.batchBytesMax + valueBytesMax + entryOverheadBytes,
      isReplaced: () => this.#repair.isReplaced(group),
      onRole: (role, term, leader) => this.#roleChanged(node, id, role, term, leader),
      onCommit: (index) => {
        if (id === dataGroup) this.#trace.note(node.id, 'commit', `commits up to ${index}`);
      },
      onCommitted: (index) => {
        if (id === dataGroup) this.#staleness.committed(index);
      },
      onWindowWait: () => {
        this.#windowWaits++;
      },
    });
    this.#watches.set(group, watch);
    return watch;
  }

  /** Followers append what a leader has appended before them. */
  #configurationAppended(node: SimulatedNode, group: GroupId, { term, firstIndex, configuration }: Batch): void {
    const { proposed } = this.#groups.get(group)!;
    const key = `${term}:${firstIndex}`;
    if (proposed.has(key) || configuration === undefined) return;
    proposed.add(key);
    const { configuration: before, configurationIndex: index } = node.observed(group);
    this.#verdict.hold(() => this.#operator.explain(node.id, group, before, configuration));
    const { running } = node;
    if (running === undefined) return;
    this.#proposals.push({ group, node, running, before: { index, configuration: before }, after: configuration });
  }

  #judge({ group, node, running, before, after }: ProposedConfiguration): void {
    const { configurations } = this.#historyOf(node, group);
    // What the dead had committed just before may not have been seen.
    if (node.running !== running) configurations.appended(after);
    else configurations.proposed({ leader: node.id, commitIndex: Number.POSITIVE_INFINITY, before, after });
  }

  /** Whether it is true is known once it was looked at what is committed. */
  #removed(node: SimulatedNode, group: GroupId): void {
    this.#removals.push({ node, group, running: node.running });
    this.#operator.removed(node, group);
  }

  #judgeRemoval({ node, group, running }: Removal): void {
    // What the dead had committed just before may not have been seen.
    if (node.running !== running) return;
    if (this.#groups.get(group)!.histories.current.configurations.hasRemoved(node.id)) return;
    throw new Violation('removal', `node ${node.id} is told that it left group ${group}, and never has`);
  }

  #roleChanged(node: SimulatedNode, group: GroupId, role: Role, term: number, leader: NodeId | undefined): void {
    const follows = role === Role.follower && leader !== undefined ? `, follows ${leader}` : '';
    if (group === dataGroup) this.#trace.note(node.id, role, `${role} of term ${term}${follows}`);
    if (role !== Role.leader) return;
    this.#faults.leaderElected(node);
    if (this.#scenario.membership.leases) this.#leases.leaderElected(node, group);
  }

  /** Logs match, and replicas that have applied as much are equal. Returns what is known only once files have been read. */
  #compare(): Comparison[] {
    const underWay: Comparison[] = [];
    this.#verdict.hold(() => {
      for (const [id, { histories, everyone }] of this.#groups) {
        histories.current.oracles.logsMatch(everyone);
        for (const node of this.#nodes) {
          const group = node.group(id);
          // A group that failed within a batch is ahead of what it says it has applied.
          if (group === undefined || group.failure !== undefined) continue;
          const state = group.checksum();
          if (state === undefined) continue;
          const { applied } = this.#historyOf(node, id);
          const compare = (checksum: number): void => applied.checksum(node.id, state.index, checksum);
          if (typeof state.checksum === 'number') compare(state.checksum);
          else {
            const done = state.checksum.then((checksum) => this.#verdict.hold(() => compare(checksum)));
            underWay.push({ node, process: node.process!, done });
          }
        }
      }
    });
    return underWay;
  }

  /** While there are faults, disks may refuse to read, and processes die of it. */
  #compareWhenRead(): void {
    for (const { done } of this.#compare()) done.catch(() => {});
  }

  #sent(from: NodeId, _to: NodeId, group: GroupId, frame: PeerFrame): void {
    if (frame.kind !== 'raft') return;
    const { histories, votes, everyone } = this.#groups.get(group)!;
    const { oracles } = histories.of(frame.message.term);
    votes.sent(frame.message);
    this.#verdict.hold(() => {
      oracles.messageSent(everyone[from - 1]!, frame.message);
      oracles.acknowledged(frame.message, everyone);
    });
    if (group === dataGroup) this.#trace.sent(frame.message);
    else this.#trace.mix(frame.message.type, from, frame.message.to, frame.message.term);
  }

  #arrived(_to: NodeId, group: GroupId, frame: PeerFrame): void {
    if (frame.kind !== 'raft' || group !== dataGroup) return;
    this.#trace.arrived(frame.message);
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

/** With those that may come later, and one that comes last. */
function countNodes({ nodes, membership, lostQuorum }: NodesScenario): number {
  // In the place of all who may be lost for good.
  const spares = lostQuorum.happens ? nodes - 1 : 0;
  return nodes + membership.newcomers + (membership.endsWithChange ? 1 : 0) + spares;
}

/** An exception from the product is as much of a find as an oracle's. */
function describeError(error: unknown): Pick<NodesResult, 'violation' | 'oracle'> {
  if (error === undefined) return { violation: undefined, oracle: undefined };
  if (error instanceof Violation) return { violation: error.message, oracle: error.oracle };
  if (error instanceof Error)
    return { violation: error.stack ?? error.message, oracle: `${error.name}: ${error.message}` };
  return { violation: String(error), oracle: String(error) };
}
