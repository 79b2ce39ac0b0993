import type { Mutant } from '../mutant.ts';

const group = 'packages/replica/src/host/group.ts';
const recoveredState = 'packages/replica/src/host/recovered-state.ts';
const host = 'packages/replica/src/host/host.ts';
const hostOptions = 'packages/replica/src/host/host-options.ts';
const memberChange = 'packages/replica/src/host/member-change.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';
const stamps = 'packages/raft/src/stamps.ts';
const transferLeadership = 'packages/replica/src/host/transfer-leadership.ts';
const nodeStorage = 'packages/replica/src/log/node-storage.ts';

/** Members that come and go, and leaders that hand over, as hosts carry it out. */
export const hostMembershipMutants: readonly Mutant[] = [
  {
    id: 'vote-after-group-removal',
    title: 'A member that removed the group from its disk votes as one that never was in it',
    seen: 'Balsa itself, found by the simulation of whole nodes; the rejoin bug of nine engines (drmingdrmer/raft-rejoin-bug)',
    why: 'Who has not heard of the change is elected by the votes of those who left, beside the leader of the others.',
    patches: [
      {
        file: host,
        find: '    await hardStates.save(id, withLostEntries(hardStates.current(id), drawNumber()));\n',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/host/cluster-group-removal.test.ts'] },
  },
  {
    id: 'overlapping-change-overwritten',
    title: 'What others change while a new voter catches up is changed back',
    seen: 'Balsa itself, found by the simulation of whole nodes; the original, S23 (members changed in place)',
    why: 'A node that was removed, and perhaps destroyed, is a member again, and one that was added is none.',
    patches: [
      {
        file: memberChange,
        find: 'const attempt = (): ReconfigureResult => ports.reconfigure(targetOf(ports.status().configuration));',
        replace:
          'const first = targetOf(ports.status().configuration);\n  const attempt = (): ReconfigureResult => ports.reconfigure(first);',
      },
    ],
    killer: { by: 'nodes', check: 'unwanted change' },
  },
  {
    id: 'change-of-another-leader-taken-for-own',
    title: 'A change of members counts as made once any members are committed at its index or behind it',
    seen: 'Balsa itself, node seed 650024869 (2026)',
    why: 'Another leader has put others in their place: who had asked for a removal destroys a node that is a member still.',
    patches: [
      {
        file: memberChange,
        find: '    if (status.term !== term) {\n      throw',
        replace: '    if (status.term !== term && !isDone(status, index)) {\n      throw',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/host/member-change.test.ts'] },
  },
  {
    id: 'change-without-end',
    title: 'A change of members that is not committed is waited for without end',
    seen: 'the original, L2 (no timeout)',
    why: 'Whoever changes the members of a group that has lost its quorum never hears of it.',
    patches: [
      {
        file: memberChange,
        find: "if (ports.nowMs() >= deadlineMs) {\n      throw new ReplicaError(\n        'DEADLINE_EXCEEDED',",
        replace: "if (ports.nowMs() < 0) {\n      throw new ReplicaError(\n        'DEADLINE_EXCEEDED',",
      },
    ],
    killer: { by: 'nodes', check: 'answers' },
  },
  {
    id: 'removal-kept-to-itself',
    title: 'A host does not tell that its node was removed from a group',
    seen: 'Raft dissertation, section 4.2.3 (servers that have left and do not know it)',
    why: 'The node runs on for ever, and asks the others for votes.',
    patches: [{ file: group, find: 'this.#ports.events.onRemoved(this.id);', replace: '' }],
    killer: { by: 'nodes', check: 'liveness' },
  },
  {
    id: 'founders-instead-of-snapshot',
    title: 'After a restart from a snapshot the members are those with which the group began',
    seen: 'Raft paper, section 7 (a snapshot includes the configuration); the original, S25 (what is stale is taken)',
    why: 'A removed member is counted again, and a new one is not.',
    patches: [
      {
        file: recoveredState,
        find: 'const configurations = [[index, configuration] as const];',
        replace:
          'const configurations = [[index, members.length === 0 ? configuration : configurationOf(members)] as const];',
      },
    ],
    killer: { by: 'nodes', check: 'configurations' },
  },
  {
    id: 'changes-behind-snapshot-forgotten',
    title: 'After a restart the members are those of the snapshot, whatever the log says since',
    seen: 'Raft dissertation, section 4.1 (the newest configuration in the log counts)',
    why: 'The member goes by a configuration that was replaced.',
    patches: [
      {
        file: recoveredState,
        find: 'configurations.push(...recovered.configurations.filter(([at]) => at > index));',
        replace: '',
      },
    ],
    killer: { by: 'nodes', check: 'configurations' },
  },
  {
    id: 'heir-announced-early',
    title: 'A transfer of leadership is reported as done when it has begun',
    seen: 'Raft dissertation, section 3.10 (a transfer is complete when its target leads)',
    why: 'Whoever takes the old leader away then leaves the group without any.',
    patches: [
      {
        file: transferLeadership,
        find: 'if (leader !== undefined && (leader !== ports.nodeId || successor === ports.nodeId)) return leader;',
        replace: 'if (leader !== undefined) return successor;',
      },
    ],
    killer: { by: 'nodes', check: 'transfers' },
  },
  {
    id: 'lag-without-time',
    title: 'A read within bounds does not ask how long ago a leader was heard',
    seen: 'Raft dissertation, section 6.4 (what a server that was cut off may answer)',
    why: 'A member that was cut off for a day answers as if it were up to date.',
    patches: [
      { file: group, find: 'return behindMs <= ms && freshness', replace: 'return behindMs >= 0 && freshness' },
    ],
    killer: { by: 'nodes', check: 'bounded staleness' },
  },
  {
    id: 'lag-without-entries',
    title: 'A read within bounds does not ask how many entries are not applied yet',
    seen: 'SOFAJRaft#361 (2019: what is committed is taken for applied), in reads that may lag',
    why: 'A member that is busy catching up hears its leader all the time, and shows the state of long ago.',
    patches: [
      {
        file: group,
        find: 'return behindMs <= ms && freshness.commitIndex - this.#applier.appliedIndex <= entries;',
        replace: 'return behindMs <= ms;',
      },
    ],
    killer: { by: 'nodes', check: 'bounded staleness' },
  },
  {
    id: 'lag-dated-by-arrival',
    title: 'A follower dates the word of its leader by when it comes',
    seen: 'Balsa itself, until heartbeats told what is proven',
    why: 'What was held up on its way, and what a leader says that was replaced, passes for what is true now.',
    patches: [
      {
        file: follower,
        find: 'this.#noteFreshness(message.leaderCommitIndex, message.provenStamp);',
        replace: 'this.#core.freshness = { commitIndex: message.leaderCommitIndex, asOfMs: this.#core.nowMs };',
      },
    ],
    killer: { by: 'nodes', check: 'bounded staleness' },
  },
  {
    id: 'lag-proven-by-nobody',
    title: 'A leader takes what it hears from a follower for proof that it still leads',
    seen: 'Raft dissertation, section 6.4 (a leader that was replaced does not know it)',
    why: 'A leader and a follower that are cut off from the rest together believe each other for an election timeout.',
    patches: [
      { file: leader, find: 'provenStamp: follower.provenStamp,', replace: 'provenStamp: follower.heardStamp,' },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/freshness.test.ts'] },
  },
  {
    id: 'lag-stamped-by-an-earlier-life',
    title: 'A restarted follower takes stamps of its earlier life for its own',
    seen: 'Balsa itself, while this was built: monotonic clocks begin anew with the process',
    why: 'What was proven before the restart is dated by the clock of after it, and passes for new.',
    patches: [{ file: stamps, find: 'this.#lifeId = lifeId;', replace: 'this.#lifeId = 0;' }],
    killer: { by: 'tests', files: ['packages/raft/src/freshness.test.ts'] },
  },
  {
    id: 'lease-longer-than-loyalty',
    title: 'A host lets leases last longer than the loyalty of those who grant them',
    seen: 'Raft dissertation, section 6.4.1 (leases and bounds of clocks)',
    why: 'A leader that was cut off answers reads although another leads, and has committed more.',
    patches: [
      {
        file: hostOptions,
        find: 'return Math.max(0, (loyalMs * (1 - clockDriftMax)) / (1 + clockDriftMax));',
        replace: 'return Math.max(4 * electionTimeoutMs, loyalMs * (1 - clockDriftMax));',
      },
    ],
    killer: { by: 'nodes', check: 'leases' },
  },
  {
    id: 'lag-told-by-the-ignorant',
    title: 'A new leader tells how far the group is before it knows',
    seen: 'Balsa itself, found by the simulation of whole nodes',
    why: 'After a restart it tells that nothing is committed, and whoever has nothing answers as if that were not far behind.',
    patches: [
      {
        file: leader,
        find: 'leaderCommitIndex: this.#ownEntryIsCommitted() ? known : undefined,',
        replace: 'leaderCommitIndex: known,',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/finds.test.ts'] },
  },
  {
    id: 'half-removed-group-refused',
    title: 'A node that died while it removed a group does not start any more',
    seen: 'Balsa itself, node seed 600003136 (2026)',
    why: 'The snapshot is gone and the log is not: that looks like damage, and every other group of the node is down with this one.',
    patches: [
      {
        file: nodeStorage,
        find: 'const counts = hardStates.current(group).incident === 0;',
        replace: 'const counts = true;',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/log/node-storage.test.ts'] },
  },
];
