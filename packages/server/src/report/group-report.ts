import type { FollowerStatus } from '@balsa/raft';
import type { NamedGroupStatistics } from '../service/node-statistics.ts';
import type { FollowerReport, GroupReport } from './node-report.ts';
import { routeTree } from './route-tree.ts';

export function groupReport(measured: NamedGroupStatistics, zoneOf: (node: number) => string | undefined): GroupReport {
  const { group, name, status, routing, peers, follower, proposals, storage, apply, slowBatches } = measured;
  const { leader, failure, dispatch } = status;
  return {
    group,
    name,
    role: status.role,
    term: status.term,
    ...(leader === undefined ? {} : { leader }),
    ...(failure === undefined ? {} : { failure }),
    hibernates: status.hibernates,
    lastIndex: status.lastIndex,
    durableIndex: status.durableIndex,
    commitIndex: status.commitIndex,
    appliedIndex: status.appliedIndex,
    baseIndex: status.baseIndex,
    snapshotIndex: status.snapshotIndex,
    queuedBytes: status.queuedBytes,
    uncommittedBytes: status.uncommittedBytes,
    appliedEntriesPerSecond: apply.batchEntries.recent.mean * apply.batchEntries.recent.perSecond,
    dispatch: {
      strategy: dispatch.strategy,
      mode: dispatch.mode,
      ...(dispatch.reason === undefined ? {} : { reason: dispatch.reason }),
      ...routing,
    },
    routes: routeTree(status.followers, zoneOf),
    followers: status.followers.map((it) => followerReport(it, status.lastIndex, peers)),
    following: follower,
    proposals,
    durableMs: storage.durableMs,
    applyMs: apply.batchMs,
    slowBatches,
  };
}

function followerReport(
  { id, state, matchIndex, appliedIndex, inflightBytes, relay, takesFragments }: FollowerStatus,
  lastIndex: number,
  peers: NamedGroupStatistics['peers'],
): FollowerReport {
  const measured = peers.find(({ peer }) => peer === id);
  return {
    node: id,
    state,
    matchIndex,
    lag: lastIndex - matchIndex,
    ...(appliedIndex === undefined ? {} : { appliedIndex, applyLag: lastIndex - appliedIndex }),
    inflightBytes,
    fedBy: takesFragments ? 'fragments' : relay === undefined ? 'leader' : 'relay',
    ...(relay === undefined ? {} : { relay }),
    ...(measured === undefined ? {} : { measured }),
  };
}
