// An operator on the day on which a majority is lost for good (docs/recovery.md). Everybody is down; he looks at the folders that are
// left, has the newest of them recovered, starts who is left, and makes the group whole again: with new nodes, with lost ones that
// got empty disks, and with some that turn out not to be lost, and come back with all that they remember. His commands may die,
// and are repeated.

import {
  type Batch,
  configurationOf,
  type GroupId,
  lastIndexOf,
  lineageOf,
  type NodeId,
  type SeededRandom,
} from '@balsa/raft';
import { type ForcedRecovery as Forced, ReplicaError, type StoredGroup } from '@balsa/replica';
import { isSameConfiguration } from '../configuration-oracle.ts';
import { isQuorum } from '../majorities.ts';
import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import { shuffled } from '../shuffled.ts';
import { networkMsMax } from './clients.ts';
import type { NodeFaults } from './faults.ts';
import type { Operator } from './operator.ts';
import type { NodesScenario } from './scenario.ts';
import { type FoundGroup, groups, type OfflineFolder, type SimulatedNode } from './simulated-node.ts';

export interface ForcedRecoveryPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly scenario: NodesScenario;
  readonly nodes: readonly SimulatedNode[];
  readonly faults: NodeFaults;
  readonly operator: Operator;
  /** Does the group have all of this, the beginning of a node's log? */
  readonly keeps: (group: GroupId, batches: readonly Batch[]) => boolean;
  /** The group goes on with what this node has, the last of which is the entry that says so. */
  readonly forcedOn: (group: GroupId, kept: readonly Batch[]) => void;
  readonly disconnect: (node: NodeId) => void;
  readonly note: (node: SimulatedNode, mark: 'crash' | 'start' | 'stop' | 'loss', text: string) => void;
}

/** What the folder of a node says of a group; of all survivors, the newest is to be recovered. */
interface Choice {
  readonly node: SimulatedNode;
  readonly group: GroupId;
  readonly stored: StoredGroup;
}

const commandsMax = 200;
/** Of all commands together, more do not die: on slow disks the faults would be over before the groups can be recovered. */
const deathsMax = 12;
/** A command that is to die does so within as many operations of the disk as most of them take. */
const operationsMax = 60;
const pollMs = 10;
const stopMsMax = 500;
/** A lost node that may not come back by then, lest it and survivors that have heard of nothing make a majority, does not. */
const waitMsMax = 3_000;
const firstTermsMax = 2 ** 31;

export class ForcedRecovery {
  readonly #ports: ForcedRecoveryPorts;
  /** Operations of the disk that the command survives. */
  #operationsLeft = Number.POSITIVE_INFINITY;
  #deathsLeft = deathsMax;
  #founders: readonly NodeId[] = [];
  #survivors: readonly SimulatedNode[] = [];
  readonly #folders = new Map<SimulatedNode, readonly Choice[]>();
  /** Lost nodes that have come back with all that they had. */
  readonly #returned = new Set<SimulatedNode>();
  /** Who is to form the groups in the end. Nobody: the groups were not forced, and are as they were. */
  readonly wanted: Set<NodeId> = new Set();

  constructor(ports: ForcedRecoveryPorts) {
    this.#ports = ports;
  }

  /** From the loss until the group is complete enough for the faults to end. */
  async run(): Promise<void> {
    const { random, scenario, nodes, faults } = this.#ports;
    const founders = nodes.filter(({ isDeployed }) => isDeployed);
    this.#founders = founders.map(({ id }) => id);
    const losses = random.integerBetween(Math.ceil(founders.length / 2), founders.length);
    const lost = shuffled(this.#ports.random, founders).slice(0, losses);
    this.#survivors = founders.filter((node) => !lost.includes(node));
    await this.#goDown(lost);
    const choices = await this.#choose();
    if (choices === undefined) {
      for (const node of founders) this.#bringBack(node, 'is not lost after all');
      faults.goOn();
    } else {
      for (const node of new Set(choices.map((choice) => choice.node))) {
        await this.#recover(choices.filter((choice) => choice.node === node));
      }
      faults.goOn();
      await this.#makeWhole(lost);
      await this.#ports.scheduler.pass(scenario.lostQuorum.aftermathMs);
    }
  }

  // --- the loss ----------------------------------------------------------------------------------------------------

  /** Survivors live on for a while, in vain. In the end nobody does, and nothing that anybody said is under way to a client. */
  async #goDown(lost: readonly SimulatedNode[]): Promise<void> {
    const { faults, note } = this.#ports;
    for (const node of lost) {
      await this.#linger();
      node.isDeployed = false;
      note(node, 'loss', 'is lost');
      this.#kill(node);
    }
    await this.#linger();
    faults.hold(() => this.#operationsLeft-- <= 0);
    for (const node of this.#survivors) node.isDeployed = false;
    for (const node of this.#survivors) await this.#stop(node);
    await this.#ports.scheduler.pass(2 * networkMsMax);
  }

  #kill(node: SimulatedNode): void {
    const { random, scenario, operator, disconnect } = this.#ports;
    node.crash(!scenario.log.isBatched && random.chance(0.5) ? 'power' : 'process');
    operator.ended(node);
    disconnect(node.id);
  }

  async #stop(node: SimulatedNode): Promise<void> {
    const { scheduler, random, note } = this.#ports;
    note(node, 'stop', 'is stopped, to be recovered');
    if (node.running !== undefined && node.process?.isPaused === false && random.chance(0.5)) {
      const untilMs = scheduler.nowMs + stopMsMax;
      let failure: unknown;
      node.stop().catch((error: unknown) => {
        failure = error;
      });
      while (node.isUp && failure === undefined && scheduler.nowMs < untilMs) await this.#ports.scheduler.pass(pollMs);
      if (failure !== undefined) throw failure;
    }
    if (node.isUp) this.#kill(node);
  }

  // --- the commands ------------------------------------------------------------------------------------------------

  /** For every group, the survivor with the newest log. `undefined`: their folders do not hold enough to recover both groups. */
  async #choose(): Promise<Choice[] | undefined> {
    const { note } = this.#ports;
    const found: Choice[] = [];
    for (const node of this.#survivors) {
      found.push(...(await this.#lookAt(node)));
    }
    const choices = groups.flatMap((group) =>
      found
        .filter((choice) => choice.group === group)
        .sort(byLog)
        .slice(0, 1),
    );
    if (choices.length < groups.length) return undefined;
    for (const { node, group } of choices) {
      note(node, 'loss', `is to be recovered in group ${group}, with ${this.#survivorIds.join(', ')}`);
      if (!(await this.#isAccepted(node, group))) return undefined;
    }
    return choices;
  }

  /** What the folder of a node that is down holds, as the operator is shown it. */
  async #lookAt(node: SimulatedNode): Promise<Choice[]> {
    const contents = await this.#command(node, (folder) => folder.read());
    for (const group of groups) recovered(node, group, contents.get(group)!);
    const stored = await this.#command(node, async (folder) => {
      const stopped = await folder.open(() => this.#drawLineage());
      const groupsStored = stopped.groups();
      await stopped.close();
      return groupsStored;
    });
    const choices = stored.map((group) => ({ node, group: group.group, stored: group }));
    for (const choice of choices) checkReport(choice);
    this.#folders.set(node, choices);
    return choices;
  }

  get #survivorIds(): NodeId[] {
    return this.#survivors.map(({ id }) => id);
  }

  /** Where the disk does not hold the members, only those can be named whom the node has met. */
  #isAccepted(node: SimulatedNode, group: GroupId): Promise<boolean> {
    const members = this.#survivorIds;
    return this.#command(node, async (folder) => {
      const stopped = await folder.open(() => this.#drawLineage());
      try {
        stopped.plan({ members, groups: [group] });
        return true;
      } catch (error) {
        const hasMetAll = members.every((id) => id === node.id || stopped.hasMet(id));
        if (error instanceof ReplicaError && error.code === 'MEMBERS_INVALID' && !hasMetAll) return false;
        throw error;
      } finally {
        await stopped.close();
      }
    });
  }

  /** Until every group is recovered of which the node is the newest; what a command has done that died is looked up. */
  async #recover(choices: readonly Choice[]): Promise<void> {
    const [{ node }] = choices as [Choice];
    const members = this.#survivorIds;
    for (let left = choices, commands = 0; left.length > 0; commands++) {
      const ids = left.map(({ group }) => group);
      const reported = await this.#attempt(node, commands, async (folder) => {
        const stopped = await folder.open(() => this.#drawLineage());
        const recoveries = await stopped.recover({ members, groups: ids });
        await stopped.close();
        return recoveries;
      });
      const contents = await this.#command(node, (folder) => folder.read());
      const open = left.filter((choice) => !this.#isForced(choice, contents.get(choice.group)!));
      if (reported !== undefined) {
        if (open.length > 0) throw new Violation('forced recovery', `node ${node.id} says it is done, and it is not`);
        for (const choice of left) this.#checkPromise(choice, reported);
      }
      left = open;
    }
    const record = await this.#command(node, async (folder) => {
      const stopped = await folder.open(() => this.#drawLineage());
      await stopped.close();
      return stopped.record.recoveries;
    });
    for (const choice of choices) this.#checkPromise(choice, record);
  }

  /** The group has one entry more, or is as it was. */
  #isForced({ node, group, stored }: Choice, found: FoundGroup): boolean {
    const { forcedOn, note } = this.#ports;
    const observed = node.observed(group);
    const entry = found.batches.at(-1);
    const isNew = entry !== undefined && entry.firstIndex === stored.lastIndex + 1;
    recovered(
      node,
      group,
      isNew ? { ...found, hardState: observed.durableHardState, batches: found.batches.slice(0, -1) } : found,
    );
    if (!isNew) return false;
    const { term, configuration } = entry;
    const isRight =
      lineageOf(term) === lineageOf(stored.term) + 1 &&
      configuration !== undefined &&
      isSameConfiguration({ ...configuration, leases: false }, configurationOf(this.#survivorIds));
    if (!isRight) {
      const words = `entry ${entry.firstIndex} of term ${term}, which makes ${JSON.stringify(configuration)}`;
      throw new Violation('forced recovery', `node ${node.id} is recovered in group ${group} by ${words}`);
    }
    observed.forcedOn(found.hardState, entry);
    note(node, 'loss', `is recovered in group ${group}, by entry ${entry.firstIndex} of term ${term}`);
    forcedOn(group, [...observed.durable]);
    return true;
  }

  /** Whoever reads what the command says knows where the history was cut, and who was given up. */
  #checkPromise({ node, group, stored }: Choice, said: readonly Forced[]): void {
    const last = node.observed(group).durable.at(-1)!;
    const told = said.find((forced) => forced.group === group && forced.term === last.term);
    const isTrue =
      told !== undefined &&
      told.index === last.firstIndex &&
      told.lastTerm === stored.lastTerm &&
      told.members.join() === this.#survivorIds.join() &&
      told.membersBefore.join() === (stored.configuration?.voters ?? []).join();
    if (isTrue) return;
    throw new Violation('forced recovery', `node ${node.id} says of group ${group}: ${JSON.stringify(told)}`);
  }

  #drawLineage(): number {
    return this.#ports.random.integerBetween(0, firstTermsMax);
  }

  /** Repeated until it comes to an end. */
  async #command<T>(node: SimulatedNode, command: (folder: OfflineFolder) => Promise<T>): Promise<T> {
    for (let commands = 0; ; commands++) {
      const outcome = await this.#attempt(node, commands, command);
      if (outcome !== undefined) return outcome;
    }
  }

  async #attempt<T>(
    node: SimulatedNode,
    commands: number,
    command: (folder: OfflineFolder) => Promise<T>,
  ): Promise<T | undefined> {
    if (commands > commandsMax) throw new Violation('forced recovery', `nothing can be done with node ${node.id}`);
    const { random, scenario } = this.#ports;
    node.emptyDisk();
    const dies = random.chance(scenario.lostQuorum.commandCrashProbability) && this.#deathsLeft-- > 0;
    this.#operationsLeft = dies ? random.integerBetween(0, operationsMax) : Number.POSITIVE_INFINITY;
    const outcome = await node.runCommand(command);
    await this.#ports.scheduler.pass(1);
    return outcome;
  }

  // --- afterwards --------------------------------------------------------------------------------------------------

  async #makeWhole(lost: readonly SimulatedNode[]): Promise<void> {
    const { random, scenario, nodes, operator } = this.#ports;
    const { returnProbability, rejoinProbability, emptyProbability } = scenario.lostQuorum;
    const spares = nodes.filter(({ id }) => !this.#founders.includes(id));
    for (const node of this.#survivors) this.wanted.add(node.id);
    for (const node of shuffled(this.#ports.random, this.#survivors)) {
      if (!this.#canGiveUpWhatIsLost(node)) node.replaceDisk(true);
      this.#bringBack(node, 'is started again');
      await this.#linger();
    }
    for (const node of lost) {
      const isBack = random.chance(returnProbability) && (await this.#returns(node));
      if (isBack && random.chance(rejoinProbability)) {
        if (!this.#canGiveUpWhatIsLost(node)) await this.#emptyFolder(node);
        this.wanted.add(node.id);
      } else if (!isBack && random.chance(emptyProbability)) {
        node.replaceDisk(true);
        this.#bringBack(node, 'comes back with an empty disk');
        this.wanted.add(node.id);
      } else {
        node.isGone = !isBack;
        this.wanted.add(spares.pop()!.id);
      }
    }
    if (random.chance(0.5)) operator.insistOn([...this.wanted]);
  }

  /** Not before those that know of nothing are too few to go on without the others. */
  async #returns(node: SimulatedNode): Promise<boolean> {
    const { scheduler } = this.#ports;
    await this.#linger();
    const untilMs = scheduler.nowMs + waitMsMax;
    while (!this.#mayReturn(node)) {
      if (scheduler.nowMs >= untilMs) return false;
      await this.#ports.scheduler.pass(pollMs);
    }
    await this.#lookAt(node);
    this.#returned.add(node);
    this.#bringBack(node, 'is not lost after all, and comes back with all that it had');
    return true;
  }

  #mayReturn(node: SimulatedNode): boolean {
    const before = configurationOf(this.#founders);
    return groups.every((group) => {
      const isBehind = (other: SimulatedNode): boolean => other.observed(group).durableLineage === 0;
      const behind = [...this.#survivors, ...this.#returned, node].filter(isBehind).map(({ id }) => id);
      return !isQuorum(before, (id) => behind.includes(id));
    });
  }

  /** What lies behind its snapshot it gives up if the others do not have it; what is in it, it cannot (docs/recovery.md). */
  #canGiveUpWhatIsLost(node: SimulatedNode): boolean {
    return this.#folders.get(node)!.every(({ group, stored }) => {
      const inSnapshot = node.observed(group).durable.filter((batch) => lastIndexOf(batch) <= stored.appliedIndexMin);
      return this.#ports.keeps(group, inSnapshot);
    });
  }

  async #emptyFolder(node: SimulatedNode): Promise<void> {
    node.isDeployed = false;
    if (node.isUp) this.#kill(node);
    await this.#linger();
    node.replaceDisk(true);
    this.#bringBack(node, 'gets an empty disk, for it had a snapshot of what is lost');
  }

  #bringBack(node: SimulatedNode, how: string): void {
    this.#ports.note(node, 'start', how);
    node.isDeployed = true;
    if (!node.isUp) node.start();
  }

  #linger(): Promise<void> {
    const { random, scenario } = this.#ports;
    return this.#ports.scheduler.pass(random.integerBetween(1, scenario.lostQuorum.lingerMsMax + 1));
  }
}

function recovered(node: SimulatedNode, group: GroupId, found: FoundGroup): void {
  const { hardState, base, batches, snapshotBeside } = found;
  const observed = node.observed(group);
  observed.recovered(hardState, base, batches);
  // Not confirmed yet: a command may die before it has done so.
  if (snapshotBeside !== undefined) observed.reset(0, snapshotBeside);
}

/** As docs/recovery.md says: the highest last term, and among equals the highest last index. */
function byLog({ stored: a }: Choice, { stored: b }: Choice): number {
  return b.lastTerm - a.lastTerm || b.lastIndex - a.lastIndex;
}

/** What the operator is shown is what is there. */
function checkReport({ node, group, stored }: Choice): void {
  const { visible, durableHardState } = node.observed(group);
  const last = visible.at(-1);
  const [index, term] = last === undefined ? [0, 0] : [lastIndexOf(last), last.term];
  if (stored.lastIndex === index && stored.lastTerm === term && stored.term === Math.max(term, durableHardState.term))
    return;
  const words = `its log of group ${group} ends with ${index} of term ${term}, and is said to end with ${stored.lastIndex} of ${stored.lastTerm}`;
  throw new Violation('forced recovery', `node ${node.id}: ${words}`);
}
