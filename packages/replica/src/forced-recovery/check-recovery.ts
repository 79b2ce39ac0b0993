// What a forced recovery is refused for. It gives up what keeps a group in one piece, so it is refused wherever it cannot be
// what was meant.

import { membersOf, type NodeId, quorumOf } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import { isNodeId } from '../host/check-options.ts';
import type { StoredGroup } from './stored-group.ts';

/** @throws ReplicaError MEMBERS_INVALID: these cannot be the members of any group on this node. */
export function checkMembers(members: readonly NodeId[], nodeId: NodeId): void {
  const wrong = members.find((member, at) => !isNodeId(member) || members.indexOf(member) < at);
  if (wrong !== undefined) throw invalid(`${wrong} is no node id, or stands twice among the members`);
  if (!members.includes(nodeId)) {
    throw invalid(`node ${nodeId}, whose folder this is, is not among the members; use the folder of one that is`);
  }
}

/**
 * Whether `members` could elect a leader by themselves; `undefined` if the folder does not hold who belongs to the group.
 */
export function haveQuorum({ configuration }: StoredGroup, members: readonly NodeId[]): boolean | undefined {
  return configuration && quorumOf(configuration).isReachedBy((voter) => members.includes(voter));
}

/**
 * @param hasMet whether this node was ever in touch with another: all that is known where the folder does not hold the configuration.
 * @throws ReplicaError MEMBERS_INVALID: one of them was no member; QUORUM_NOT_LOST: they are a majority, and need no recovery.
 */
export function checkGroup(
  stored: StoredGroup,
  members: readonly NodeId[],
  nodeId: NodeId,
  hasMet: (peer: NodeId) => boolean,
): void {
  const { group, configuration } = stored;
  const known = configuration && membersOf(configuration);
  const stranger = members.find((member) => member !== nodeId && !(known?.includes(member) ?? hasMet(member)));
  if (stranger !== undefined) {
    const why = known === undefined ? 'this node has never met it' : `its members are ${known.join(', ')}`;
    throw invalid(`node ${stranger} was no member of group ${group}: ${why}. Who is new is added once the group works`);
  }
  if (configuration !== undefined && haveQuorum(stored, members)) {
    throw new ReplicaError(
      'QUORUM_NOT_LOST',
      `group ${group}: of its voters, ${configuration.voters.join(', ')}, a majority is left with ${members.join(', ')}. Start them: they elect a leader, and lose nothing`,
    );
  }
}

function invalid(what: string): ReplicaError {
  return new ReplicaError('MEMBERS_INVALID', what);
}
