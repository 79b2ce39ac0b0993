// Somebody who runs the nodes, and wants other members and other leaders of their groups, again and again, not always wisely, and
// hears what comes of it. Nodes are set up when they are wanted, and switched off some time after no group counts on them any
// more. One whose disk is lost may be given up: another, with an id of its own, takes its place.

import {
  type Configuration,
  type GroupId,
  isJoint,
  isMember,
  membersOf,
  type NodeId,
  type SeededRandom,
} from '@balsa/raft';
import { type Group, type MemberChange, ReplicaError, type ReplicaErrorCode } from '@balsa/replica';
import type { ConfigurationOracle } from '../configuration-oracle.ts';
import { isQuorum } from '../majorities.ts';
import { type Oracles, Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import { drawTarget } from '../targets.ts';
import { tickMs } from '../timing.ts';
import type { NodesScenario } from './scenario.ts';
import { groups, type SimulatedNode } from './simulated-node.ts';
import type { Verdict } from './verdict.ts';
import { changeTowards, isFulfilled, type Wish, Wishes } from './wishes.ts';

export interface OperatorPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly scenario: NodesScenario;
  /** Everybody there is or may be, in the order of their ids. */
  readonly nodes: readonly SimulatedNode[];
  readonly configurationsOf: (group: GroupId) => ConfigurationOracle;
  readonly oraclesOf: (group: GroupId) => Oracles;
  readonly verdict: Verdict;
  readonly disconnect: (node: NodeId) => void;
  readonly note: (
    node: SimulatedNode,
    mark: 'start' | 'stop' | 'members' | 'removed' | 'transfer',
    text: string,
  ) => void;
}

/** How often it looks after its nodes. */
const roundMs = 5 * tickMs;
const askAgainMs = 10 * tickMs;
/** Long before the node itself may be switched off. */
const removalMsMax = 100;
/** What may come of anything that is asked of a leader. */
const circumstances: readonly ReplicaErrorCode[] = ['NOT_LEADER', 'STOPPED', 'GROUP_FAILED'];
const changeRefusals: ReadonlySet<string> = new Set([
  ...circumstances,
  'BUSY',
  'LEADER_CHANGED',
  'MEMBER_BEHIND',
  'QUORUM_OUT_OF_REACH',
  'DEADLINE_EXCEEDED',
  // A change that came in between can make nonsense of what was meant well.
  'MEMBERS_INVALID',
]);
const nonsenseRefusals: ReadonlySet<string> = new Set([...circumstances, 'MEMBERS_INVALID']);
const transferRefusals: ReadonlySet<string> = new Set([
  ...circumstances,
  'TRANSFER_REFUSED',
  'TRANSFER_FAILED',
  'DEADLINE_EXCEEDED',
]);

export class Operator {
  readonly #ports: OperatorPorts;
  readonly #wishes = new Wishes();
  /** Who belongs to no group any more, and when it is to be switched off; never: not before it has heard of it. */
  readonly #leaving = new Map<SimulatedNode, number>();
  /** Nodes that are given up, and who is to take their place, as long as there is anybody. */
  readonly #replacements = new Map<SimulatedNode, NodeId | undefined>();
  #isCalm = false;
  #isOver = false;
  /** In the calm: who is to belong to all groups. */
  #wanted: readonly NodeId[] | undefined;
  changesMade = 0;
  transfersMade = 0;

  constructor(ports: OperatorPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { scheduler, random, scenario } = this.#ports;
    const { changeMeanMs, transferMeanMs, leases } = scenario.membership;
    if (changeMeanMs === 0) return;
    scheduler.repeat(random, changeMeanMs, () => this.#wishForMembers());
    scheduler.repeat(random, transferMeanMs, () => this.#wishForLeader());
    this.#lookAfterNodes();
    if (leases) this.#wishForLeases();
  }

  /** Wants nothing more of its own accord. Who belongs to no group and does not know it stays up. */
  calmDown(): void {
    this.#isCalm = true;
    this.#leaving.clear();
    this.#deployWhoIsCountedOn();
  }

  /** All nodes are being stopped: it has nothing to do any more. */
  end(): void {
    this.#isOver = true;
  }

  /** Its process has ended: nobody will hear what becomes of what it was asked. */
  ended(node: SimulatedNode): void {
    this.#wishes.forget(node.id);
  }

  explain(node: NodeId, group: GroupId, before: Configuration, after: Configuration): void {
    this.#wishes.explain(node, group, before, after);
  }

  /** It was told that it belongs to the group no more. */
  removed(node: SimulatedNode, group: GroupId): void {
    const { scheduler, random, scenario, note } = this.#ports;
    const { lingerMsMax, groupRemovalProbability } = scenario.membership;
    note(node, 'removed', `is told that it was removed from group ${group}`);
    scheduler.after(random.integerBetween(1, lingerMsMax + 1), () => {
      // Another group may wait for its vote, in a configuration that is not committed yet.
      const isNeeded = this.#isWanted(node) || groups.some((other) => this.#isCountedOn(other, node));
      if (node.isDeployed && !this.#isOver && !isNeeded) this.#switchOff(node);
    });
    if (!random.chance(groupRemovalProbability)) return;
    scheduler.after(random.integerBetween(1, Math.min(lingerMsMax, removalMsMax) + 1), () => {
      // Or is about to be: what it holds may count by the time that it is gone.
      const isBack = this.configurationsAtStake(group).some((configuration) => isMember(node.id, configuration));
      if (this.#isOver || isBack || node.process?.isPaused !== false) return;
      note(node, 'removed', `removes group ${group} from its disk`);
      void node.removeGroup(group);
    });
  }

  /** Its disk is lost. True: it will not be back, and another takes its place. */
  givesUp(node: SimulatedNode): boolean {
    const { random, scenario, nodes } = this.#ports;
    const { replacementProbability } = scenario.membership;
    if (this.#isCalm || replacementProbability === 0 || !random.chance(replacementProbability)) return false;
    const taken = new Set(this.#replacements.values());
    const successor = nodes.find(
      (other) => !other.isDeployed && !other.isGone && !taken.has(other.id) && !this.#isWanted(other),
    );
    this.#replacements.set(node, successor?.id);
    node.isGone = true;
    node.isDeployed = false;
    return true;
  }

  /**
   * The group may come to go by any of these: those by which members could lead, and those they are asked for. In the calm nothing
   * gets damaged any more, and nobody is promoted before it is whole.
   */
  configurationsAtStake(group: GroupId): Configuration[] {
    const { nodes, configurationsOf } = this.#ports;
    const targets = this.#isCalm ? [] : this.#wishes.targetsOf(group);
    const lineage = Math.max(...nodes.map((node) => node.observed(group).lineage));
    return [
      configurationsOf(group).current,
      ...nodes
        .filter(({ isDeployed }) => isDeployed)
        .map((node) => node.observed(group))
        // Who was left behind when the group was forced to go on decides nothing any more.
        .filter((observed) => observed.lineage === lineage)
        // Nor does who is not restored yet; what it goes by after that is what its leader goes by.
        .filter(({ durableHardState }) => durableHardState.incident === 0)
        .filter(({ isVoter }) => isVoter)
        .map(({ configuration }) => configuration),
      ...targets.map((target) => ({ ...target, outgoing: [] })),
    ];
  }

  /** What changes under way come to together may be none of what is at stake. In the calm, all are for the same. */
  knowsWhatIsAtStake(group: GroupId): boolean {
    return this.#isCalm || this.#wishes.countOf(group) <= 1;
  }

  // --- in the calm -------------------------------------------------------------------------------------------------

  /** It runs again, though the operator had switched it off, or had not set it up yet. */
  deploy(node: SimulatedNode): void {
    this.#deploy(node);
  }

  /** From now on these, of all nodes, are to belong to all groups, and whoever leads is asked until they do. */
  insistOn(nodes: readonly NodeId[]): void {
    const isFirst = this.#wanted === undefined;
    this.#wanted = nodes;
    for (const node of nodes) this.#deploy(this.#node(node));
    if (isFirst) this.#insist();
  }

  /** Of the data group as it is, without those who are given up. */
  survivorsOf(group: GroupId): NodeId[] {
    return this.#ports.configurationsOf(group).current.voters.filter((node) => !this.#node(node).isGone);
  }

  get isContent(): boolean {
    const wanted = this.#wanted;
    return wanted === undefined || groups.every((group) => this.#isReached(group, wanted));
  }

  /** Whoever leads is asked to hand over until this node leads once. */
  insistOnLeader(group: GroupId, to: NodeId): void {
    const { scheduler, nodes } = this.#ports;
    if (this.#node(to).group(group)?.isLeader === true) return;
    for (const node of nodes) if (node.group(group)?.isLeader === true) this.#askToHandOver(node, group, to, 1_000);
    scheduler.after(askAgainMs, () => this.insistOnLeader(group, to));
  }

  #isReached(group: GroupId, wanted: readonly NodeId[]): boolean {
    const { current } = this.#ports.configurationsOf(group);
    const isComplete = current.voters.length === wanted.length && wanted.every((node) => current.voters.includes(node));
    return isComplete && current.learners.length === 0 && !isJoint(current);
  }

  #insist(): void {
    if (this.#isOver) return;
    const { scheduler, nodes } = this.#ports;
    const wanted = this.#wanted!;
    for (const group of groups) {
      // A silent group whose leader has gone is woken by whoever asks for something.
      const isLed = nodes.some((node) => node.group(group)?.isLeader === true);
      for (const node of nodes) {
        const asked = node.group(group);
        if (asked === undefined || asked.isLeader !== isLed) continue;
        if (this.#wishes.isAsked(node.id, group) || this.#isReached(group, wanted)) continue;
        const { configuration } = asked.status();
        const preferred = configuration.preferredLeader;
        const preferredLeader = preferred !== undefined && wanted.includes(preferred) ? preferred : undefined;
        const target = { voters: wanted, learners: [], preferredLeader, leases: configuration.leases };
        if (!this.#canDoWith(group, { ...target, outgoing: [] }, configuration)) continue;
        const change = changeTowards(configuration, target);
        this.#ask(node, { group, node: node.id, change, target }, 5_000, changeRefusals);
      }
    }
    scheduler.after(askAgainMs, () => this.#insist());
  }

  /**
   * Disks that somebody doubts are looked at first, and voters that have just been given empty ones restored; others join only once
   * they have caught up.
   */
  #canDoWith(group: GroupId, wanted: Configuration, { voters }: Configuration): boolean {
    if (wanted.voters.some((id) => this.#node(id).hasHiddenDamage)) return false;
    return isQuorum(wanted, (id) => this.#node(id).hasMadeUpFor(group) || !voters.includes(id));
  }

  // --- wishes for members ------------------------------------------------------------------------------------------

  #wishForMembers(): void {
    const { random, scenario, nodes } = this.#ports;
    if (this.#isCalm) return;
    const { nonsenseProbability, changeMsMax } = scenario.membership;
    const wanted = random.chance(0.6) ? groups : [groups[random.integerBetween(0, groups.length)]!];
    const isNonsense = random.chance(nonsenseProbability);
    for (const group of wanted) {
      for (const node of nodes) {
        const asked = node.group(group);
        // Now and then somebody else is asked than who leads.
        if (asked === undefined || (!asked.isLeader && !random.chance(0.03))) continue;
        const timeoutMs = random.integerBetween(10, changeMsMax + 1);
        if (isNonsense) this.#askForNonsense(node, asked, timeoutMs);
        else this.#askForChange(node, asked, timeoutMs);
      }
    }
  }

  #askForChange(node: SimulatedNode, asked: Group, timeoutMs: number): void {
    const { random, scenario, nodes } = this.#ports;
    const { id: group, isLeader } = asked;
    const { configuration } = asked.status();
    const lost = [...this.#replacements].find(([{ id }]) => isMember(id, configuration));
    const able = nodes.filter(({ isGone }) => !isGone).map(({ id }) => id);
    const { prefersLeader, leases: hasLeases } = scenario.membership;
    const drawn = drawTarget(random, configuration, { nodes: able, prefersLeader, hasLeases });
    const target = lost === undefined ? drawn : replaced(configuration, lost[0].id, lost[1]);
    if (!this.#hasWholeQuorum(group, { ...target, outgoing: [] })) return;
    if (this.#wishes.countOf(group) > 0 && !this.#isEveryoneWhole(group)) return;
    for (const id of [...target.voters, ...target.learners]) this.#deployLater(this.#node(id));
    const change = changeTowards(configuration, target);
    this.#ask(node, { group, node: node.id, change, target: isLeader ? target : undefined }, timeoutMs, changeRefusals);
  }

  #askForNonsense(node: SimulatedNode, asked: Group, timeoutMs: number): void {
    const { random } = this.#ports;
    const { configuration } = asked.status();
    // To get rid of everybody makes sense if others have come by the time that it is looked at.
    const isRuinous = random.chance(0.3);
    const change = isRuinous ? drawRuin(random, configuration) : drawNonsense(random, configuration);
    const refusals = isRuinous ? changeRefusals : nonsenseRefusals;
    this.#ask(node, { group: asked.id, node: node.id, change, target: undefined }, timeoutMs, refusals);
  }

  /** So that they are in force from early on. */
  #wishForLeases(): void {
    const { scheduler, nodes } = this.#ports;
    for (const group of groups) {
      for (const node of nodes) {
        const asked = node.group(group);
        if (asked?.isLeader !== true) continue;
        const { configuration } = asked.status();
        const wish = { group, node: node.id, change: { leases: true }, target: { ...configuration, leases: true } };
        if (!configuration.leases) this.#ask(node, wish, 1_000, changeRefusals);
      }
    }
    const isDone = groups.every((group) => this.#ports.configurationsOf(group).changes > 0);
    if (!isDone && !this.#isCalm) scheduler.after(askAgainMs, () => this.#wishForLeases());
  }

  #ask(node: SimulatedNode, wish: Wish, timeoutMs: number, refusals: ReadonlySet<string>): void {
    const { group, change } = wish;
    const { verdict, note, configurationsOf } = this.#ports;
    const { process } = node;
    if (process === undefined) return;
    // From now on, though a process that is paused will only hear of it later: whatever is at stake by then must not be struck.
    this.#wishes.began(wish);
    process.run(() => {
      const { running } = node;
      const asked = running?.host.group(group);
      if (running === undefined || asked === undefined) {
        this.#wishes.ended(wish);
        return;
      }
      const fromIndex = asked.status().commitIndex;
      note(node, 'members', `group ${group} is asked for ${JSON.stringify(change)}`);
      const answered = running.questions.ask(group, 'change of members', timeoutMs);
      const end = (): void => {
        answered();
        this.#wishes.ended(wish);
      };
      asked.changeMembers(change, { timeoutMs }).then(
        (configuration) => {
          end();
          if (!process.isAlive) return;
          this.changesMade++;
          const isMade = configurationsOf(group).hasCommitted((made) => isFulfilled(made, change), fromIndex);
          if (isMade && refusals !== nonsenseRefusals && !isJoint(configuration)) return;
          const words = `${JSON.stringify(change)}, and the group has become ${JSON.stringify(configuration)}`;
          verdict.note(new Violation('changes', `node ${node.id} has done ${words}`));
        },
        (error: unknown) => {
          end();
          if (process.isAlive) this.#check(node, 'change of members', error, refusals);
        },
      );
    });
  }

  // --- wishes for leaders ------------------------------------------------------------------------------------------

  #wishForLeader(): void {
    const { random, nodes } = this.#ports;
    if (this.#isCalm) return;
    const group = groups[random.integerBetween(0, groups.length)]!;
    // Anybody: voters, learners, those who do not exist; or nobody in particular.
    const to = random.chance(0.3) ? undefined : random.integerBetween(1, nodes.length + 2);
    const timeoutMs = random.integerBetween(1, 600);
    for (const node of nodes) {
      const isAsked = node.group(group)?.isLeader === true || random.chance(0.05);
      if (isAsked) this.#askToHandOver(node, group, to, timeoutMs);
    }
  }

  #askToHandOver(node: SimulatedNode, group: GroupId, to: NodeId | undefined, timeoutMs: number): void {
    const { note, verdict, oraclesOf } = this.#ports;
    const { process } = node;
    process?.run(() => {
      const { running } = node;
      const asked = running?.host.group(group);
      if (running === undefined || asked === undefined) return;
      const { term } = asked.status();
      note(node, 'transfer', `group ${group} is to be handed over to ${to ?? 'whoever is best'}`);
      const answered = running.questions.ask(group, 'transfer of leadership', timeoutMs);
      asked
        .transferLeadership(to, { timeoutMs })
        .finally(answered)
        .then(
          (leader) => {
            if (!process.isAlive) return;
            this.transfersMade++;
            if (oraclesOf(group).hasLedSince(leader, term)) return;
            verdict.note(new Violation('transfers', `node ${node.id} says that ${leader} leads group ${group} now`));
          },
          (error: unknown) => {
            if (process.isAlive) this.#check(node, 'transfer', error, transferRefusals);
          },
        );
    });
  }

  /** A refusal has a code that says what it is about. */
  #check(node: SimulatedNode, what: string, error: unknown, refusals: ReadonlySet<string>): void {
    if (error instanceof ReplicaError && refusals.has(error.code)) return;
    const words = error instanceof ReplicaError ? `${error.code}: ${error.message}` : String(error);
    this.#ports.verdict.note(new Violation('refusals', `node ${node.id} answers a ${what} with ${words}`));
  }

  // --- nodes -------------------------------------------------------------------------------------------------------

  #lookAfterNodes(): void {
    this.#ports.scheduler.after(roundMs, () => {
      if (this.#isOver) return;
      if (this.#isCalm) this.#deployWhoIsCountedOn();
      else this.#switchOffWhoHasLeft();
      this.#lookAfterNodes();
    });
  }

  #deployLater(node: SimulatedNode): void {
    const { scheduler, random, scenario } = this.#ports;
    if (node.isDeployed) return;
    if (random.chance(0.5)) this.#deploy(node);
    else scheduler.after(random.integerBetween(1, scenario.membership.lingerMsMax + 1), () => this.#deploy(node));
  }

  #deploy(node: SimulatedNode): void {
    this.#leaving.delete(node);
    if (node.isDeployed || node.isGone) return;
    node.isDeployed = true;
    this.#ports.note(node, 'start', 'is set up');
    if (!node.isUp) node.start();
  }

  /** And nobody else who knows it, and is not to come back. */
  #deployWhoIsCountedOn(): void {
    for (const node of this.#ports.nodes) {
      const isToStay = this.#wanted?.includes(node.id) ?? false;
      if (groups.some((group) => this.#isCountedOn(group, node))) this.#deploy(node);
      else if (node.isDeployed && node.removals > 0 && !isToStay) this.#switchOff(node);
    }
  }

  /** By a member of the group. */
  #isCountedOn(group: GroupId, { id }: SimulatedNode): boolean {
    const { nodes, configurationsOf } = this.#ports;
    const { current } = configurationsOf(group);
    const members = nodes.filter((node) => node.isUp && isMember(node.id, current));
    return [current, ...members.map((node) => node.observed(group).configuration)].some((it) => isMember(id, it));
  }

  /** Does it belong to a group, or is it to? */
  #isWanted({ id }: SimulatedNode): boolean {
    if (this.#wanted?.includes(id)) return true;
    return groups.some((group) => {
      const targets = this.#wishes.targetsOf(group).map((target) => ({ ...target, outgoing: [] }));
      return [this.#ports.configurationsOf(group).current, ...targets].some((it) => isMember(id, it));
    });
  }

  #switchOffWhoHasLeft(): void {
    const { scheduler, random, scenario, nodes } = this.#ports;
    const { nowMs } = scheduler;
    for (const node of nodes) {
      if (!node.isDeployed || this.#isWanted(node)) {
        this.#leaving.delete(node);
        continue;
      }
      const lingerMs = random.integerBetween(1, scenario.membership.lingerMsMax + 1);
      const offMs = this.#leaving.get(node) ?? (random.chance(0.5) ? nowMs + lingerMs : Number.POSITIVE_INFINITY);
      this.#leaving.set(node, offMs);
      if (nowMs >= offMs) this.#switchOff(node);
    }
  }

  #switchOff(node: SimulatedNode): void {
    const { random, verdict, disconnect, note } = this.#ports;
    this.#leaving.delete(node);
    node.isDeployed = false;
    if (!node.isUp) return;
    note(node, 'stop', 'is switched off');
    if (node.running === undefined || node.process?.isPaused === true || random.chance(0.5)) {
      node.crash('process');
      this.ended(node);
      disconnect(node.id);
      return;
    }
    node.stop().then(
      () => {
        if (node.isDeployed && !node.isUp) node.start();
      },
      (error: unknown) => verdict.note(error),
    );
  }

  /** Of members that have lost nothing, or have made up for it: with fewer, a group would be stuck for good. */
  #hasWholeQuorum(group: GroupId, configuration: Configuration): boolean {
    return isQuorum(configuration, (id) => this.#node(id).isWholeIn(group));
  }

  #isEveryoneWhole(group: GroupId): boolean {
    const members = new Set(this.configurationsAtStake(group).flatMap((configuration) => membersOf(configuration)));
    return [...members].every((id) => this.#node(id).isWholeIn(group));
  }

  #node(id: NodeId): SimulatedNode {
    return this.#ports.nodes[id - 1]!;
  }
}

/** The configuration with another member in the place of one, or with nobody there if there is nobody. */
function replaced(
  current: Configuration,
  gone: NodeId,
  successor: NodeId | undefined,
): Omit<Configuration, 'outgoing'> {
  const { voters, learners, preferredLeader, leases } = current;
  const instead = (nodes: readonly NodeId[]): NodeId[] => {
    const others = nodes.filter((node) => node !== gone && node !== successor);
    return nodes.includes(gone) && successor !== undefined ? [...others, successor] : others;
  };
  return {
    voters: instead(voters),
    learners: instead(learners),
    preferredLeader: preferredLeader === gone ? undefined : preferredLeader,
    leases,
  };
}

/** Something that every leader must refuse. */
function drawNonsense(random: SeededRandom, current: Configuration): MemberChange {
  const { voters } = current;
  const [first = 1] = voters;
  const stranger = 1_000_000;
  const kinds: readonly MemberChange[] = [
    { addVoters: [0.5] },
    { addLearners: [-1] },
    { addVoters: [first], addLearners: [first] },
    { preferredLeader: stranger },
    { remove: [first], preferredLeader: first },
  ];
  return kinds[random.integerBetween(0, kinds.length)]!;
}

function drawRuin(random: SeededRandom, current: Configuration): MemberChange {
  return random.chance(0.5) ? { remove: membersOf(current) } : { addLearners: current.voters };
}
