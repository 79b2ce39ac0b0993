// Handing leadership over, from the wish to the new leader.

import type { NodeId, RaftStatus, TransferResult } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import { checkGoesOn, type TickWaitPorts, untilNextTick } from './tick-wait.ts';

export interface TransferOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface TransferPorts extends TickWaitPorts {
  readonly nodeId: NodeId;
  readonly nowMs: () => number;
  readonly status: () => RaftStatus;
  readonly transfer: (to: NodeId) => TransferResult;
}

/** The voter that is best prepared to lead; `undefined`: none is caught up. */
export function bestSuccessor({ followers, configuration }: RaftStatus): NodeId | undefined {
  const able = followers.filter(({ id, isCaughtUp }) => isCaughtUp && configuration.voters.includes(id));
  return able.sort((a, b) => b.matchIndex - a.matchIndex)[0]?.id;
}

export async function transferLeadership(
  ports: TransferPorts,
  to: NodeId | undefined,
  { timeoutMs, signal }: TransferOptions,
): Promise<NodeId> {
  checkGoesOn(ports, signal);
  const deadlineMs = ports.nowMs() + timeoutMs;
  const successor = to ?? bestSuccessor(ports.status());
  if (ports.status().leader !== ports.nodeId) {
    throw new ReplicaError('NOT_LEADER', 'only the leader can hand leadership over');
  }
  if (successor === undefined) throw new ReplicaError('TRANSFER_REFUSED', 'no other voter is caught up');
  const result = ports.transfer(successor);
  if (!result.accepted) {
    checkGoesOn(ports, signal);
    throw refused(result.reason, successor);
  }
  for (;;) {
    const { leader, transferringTo } = ports.status();
    if (leader !== undefined && (leader !== ports.nodeId || successor === ports.nodeId)) return leader;
    if (leader === ports.nodeId && transferringTo === undefined) {
      throw new ReplicaError('TRANSFER_FAILED', `node ${successor} did not take over in time; this node leads on`);
    }
    if (ports.nowMs() >= deadlineMs) throw new ReplicaError('DEADLINE_EXCEEDED', 'nobody has taken over yet');
    await untilNextTick(ports, signal);
  }
}

function refused(reason: 'notLeader' | 'transferring' | 'notVoter' | 'outOfReach', successor: NodeId): ReplicaError {
  switch (reason) {
    case 'notLeader':
      return new ReplicaError('NOT_LEADER', 'only the leader can hand leadership over');
    case 'transferring':
      return new ReplicaError('TRANSFER_REFUSED', 'leadership is being handed over already');
    case 'notVoter':
      return new ReplicaError('TRANSFER_REFUSED', `node ${successor} is not a voter`);
    case 'outOfReach':
      return new ReplicaError('TRANSFER_REFUSED', `node ${successor} is out of reach`);
  }
}
