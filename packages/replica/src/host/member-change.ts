// Changing a group's members, from what is wished to when it is done. New voters become learners first, and voters once they
// have caught up; the core takes the steps of a joint change by itself.

import {
  type Configuration,
  type ConfigurationTarget,
  type Index,
  isJoint,
  isMember,
  type NodeId,
  type RaftStatus,
  type ReconfigureRefusal,
  type ReconfigureResult,
} from '@balsa/raft';
import { ReplicaError, type ReplicaErrorCode } from '../errors.ts';
import { checkGoesOn, type TickWaitPorts, untilNextTick } from './tick-wait.ts';

export interface ChangeOptions {
  /** For all of it, the catching up of new voters included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** What is to change; what is not mentioned stays. */
export interface MemberChange {
  /** To become voters. Those that are not learners yet become that first, and are promoted when they have caught up. */
  readonly addVoters?: readonly NodeId[];
  /** To become, or stay, learners. Voters among them lose their vote. */
  readonly addLearners?: readonly NodeId[];
  readonly remove?: readonly NodeId[];
  /** `null`: nobody is preferred any more. */
  readonly preferredLeader?: NodeId | null;
  readonly leases?: boolean;
}

export interface MemberChangePorts extends TickWaitPorts {
  readonly nowMs: () => number;
  readonly status: () => RaftStatus;
  readonly reconfigure: (target: ConfigurationTarget) => ReconfigureResult;
}

const codes: Readonly<Record<ReconfigureRefusal, ReplicaErrorCode>> = {
  notLeader: 'NOT_LEADER',
  notReady: 'BUSY',
  changeInProgress: 'BUSY',
  transferring: 'BUSY',
  invalid: 'MEMBERS_INVALID',
  notCaughtUp: 'MEMBER_BEHIND',
  quorumOutOfReach: 'QUORUM_OUT_OF_REACH',
};

/** These pass by themselves. */
const passing: ReadonlySet<ReconfigureRefusal> = new Set([
  'notReady',
  'changeInProgress',
  'transferring',
  'notCaughtUp',
]);

/** The configuration that `change` makes of `current`. */
export function targetOf(current: Configuration, change: MemberChange): ConfigurationTarget {
  const { addVoters = [], addLearners = [], remove = [], preferredLeader, leases = current.leases } = change;
  const gone = new Set(remove);
  const without = (nodes: readonly NodeId[], others: readonly NodeId[]): NodeId[] =>
    nodes.filter((node) => !gone.has(node) && !others.includes(node));
  const voters = [...new Set([...without(current.voters, addLearners), ...addVoters])];
  const learners = [...new Set([...without(current.learners, addVoters), ...addLearners])];
  const wanted = preferredLeader === undefined ? current.preferredLeader : (preferredLeader ?? undefined);
  // Who leaves cannot be preferred any longer, unless that is what was asked for: then it is refused.
  const stays = preferredLeader !== undefined || wanted === undefined || voters.includes(wanted);
  return { voters, learners, preferredLeader: stays ? wanted : undefined, leases };
}

/**
 * Resolves with the configuration once it is committed and no longer joint. The steps that were taken stay if a later one fails.
 * @throws ReplicaError NOT_LEADER, LEADER_CHANGED, MEMBERS_INVALID, MEMBER_BEHIND, QUORUM_OUT_OF_REACH, BUSY, DEADLINE_EXCEEDED.
 */
export async function changeMembers(
  ports: MemberChangePorts,
  change: MemberChange,
  options: ChangeOptions,
): Promise<Configuration> {
  checkGoesOn(ports, options.signal);
  const deadlineMs = ports.nowMs() + options.timeoutMs;
  const { term, configuration } = ports.status();
  const target = (current: Configuration): ConfigurationTarget => targetOf(current, change);
  const newcomers = target(configuration).voters.filter((node) => !isMember(node, configuration));
  if (newcomers.length > 0) {
    const withLearners = (current: Configuration): ConfigurationTarget => {
      const strangers = newcomers.filter((node) => !isMember(node, current));
      return { ...current, learners: [...current.learners, ...strangers] };
    };
    await step(ports, withLearners, term, deadlineMs, options.signal);
  }
  return step(ports, target, term, deadlineMs, options.signal);
}

/** `targetOf` is asked again whenever the step is tried: while it waits, others may change the members. */
async function step(
  ports: MemberChangePorts,
  targetOf: (current: Configuration) => ConfigurationTarget,
  term: number,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<Configuration> {
  const attempt = (): ReconfigureResult => ports.reconfigure(targetOf(ports.status().configuration));
  let result = attempt();
  while (!result.accepted) {
    checkGoesOn(ports, signal);
    const { reason, detail } = result;
    if (!passing.has(reason) || ports.nowMs() >= deadlineMs) throw new ReplicaError(codes[reason], detail);
    await untilNextTick(ports, signal);
    result = attempt();
  }
  const { index } = result;
  for (;;) {
    const status = ports.status();
    // Another leader may have committed members of its own at that index.
    if (status.term !== term) {
      throw new ReplicaError('LEADER_CHANGED', 'leadership changed under way: look at the members, and ask again');
    }
    if (isDone(status, index)) return status.configuration;
    if (ports.nowMs() >= deadlineMs) {
      throw new ReplicaError(
        'DEADLINE_EXCEEDED',
        'the change is on its way, but not committed yet; look at the members later',
      );
    }
    await untilNextTick(ports, signal);
  }
}

function isDone({ configuration, configurationIndex, commitIndex }: RaftStatus, firstIndex: Index): boolean {
  return configurationIndex >= firstIndex && configurationIndex <= commitIndex && !isJoint(configuration);
}
