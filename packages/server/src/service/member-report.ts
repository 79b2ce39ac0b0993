import type { GroupStatus } from '@balsa/replica';
import type { GroupMemberStatus } from '@balsa/wire';

/** How far a member of the group is, which only the leader knows. */
export function memberReport(id: number, status: GroupStatus): GroupMemberStatus {
  const { role, lastIndex, durableIndex, followers } = status;
  const self = { id: status.id, matchIndex: durableIndex, appliedIndex: status.appliedIndex };
  const known = role === 'leader' ? [self, ...followers].find((member) => member.id === id) : undefined;
  if (known === undefined) return { id };
  const { matchIndex, appliedIndex } = known;
  const fedThrough = followers.find((follower) => follower.id === id)?.relay;
  const applied = appliedIndex === undefined ? {} : { appliedIndex, applyLag: lastIndex - appliedIndex };
  const relay = fedThrough === undefined ? {} : { fedThrough };
  return { id, matchIndex, lag: lastIndex - matchIndex, ...applied, ...relay };
}
