// Who belongs to a group, and how. It is an entry of the group's log, and counts from the moment that a member appends
// it, committed or not (Raft dissertation, section 4.1); when the entry is truncated, the one before it counts again.

import type { NodeId } from './types.ts';

export interface Configuration {
  /** Whose majority decides. */
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

/** Of a group whose members are known from the start, without joint change, learners or preference. */
export function configurationOf(voters: readonly NodeId[]): Configuration {
  return { voters, outgoing: [], learners: [], preferredLeader: undefined, leases: false };
}
