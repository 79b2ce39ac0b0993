// What goes wrong, and when: crashes, partitions and pauses at any time, and the same again aimed at the moments that
// matter most: between two effects of one input, where a process may die too, and in the first moments of a leadership.

import { type Effect, isMember, MessageType, type NodeId, SeededRandom } from '@balsa/raft';
import type { ConfigurationOracle } from '../configuration-oracle.ts';
import { isQuorum } from '../majorities.ts';
import type { Scheduler } from '../scheduler.ts';
import { electionMs } from '../timing.ts';
import type { Links } from './links.ts';
import type { Scenario } from './scenario.ts';
import type { CrashMoment, Faults, SimulatedMember } from './simulated-member.ts';

export interface FaultPorts {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly links: Links;
  readonly members: readonly SimulatedMember[];
  readonly configurations: ConfigurationOracle;
}

export class FaultInjector implements Faults {
  readonly #ports: FaultPorts;
  readonly #faults: Scenario['faults'];
  /** Of its own, so that who loses what does not change when else something happens. */
  readonly #disks: SeededRandom;
  #calm = false;
  crashes = 0;
  diskLosses = 0;

  constructor(ports: FaultPorts) {
    this.#ports = ports;
    this.#faults = ports.scenario.faults;
    this.#disks = new SeededRandom(ports.scenario.seed ^ 0x5f35_6495);
  }

  start(): void {
    const { scheduler, random } = this.#ports;
    const { crashMeanMs, partitionMeanMs, pauseMeanMs } = this.#faults;
    scheduler.repeat(random, crashMeanMs, () => this.#crashOneOrMany());
    scheduler.repeat(random, partitionMeanMs, () => this.#partition());
    scheduler.repeat(random, pauseMeanMs, () => this.#pause(this.#anyMember()));
    scheduler.repeat(random, pauseMeanMs, () => this.#pause(this.#anyLeader()));
  }

  /** No more faults; whoever is down or asleep comes back. */
  calmDown(): void {
    this.#calm = true;
    for (const member of this.#ports.members) {
      member.resume();
      if (member.isDeployed && !member.isUp) member.start();
    }
    for (const { id, isUp } of this.#ports.members) if (isUp) this.#ports.links.connect(id);
  }

  crashMoment(effect: Effect): CrashMoment | undefined {
    const { random } = this.#ports;
    // Not drawn for, so that they leave the rest of a seed as it was before there were any.
    if (isOfWeakWrites(effect)) return undefined;
    if (this.#calm || !random.chance(this.#crashProbabilityAt(effect))) return undefined;
    return random.chance(0.5) ? 'before' : 'after';
  }

  crash(victim: SimulatedMember): void {
    const { scheduler, random, links } = this.#ports;
    if (this.#calm || !victim.isUp) return;
    this.crashes++;
    victim.crash();
    if (random.chance(this.#faults.diskLossProbability)) this.#loseEntries(victim);
    links.disconnect(victim.id);
    scheduler.after(this.#upTo(this.#faults.downtimeMsMax), () => {
      if (victim.isUp || !victim.isDeployed) return;
      victim.start();
      links.connect(victim.id);
    });
  }

  /** Many leaders in a row that end before they have settled in leave logs that differ: figure 8 of the Raft paper, and worse. */
  leaderElected(leader: SimulatedMember): void {
    this.#strike(leader);
  }

  /** A leader that has asked another to campaign may not hear for long that it is replaced. */
  transferBegun(leader: SimulatedMember): void {
    this.#strike(leader);
  }

  /** The leader is lost in its sleep, and then the others are wanted. */
  fellAsleep(leader: SimulatedMember): void {
    const { scheduler, random, members } = this.#ports;
    if (this.#calm || !random.chance(this.#faults.strikeProbability)) return;
    scheduler.after(0, () => this.#cutOff([leader], { oneWay: false }));
    for (const member of members) {
      if (member !== leader) scheduler.after(this.#upTo(this.#faults.strikeDelayMsMax), () => member.read());
    }
  }

  #strike(leader: SimulatedMember): void {
    const { scheduler, random } = this.#ports;
    if (this.#calm || !random.chance(this.#faults.strikeProbability)) return;
    const strikes = [
      () => this.crash(leader),
      () => this.#pause(leader),
      () => this.#cutOff([leader], { oneWay: false }),
      () => this.#cutOff([leader], { oneWay: true }),
    ];
    const strike = strikes[random.integerBetween(0, strikes.length)]!;
    if (random.chance(0.5)) strike();
    else scheduler.after(this.#upTo(this.#faults.strikeDelayMsMax), strike);
  }

  #crashProbabilityAt(effect: Effect): number {
    switch (effect.type) {
      case 'saveHardState':
        return this.#faults.crashAtSave;
      case 'append':
        return this.#faults.crashAtAppend;
      case 'installSnapshot':
        return this.#faults.crashAtInstall;
      case 'commit':
        return this.#faults.crashAtCommit;
      case 'send':
        return effect.message.type === MessageType.voteResponse ? this.#faults.crashAtVote : 0;
      default:
        return 0;
    }
  }

  /** Never from so many members that the rest is no quorum: such a group is safe, but waits for an operator. */
  #loseEntries(victim: SimulatedMember): void {
    const { members, configurations } = this.#ports;
    const isWhole = (node: NodeId): boolean => node !== victim.id && members[node - 1]!.incident === 0;
    // A change of the members that is under way needs both the old ones and the new.
    const believed = members.filter(({ id }) => isMember(id, configurations.current));
    const { current, underWay } = configurations;
    const isBearable = [current, ...underWay, ...believed.map(({ configuration }) => configuration)].every(
      (configuration) => configuration.voters.length === 0 || isQuorum(configuration, isWhole),
    );
    if (!isBearable) return;
    const drawn = this.diskLosses + 1;
    const isWholeDisk = this.#disks.chance(this.#faults.wholeDiskProbability);
    if (isWholeDisk) victim.loseDisk(drawn);
    if (isWholeDisk || victim.loseEntries(drawn)) this.diskLosses++;
  }

  /** Now and then the power fails, for most. */
  #crashOneOrMany(): void {
    const { members, random } = this.#ports;
    if (!random.chance(this.#faults.blackoutProbability)) this.crash(this.#anyMember());
    else for (const member of members) if (random.chance(0.6)) this.crash(member);
  }

  #partition(): void {
    const { members, random } = this.#ports;
    const leader = this.#anyLeader();
    if (leader !== undefined && random.chance(0.3)) {
      this.#cutOff([leader], { oneWay: random.chance(0.3) });
      return;
    }
    const minority = members.filter(() => random.chance(0.4));
    this.#cutOff(minority, { oneWay: random.chance(0.3) });
  }

  #cutOff(victims: readonly SimulatedMember[], { oneWay }: { readonly oneWay: boolean }): void {
    const { scheduler, links } = this.#ports;
    if (this.#calm) return;
    const nodes = victims.map(({ id }) => id);
    const mend = links.cutOff(nodes, { oneWay });
    scheduler.after(this.#upTo(this.#faults.partitionMsMax), () => {
      // The calm has mended everything at once.
      if (!this.#calm) mend();
    });
  }

  /** Often for about as long as it takes to be replaced. */
  #pause(victim: SimulatedMember | undefined): void {
    const { scheduler, random } = this.#ports;
    if (this.#calm || victim === undefined || !victim.isUp) return;
    victim.pause();
    const { pauseMsMax } = this.#faults;
    const pauseMs = this.#upTo(random.chance(0.5) ? pauseMsMax : Math.min(pauseMsMax, 2 * electionMs));
    scheduler.after(pauseMs, () => victim.resume());
  }

  #upTo(maxMs: number): number {
    return this.#ports.random.integerBetween(1, maxMs + 1);
  }

  #anyLeader(): SimulatedMember | undefined {
    return this.#ports.members.find(({ isLeader }) => isLeader);
  }

  #anyMember(): SimulatedMember {
    const { members, random } = this.#ports;
    return members[random.integerBetween(0, members.length)]!;
  }
}

function isOfWeakWrites(effect: Effect): boolean {
  return effect.type === 'weaklyAccepted' || (effect.type === 'send' && effect.message.type === MessageType.weakAck);
}
