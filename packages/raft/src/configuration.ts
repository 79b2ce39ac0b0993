// Who belongs to a group, and how. It is an entry of the group's log, and counts from the moment that a member appends
// it, committed or not (Raft dissertation, section 4.1); when the entry is truncated, the one before it counts again.

import { Quorum } from './quorum.ts';
import type { NodeId } from './types.ts';

export interface Configuration {
  /** Whose majority decides. Empty only for a newcomer, which does not know yet what it belongs to. */
  readonly voters: readonly NodeId[];
  /** While a joint change is under way, the voters before it: their majority is needed too (section 4.3). Otherwise empty. */
  readonly outgoing: readonly NodeId[];
  /** They are sent everything and count for nothing. */
  readonly learners: readonly NodeId[];
  /** Who should lead as long as it is healthy and caught up; `undefined`: all are equally good. */
  readonly preferredLeader: NodeId | undefined;
  /**
   * Members are loyal to a leader for a whole election timeout after they heard of it, whatever the network hints, so
   * that it can serve reads by lease. The price: a killed leader is replaced only after that time.
   */
  readonly leases: boolean;
}

/** What a group may be asked to become: a configuration that is not on its way to another. */
export type ConfigurationTarget = Omit<Configuration, 'outgoing'>;

/** Of a group whose members are known from the start, without joint change, learners or preference. */
export function configurationOf(voters: readonly NodeId[]): Configuration {
  return { voters, outgoing: [], learners: [], preferredLeader: undefined, leases: false };
}

/** Of a newcomer: it belongs to nothing until a leader tells it. */
export const noConfiguration: Configuration = configurationOf([]);

export function quorumOf({ voters, outgoing }: Configuration): Quorum {
  return outgoing.length === 0 ? new Quorum(voters) : new Quorum(voters, outgoing);
}

/** Everybody who is sent the log, once. */
export function membersOf({ voters, outgoing, learners }: Configuration): NodeId[] {
  return [...new Set([...voters, ...outgoing, ...learners])];
}

export function isMember(node: NodeId, { voters, outgoing, learners }: Configuration): boolean {
  return voters.includes(node) || outgoing.includes(node) || learners.includes(node);
}

/** Does its vote count, in one of the sets at least? */
export function isVoter(node: NodeId, { voters, outgoing }: Configuration): boolean {
  return voters.includes(node) || outgoing.includes(node);
}

export function isJoint({ outgoing }: Configuration): boolean {
  return outgoing.length > 0;
}

/** What is wrong with it, for a person; `undefined`: nothing. */
export function faultOf({ voters, learners, preferredLeader }: ConfigurationTarget): string | undefined {
  if (voters.length === 0) return 'a group needs a voter';
  const everybody = [...voters, ...learners];
  if (new Set(everybody).size < everybody.length) return 'a node stands twice in it';
  if (!everybody.every((node) => Number.isSafeInteger(node) && node > 0)) return 'a node id is not a positive integer';
  if (preferredLeader !== undefined && !voters.includes(preferredLeader)) return 'the preferred leader is no voter';
  return undefined;
}

/**
 * The next configuration on the way from `current`, which must not be joint, to `target`. Where voters change, it is joint:
 * then the majorities of both sets are needed until everybody knows (section 4.3). That also covers the cases in which
 * one step would do, so that there is one way for all changes.
 */
export function firstStep(current: Configuration, target: ConfigurationTarget): Configuration {
  return { ...target, outgoing: isSameSet(current.voters, target.voters) ? [] : current.voters };
}

/** The second step: the joint configuration is left. */
export function withoutOutgoing(configuration: Configuration): Configuration {
  return { ...configuration, outgoing: [] };
}

export function isSameTarget(a: ConfigurationTarget, b: ConfigurationTarget): boolean {
  return (
    isSameSet(a.voters, b.voters) &&
    isSameSet(a.learners, b.learners) &&
    a.preferredLeader === b.preferredLeader &&
    a.leases === b.leases
  );
}

function isSameSet(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}
