// What goes wrong with nodes, disks, clocks and links, and when: at any time, and again aimed at the moments that matter
// most. Never so much that the protocol does not promise to survive it: of every configuration that may decide, a quorum must
// have lost nothing.

import type { NodeId, SeededRandom } from '@balsa/raft';
import { peerVersionsKnown } from '@balsa/replica';
import { isQuorum } from '../majorities.ts';
import type { Scheduler } from '../scheduler.ts';
import type { NodeNetwork } from './node-network.ts';
import type { Operator } from './operator.ts';
import type { NodesScenario } from './scenario.ts';
import { type CrashMoment, type Deed, groups, type SimulatedNode } from './simulated-node.ts';
import type { Verdict } from './verdict.ts';

export interface FaultPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly randomOfApplying: SeededRandom;
  readonly randomOfRot: SeededRandom;
  readonly scenario: NodesScenario;
  readonly network: NodeNetwork;
  readonly nodes: readonly SimulatedNode[];
  readonly operator: Operator;
  readonly verdict: Verdict;
  readonly note: (node: SimulatedNode, mark: 'crash' | 'pause' | 'resume' | 'loss', text: string) => void;
}

/** The newest that knows changes of members and snapshots, and no relays. */
const beforeRelays = { oldest: 1, newest: 3 };

/** What a person would do with a node that refuses to start on its disk. */
const unusableDisk: ReadonlySet<string> = new Set([
  'LOG_DAMAGED',
  'SNAPSHOT_DAMAGED',
  'HARD_STATE_DAMAGED',
  'DATA_FOLDER_FOREIGN',
  'DATA_FOLDER_UNUSABLE',
]);

/** Of faults that are aimed at leases. */
const stunMeanMs = 400;

export class NodeFaults {
  readonly #ports: FaultPorts;
  readonly #faults: NodesScenario['faults'];
  #isCalm = false;
  /** Every node is down, and somebody works on their folders: does his command die of what it does on the disk? Absent: they run. */
  #commandDies: (() => boolean) | undefined;
  /** Nodes that wait for an empty disk, because too few others are whole now. */
  readonly #waitingForDisk = new Set<SimulatedNode>();
  /** Nodes of which somebody has noticed that the others refuse them. */
  readonly #noticed = new Set<SimulatedNode>();
  crashes = 0;
  diskLosses = 0;
  diskDamages = 0;

  constructor(ports: FaultPorts) {
    this.#ports = ports;
    this.#faults = ports.scenario.faults;
  }

  start(): void {
    const { scheduler, random, scenario } = this.#ports;
    const { disk, clock, network } = scenario;
    const { crashMeanMs, stopMeanMs, partitionMeanMs, pauseMeanMs } = this.#faults;
    const repeat = (meanMs: number, strike: () => void): void =>
      scheduler.repeat(random, meanMs, () => {
        if (!this.#isCalm && this.#commandDies === undefined) strike();
      });
    repeat(crashMeanMs, () => this.crash(this.#anyNode()));
    repeat(stopMeanMs, () => this.#restart(this.#anyNode()));
    repeat(partitionMeanMs, () => this.#partition());
    repeat(pauseMeanMs, () => this.#pause(this.#anyNode()));
    repeat(disk.failureMeanMs, () => this.#failDisk(this.#anyNode()));
    repeat(disk.fullMeanMs, () => this.#fillDisk(this.#anyNode()));
    repeat(disk.damageMeanMs, () => this.#damageDisk(this.#anyNode()));
    repeat(clock.jumpMeanMs, () => this.#anyNode().jumpClock(this.#upTo(clock.jumpMsMax)));
    repeat(network.clogMeanMs, () => this.#clog());
    repeat(scenario.membership.leases ? stunMeanMs : 0, () => this.#stunLeaders());
    for (const node of this.#ports.nodes) {
      if (random.chance(network.farNodeProbability)) this.#ports.network.moveAway(node.id);
    }
    scheduler.repeat(this.#ports.randomOfRot, disk.rotMeanMs, () => {
      if (!this.#isCalm) this.#rotFile();
    });
  }

  /** Until `goOn` no fault strikes anybody but commands that work on the folders of nodes that are down. */
  hold(commandDies: () => boolean): void {
    this.#commandDies = commandDies;
  }

  goOn(): void {
    this.#commandDies = undefined;
  }

  /** No more faults; whoever is down or asleep comes back. */
  calmDown(): void {
    this.#isCalm = true;
    for (const node of this.#ports.nodes) {
      node.calmDown();
      node.resume();
      // Or nobody knows yet on whom a group can count.
      if (node.isUp && (node.hasHiddenDamage || node.hasRot))
        this.#end(node, 'process', 'is restarted, for somebody doubts its disk');
      if (!node.isUp) this.#bringUp(node);
    }
  }

  crashMoment(deed: Deed): CrashMoment | undefined {
    const { random } = this.#ports;
    if (deed === 'command') return this.#commandDies?.() === true ? 'before' : undefined;
    const { crashAtAppend, crashAtSave, crashAtSend, crashAtApply, crashAtDisk, crashAtStart } = this.#faults;
    const probabilities = {
      append: crashAtAppend,
      save: crashAtSave,
      send: crashAtSend,
      apply: crashAtApply,
      disk: crashAtDisk,
      start: Math.max(crashAtDisk, crashAtStart),
    };
    if (this.#isCalm || !random.chance(probabilities[deed])) return undefined;
    return random.chance(0.5) ? 'before' : 'after';
  }

  failsToApply(): boolean {
    return !this.#isCalm && this.#ports.randomOfApplying.chance(this.#faults.applyFailureProbability);
  }

  crash(node: SimulatedNode): void {
    const { random, scenario } = this.#ports;
    if (!node.isUp) return;
    const isPowerFailure = !scenario.log.isBatched && random.chance(this.#faults.powerFailureProbability);
    this.crashes++;
    this.#end(node, isPowerFailure ? 'power' : 'process', isPowerFailure ? 'loses power' : 'crashes');
    if (random.chance(this.#faults.diskLossProbability)) this.#loseDisk(node);
    this.#bringUpLater(node);
  }

  /** Its process cannot go on, or could not start. */
  failed(node: SimulatedNode, code: string): void {
    this.#end(node, 'process', `ends with ${code}`);
    if (unusableDisk.has(code) && !this.#mayPass(node, code)) {
      this.#waitingForDisk.add(node);
    }
    this.#bringUpLater(node);
  }

  /** The others refuse it, for it has forgotten what it promised: somebody notices after a while, and declares the loss. */
  refused(node: SimulatedNode): void {
    if (!node.hasForgotten || this.#noticed.has(node)) return;
    this.#noticed.add(node);
    this.#ports.scheduler.after(this.#upTo(this.#faults.downtimeMsMax), () => this.#declareLoss(node));
  }

  /** Many leaders in a row that end before they have settled in leave logs that differ. */
  leaderElected(node: SimulatedNode): void {
    const { scheduler, random } = this.#ports;
    if (this.#isCalm || !random.chance(this.#faults.strikeProbability)) return;
    const strikes = [
      () => this.crash(node),
      () => this.#pause(node),
      () => this.#cutOff([node.id], false),
      () => this.#cutOff([node.id], true),
    ];
    const strike = strikes[random.integerBetween(0, strikes.length)]!;
    scheduler.after(random.chance(0.5) ? 0 : this.#upTo(this.#faults.strikeDelayMsMax), () => {
      if (!this.#isCalm) strike();
    });
  }

  /** A refusal that goes away by itself: the disk was full, or failed once. Rot of the state's files does not, and has a code of its own. */
  #mayPass(node: SimulatedNode, code: string): boolean {
    return !node.hasHiddenDamage && !(node.hasRot && code === 'SNAPSHOT_DAMAGED');
  }

  #end(node: SimulatedNode, kind: 'power' | 'process', text: string): void {
    node.crash(kind);
    this.#ports.operator.ended(node);
    this.#ports.network.leave(node.id);
    this.#ports.note(node, 'crash', text);
  }

  #bringUpLater(node: SimulatedNode): void {
    this.#ports.scheduler.after(this.#upTo(this.#faults.downtimeMsMax), () => this.#bringUp(node));
  }

  #bringUp(node: SimulatedNode): void {
    const { random, scenario } = this.#ports;
    const { oldNodeProbability } = scenario.relays;
    if (node.isUp || !node.isDeployed) return;
    if (this.#waitingForDisk.has(node)) {
      if (!this.#mayLose(node)) {
        this.#ports.scheduler.after(100, () => this.#bringUp(node));
        return;
      }
      this.#waitingForDisk.delete(node);
      this.#loseDisk(node);
      if (node.isGone) return;
    }
    if (random.chance(this.#faults.upgradeProbability)) {
      const newest = random.integerBetween(1, 3);
      node.versions = { oldest: 1, newest };
    } else if (oldNodeProbability > 0) {
      node.versions = random.chance(oldNodeProbability) ? beforeRelays : peerVersionsKnown;
    }
    node.start();
  }

  /** A restart as an upgrade does it. */
  #restart(node: SimulatedNode): void {
    const { verdict } = this.#ports;
    if (node.running === undefined || node.process?.isPaused === true) return;
    this.#ports.note(node, 'crash', 'is asked to stop');
    node.stop().then(
      () => {
        if (node.isUp) return;
        this.#bringUpLater(node);
      },
      (error: unknown) => verdict.note(error),
    );
  }

  #loseDisk(node: SimulatedNode): void {
    if (!this.#mayLose(node)) return;
    const isDeclared = !this.#ports.random.chance(this.#faults.undeclaredLossProbability) || !this.#isKnownToAll(node);
    this.diskLosses++;
    if (this.#ports.operator.givesUp(node)) {
      this.#ports.note(node, 'loss', 'loses its disk, and is given up');
      return;
    }
    node.replaceDisk(isDeclared);
    this.#ports.note(node, 'loss', isDeclared ? 'gets an empty disk' : 'gets an empty disk, and nobody says so');
  }

  #declareLoss(node: SimulatedNode): void {
    this.#noticed.delete(node);
    if (!node.hasForgotten) return;
    if (node.isUp) this.#end(node, 'process', 'is stopped, for it is refused');
    node.replaceDisk(true);
    this.#ports.note(node, 'loss', 'gets another empty disk, declared as such');
    this.#bringUpLater(node);
  }

  /** One that has never met a node, or has forgotten whom it met, cannot know what that node has lost. */
  #isKnownToAll(node: SimulatedNode): boolean {
    const { nodes, network } = this.#ports;
    return nodes.every((other) => other === node || (other.isWhole && network.remembers(other.id, node.id)));
  }

  /** Enough others have lost nothing to make up for what this node loses. */
  #mayLose(node: SimulatedNode): boolean {
    const { nodes, operator } = this.#ports;
    // Who loses all that it knows of the others would not notice what one of them has forgotten.
    if (nodes.some((other) => other !== node && other.hasForgotten)) return false;
    return groups.every((group) => {
      if (!operator.knowsWhatIsAtStake(group)) return false;
      // Who does not know yet that it votes may have a longer log than all others: then it lets nobody lead, and does not lead itself.
      // In the calm nothing is lost any more that was not given up before.
      const knowsItself = (id: NodeId): boolean => this.#isCalm || nodes[id - 1]!.observed(group).isVoter;
      const isLeft = (id: NodeId): boolean => id !== node.id && nodes[id - 1]!.isWholeIn(group) && knowsItself(id);
      return operator.configurationsAtStake(group).every((configuration) => isQuorum(configuration, isLeft));
    });
  }

  #damageDisk(node: SimulatedNode): void {
    if (!this.#mayLose(node)) return;
    const done = node.damageDisk();
    if (done === undefined) return;
    this.diskDamages++;
    this.#ports.note(node, 'loss', done);
  }

  #rotFile(): void {
    const { randomOfRot } = this.#ports;
    const nodes = this.#deployed();
    const node = nodes[randomOfRot.integerBetween(0, nodes.length)];
    if (node === undefined || !this.#mayLose(node)) return;
    const done = node.rotFile(randomOfRot);
    if (done === undefined) return;
    this.diskDamages++;
    this.#ports.note(node, 'loss', done);
  }

  #failDisk(node: SimulatedNode): void {
    const operations = ['write', 'flush', 'read'] as const;
    if (node.isUp) node.failDisk(operations[this.#ports.random.integerBetween(0, operations.length)]!, 'EIO');
  }

  #fillDisk(node: SimulatedNode): void {
    node.fillDisk();
    this.#ports.scheduler.after(this.#upTo(this.#ports.scenario.disk.fullMsMax), () => node.emptyDisk());
  }

  #pause(node: SimulatedNode): void {
    const { process } = node;
    if (process === undefined) return;
    node.pause();
    this.#ports.note(node, 'pause', 'pauses');
    this.#ports.scheduler.after(this.#upTo(this.#faults.pauseMsMax), () => {
      if (!process.isPaused) return;
      process.resume();
      this.#ports.note(node, 'resume', 'goes on');
    });
  }

  /** Their clocks go on, and when they are awake again nobody can tell them what has happened. */
  #stunLeaders(): void {
    for (const node of this.#deployed()) {
      if (!groups.some((group) => node.group(group)?.isLeader === true)) continue;
      this.#cutOff([node.id], false);
      this.#pause(node);
    }
  }

  #partition(): void {
    const { random } = this.#ports;
    const minority = this.#deployed()
      .filter(() => random.chance(0.4))
      .map(({ id }) => id);
    this.#cutOff(minority, random.chance(0.3));
  }

  #cutOff(minority: readonly NodeId[], isOneWay: boolean): void {
    const { scheduler, network, nodes } = this.#ports;
    const others = nodes.map(({ id }) => id).filter((id) => !minority.includes(id));
    const links = minority.flatMap((from) =>
      others.flatMap((to) => (isOneWay ? [[from, to] as const] : [[from, to] as const, [to, from] as const])),
    );
    for (const [from, to] of links) network.cut(from, to);
    scheduler.after(this.#upTo(this.#faults.partitionMsMax), () => {
      // The calm has mended everything at once.
      if (!this.#isCalm) for (const [from, to] of links) network.mend(from, to);
    });
  }

  #clog(): void {
    const { scheduler, network, scenario } = this.#ports;
    const [from, to] = [this.#anyNode(), this.#anyNode()];
    if (from === to) return;
    const clear = network.clog(from.id, to.id);
    scheduler.after(this.#upTo(scenario.network.clogMsMax), clear);
  }

  #upTo(maxMs: number): number {
    return this.#ports.random.integerBetween(1, maxMs + 1);
  }

  #anyNode(): SimulatedNode {
    const nodes = this.#deployed();
    return nodes[this.#ports.random.integerBetween(0, nodes.length)]!;
  }

  #deployed(): readonly SimulatedNode[] {
    return this.#ports.nodes.filter(({ isDeployed }) => isDeployed);
  }
}
