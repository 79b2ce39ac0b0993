// Somebody who runs the group's nodes, and wants other members and other leaders, again and again, not always wisely. Nodes are
// set up when they are wanted, and switched off some time after the group can do without them, or when they say so themselves.

import { type Configuration, type Index, isMember, membersOf, type NodeId, type SeededRandom } from '@balsa/raft';
import type { ConfigurationOracle } from '../configuration-oracle.ts';
import { isQuorum } from '../majorities.ts';
import type { Scheduler } from '../scheduler.ts';
import { drawNonsense, drawTarget } from '../targets.ts';
import { tickMs } from '../timing.ts';
import type { Links } from './links.ts';
import type { Scenario } from './scenario.ts';
import type { SimulatedMember } from './simulated-member.ts';

export interface OperatorPorts {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly links: Links;
  readonly members: readonly SimulatedMember[];
  /** Who may be wanted as a member. */
  readonly nodes: readonly NodeId[];
  readonly configurations: ConfigurationOracle;
  readonly transferBegun: (leader: SimulatedMember) => void;
}

/** How often it looks after its nodes. */
const roundMs = 5 * tickMs;

export class Operator {
  readonly #ports: OperatorPorts;
  /** Who has left the group, and when it is to be switched off; never: not before it has heard of it. */
  readonly #leaving = new Map<SimulatedMember, number>();
  #isCalm = false;
  /** Wishes for another leader that the leader has accepted. */
  transfersAccepted = 0;

  constructor(ports: OperatorPorts) {
    this.#ports = ports;
  }

  start(): void {
    const { scheduler, random, scenario } = this.#ports;
    const { changeMeanMs } = scenario.membership;
    scheduler.repeat(random, changeMeanMs, () => this.#wishForMembers());
    scheduler.repeat(random, scenario.leadership.transferMeanMs, () => this.#wishForLeader());
    if (changeMeanMs > 0) this.#lookAfterNodes();
  }

  /** Wants nothing more. Who has left and does not know it stays up. */
  calmDown(): void {
    this.#isCalm = true;
    for (const member of this.#leaving.keys()) this.#leaving.set(member, Number.POSITIVE_INFINITY);
    this.#deployMembers();
  }

  /** It has heard that it belongs to the group no more, as of this entry. */
  removed(member: SimulatedMember, index: Index): void {
    const { scheduler, random, scenario, configurations } = this.#ports;
    scheduler.after(random.integerBetween(1, scenario.membership.lingerMsMax + 1), () => {
      const isBack = member.configurationIndex > index && isMember(member.id, member.configuration);
      if (!isBack && !isMember(member.id, configurations.current)) this.#switchOff(member);
    });
  }

  deploy(member: SimulatedMember): void {
    this.#leaving.delete(member);
    if (member.isDeployed) return;
    member.isDeployed = true;
    member.start();
    this.#ports.links.connect(member.id);
  }

  #wishForMembers(): void {
    const { random, scenario, members, nodes } = this.#ports;
    if (this.#isCalm) return;
    const isNonsense = random.chance(scenario.membership.nonsenseProbability);
    const settings = {
      nodes,
      prefersLeader: scenario.leadership.prefersLeader,
      hasLeases: scenario.clocks.leaseMs > 0,
    };
    for (const leader of members) {
      if (!leader.isLeader) continue;
      const target = isNonsense
        ? drawNonsense(random, leader.configuration, nodes)
        : drawTarget(random, leader.configuration, settings);
      if (!isNonsense && !this.#hasWholeQuorum({ ...target, outgoing: [] })) continue;
      const { accepted } = leader.reconfigure(target);
      if (!accepted) continue;
      for (const node of [...target.voters, ...target.learners]) this.#deployLater(node);
    }
  }

  /** Of members whose disks have lost nothing, or have made up for it: with fewer, a group would be stuck for good. */
  #hasWholeQuorum(configuration: Configuration): boolean {
    return isQuorum(configuration, (node) => this.#ports.members[node - 1]!.incident === 0);
  }

  #wishForLeader(): void {
    const { random, members, transferBegun } = this.#ports;
    if (this.#isCalm) return;
    const to = random.integerBetween(1, members.length + 2);
    for (const leader of members) {
      if (!leader.isLeader || !leader.transferLeadership(to).accepted) continue;
      this.transfersAccepted++;
      transferBegun(leader);
    }
  }

  #lookAfterNodes(): void {
    this.#ports.scheduler.after(roundMs, () => {
      if (this.#isCalm) this.#deployMembers();
      else this.#switchOffWhoHasLeft();
      this.#lookAfterNodes();
    });
  }

  #deployLater(node: NodeId): void {
    const { scheduler, random, scenario, members } = this.#ports;
    const member = members[node - 1]!;
    if (random.chance(0.5)) this.deploy(member);
    else scheduler.after(random.integerBetween(1, scenario.membership.lingerMsMax + 1), () => this.deploy(member));
  }

  /** Everybody that a member of the group counts on. */
  #deployMembers(): void {
    const { members, configurations } = this.#ports;
    const believed = members.filter(({ id, isUp }) => isUp && isMember(id, configurations.current));
    const nodes = [configurations.current, ...believed.map(({ configuration }) => configuration)].flatMap(membersOf);
    for (const node of new Set(nodes)) this.deploy(members[node - 1]!);
  }

  #switchOffWhoHasLeft(): void {
    const { scheduler, random, scenario, members, configurations } = this.#ports;
    const { nowMs } = scheduler;
    for (const member of members) {
      if (!member.isDeployed || isMember(member.id, configurations.current)) {
        this.#leaving.delete(member);
        continue;
      }
      const lingerMs = random.integerBetween(1, scenario.membership.lingerMsMax + 1);
      const offMs = this.#leaving.get(member) ?? (random.chance(0.5) ? nowMs + lingerMs : Number.POSITIVE_INFINITY);
      this.#leaving.set(member, offMs);
      if (nowMs >= offMs) this.#switchOff(member);
    }
  }

  #switchOff(member: SimulatedMember): void {
    const { links } = this.#ports;
    this.#leaving.delete(member);
    member.isDeployed = false;
    if (!member.isUp) return;
    member.stop();
    links.disconnect(member.id);
  }
}
