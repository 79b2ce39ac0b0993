// What somebody wants a group to become, while it is not known yet what came of it. Whatever a leader proposes must be explained
// by what it was asked for.

import {
  type Configuration,
  type ConfigurationTarget,
  type GroupId,
  isMember,
  membersOf,
  type NodeId,
} from '@balsa/raft';
import type { MemberChange } from '@balsa/replica';
import { describeConfiguration } from '../configuration-oracle.ts';
import { Violation } from '../oracles.ts';

export interface Wish {
  readonly group: GroupId;
  /** Who was asked. */
  readonly node: NodeId;
  readonly change: MemberChange;
  /** What would come of it; `undefined`: it makes no sense. */
  readonly target: ConfigurationTarget | undefined;
}

export class Wishes {
  readonly #open = new Set<Wish>();

  began(wish: Wish): void {
    this.#open.add(wish);
  }

  ended(wish: Wish): void {
    this.#open.delete(wish);
  }

  /** What that process was asked, it will not answer any more. */
  forget(node: NodeId): void {
    for (const wish of this.#open) if (wish.node === node) this.#open.delete(wish);
  }

  isAsked(node: NodeId, group: GroupId): boolean {
    return [...this.#open].some((wish) => wish.node === node && wish.group === group);
  }

  /** What two of them come to together, nobody has wanted. */
  countOf(group: GroupId): number {
    return [...this.#open].filter((wish) => wish.group === group).length;
  }

  /** What the group may yet become. */
  targetsOf(group: GroupId): ConfigurationTarget[] {
    return [...this.#open].flatMap((wish) => (wish.group === group && wish.target ? [wish.target] : []));
  }

  /** Nobody comes or goes who was not wanted to. @throws Violation */
  explain(node: NodeId, group: GroupId, before: Configuration, after: Configuration): void {
    const asked = [...this.#open].filter((wish) => wish.node === node && wish.group === group);
    const isAsked = (id: NodeId, which: readonly ('addVoters' | 'addLearners' | 'remove')[]): boolean =>
      asked.some(({ change }) => which.some((name) => change[name]?.includes(id)));
    const complain = (id: NodeId, what: string): never => {
      const words = `${describeConfiguration(before)} becomes ${describeConfiguration(after)}`;
      throw new Violation(
        'unwanted change',
        `group ${group} by node ${node}: ${words}; nobody asked that ${id} ${what}`,
      );
    };
    for (const id of after.voters) {
      if (!before.voters.includes(id) && !before.outgoing.includes(id) && !isAsked(id, ['addVoters']))
        complain(id, 'vote');
    }
    for (const id of after.learners) {
      if (!isMember(id, before) && !isAsked(id, ['addVoters', 'addLearners'])) complain(id, 'learn');
    }
    // Who is on his way out was asked to go when the joint change began.
    for (const id of membersOf({ ...before, outgoing: [] })) {
      if (!isMember(id, after) && !isAsked(id, ['remove'])) complain(id, 'leave');
    }
  }
}

/** What is to be asked for, so that `current` becomes `target`. */
export function changeTowards(current: Configuration, target: ConfigurationTarget): MemberChange {
  const { voters, learners, preferredLeader, leases } = target;
  const remains = new Set([...voters, ...learners]);
  return {
    addVoters: voters.filter((node) => !current.voters.includes(node)),
    addLearners: learners.filter((node) => !current.learners.includes(node)),
    remove: membersOf(current).filter((node) => !remains.has(node)),
    ...(preferredLeader === current.preferredLeader ? {} : { preferredLeader: preferredLeader ?? null }),
    ...(leases === current.leases ? {} : { leases }),
  };
}

/** Has the group become what was asked for? */
export function isFulfilled(configuration: Configuration, change: MemberChange): boolean {
  const { addVoters = [], addLearners = [], remove = [], preferredLeader, leases } = change;
  return (
    addVoters.every((node) => configuration.voters.includes(node)) &&
    addLearners.every((node) => configuration.learners.includes(node)) &&
    !remove.some((node) => isMember(node, configuration)) &&
    (preferredLeader === undefined || configuration.preferredLeader === (preferredLeader ?? undefined)) &&
    (leases === undefined || configuration.leases === leases)
  );
}
