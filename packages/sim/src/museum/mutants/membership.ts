import type { Killer, Mutant } from '../mutant.ts';

const configuration = 'packages/raft/src/configuration.ts';
const core = 'packages/raft/src/core.ts';
const quorum = 'packages/raft/src/quorum.ts';
const raft = 'packages/raft/src/raft.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';

const byTests: Killer = { by: 'tests', files: ['packages/raft/src/membership.test.ts'] };
const resigns = '      this.#resigns = true;\n';

/** Who belongs to a group, and when that counts. */
export const membershipMutants: readonly Mutant[] = [
  {
    id: 'change-before-own-entry',
    title: 'A leader that has committed nothing of its own changes the members',
    seen: 'Raft’s author (2015, “bug in single-server membership changes”); hydro#3192 (2026)',
    why: 'It does not know of an earlier change that is still on its way, and two majorities need not meet.',
    patches: [
      {
        file: leader,
        find: "if (!this.#ownEntryIsCommitted()) return refused('notReady', 'the leader has committed nothing of its own yet');",
        replace: '',
      },
    ],
    killer: byTests,
  },
  {
    id: 'two-changes-at-once',
    title: 'A second change of the members begins before the first is complete',
    seen: 'dragonboat (ordered changes are optional); Raft dissertation, section 4.1',
    why: 'Majorities of the first and of the third configuration need not meet.',
    patches: [
      {
        file: leader,
        find: 'if (isJoint(configuration) || configurations.currentIndex > commitIndex) {',
        replace: 'if (false) {',
      },
    ],
    killer: { by: 'core', check: 'one change at a time' },
  },
  {
    id: 'voters-changed-in-one-step',
    title: 'Voters are exchanged without a joint configuration in between',
    seen: 'the original, S8 and S23 (lists of members that are changed in place)',
    why: 'While only some know, two disjoint majorities can decide.',
    patches: [
      {
        file: configuration,
        find: 'outgoing: isSameSet(current.voters, target.voters) ? [] : current.voters',
        replace: 'outgoing: [] as NodeId[]',
      },
    ],
    killer: { by: 'core', check: 'overlapping quorums' },
  },
  {
    id: 'joint-state-left-behind',
    title: 'Only the leader that began a change finishes it',
    seen: 'etcd#12136 (2020, the joint configuration is never left)',
    why: 'After a change of leaders the group needs two majorities for ever, and cannot be changed any more.',
    patches: [
      {
        file: leader,
        find: '    if (isJoint(configuration)) {\n      this.#appendConfiguration',
        replace:
          '    if (isJoint(configuration) && configurations.currentIndex >= this.#firstOwnIndex) {\n      this.#appendConfiguration',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'longer-log-knows-better',
    title: 'Who was removed believes it only if its log does not go on and let it in again',
    seen: 'Balsa itself, node seed 110005510 and core seed 500155642 (2026)',
    why: 'What it goes on with is of an earlier term, or lineage, than what the others have committed, and lost; it asks for votes for ever.',
    patches: [
      {
        file: 'packages/raft/src/raft.ts',
        find: 'const isOverruled = request.lastTerm < (log.termAt(commitIndex) ?? 0);',
        replace: 'const isOverruled = false;',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/finds.test.ts', 'packages/raft/src/lineage.test.ts'] },
  },
  {
    id: 'joint-state-left-too-early',
    title: 'A new leader leaves the joint configuration that it finds before that is committed',
    seen: 'Camunda (camunda#61854, 2026)',
    why: 'The majority of the old members is never asked.',
    patches: [
      {
        file: leader,
        find: 'payloadBytes: 0, seal: this.#core.config.sealNoop });\n',
        replace:
          'payloadBytes: 0, seal: this.#core.config.sealNoop });\n    const found = this.#core.configuration;\n    if (isJoint(found)) this.#appendConfiguration(withoutOutgoing(found));\n',
      },
    ],
    killer: { by: 'core', check: 'one change at a time' },
  },
  {
    id: 'learner-counts',
    title: 'Learners count like voters',
    seen: 'Camunda (camunda#58080, 2026: passive members count)',
    why: 'What was added to catch up decides, or keeps the others from deciding.',
    patches: [
      {
        file: configuration,
        find: 'export function quorumOf({ voters, outgoing }: Configuration): Quorum {',
        replace:
          'export function quorumOf({ voters: some, outgoing, learners }: Configuration): Quorum {\n  const voters = [...some, ...learners.filter((node) => !some.includes(node))];',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'commit-by-one-of-two-majorities',
    title: 'In a joint configuration the majority of one set commits',
    seen: 'Raft dissertation, section 4.3',
    why: 'The other set elects a leader that has never heard of it.',
    patches: [
      {
        file: quorum,
        find: 'lowest = Math.min(lowest, descending[majorityOf(set) - 1] ?? 0);',
        replace: 'lowest = Math.max(Number.isFinite(lowest) ? lowest : 0, descending[majorityOf(set) - 1] ?? 0);',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'election-by-one-of-two-majorities',
    title: 'In a joint configuration the majority of one set elects a leader',
    seen: 'openraft#1808 (2026, a majority of a configuration that was superseded)',
    why: 'Each set may elect its own.',
    patches: [
      { file: quorum, find: 'return this.#voterSets.every((set)', replace: 'return this.#voterSets.some((set)' },
    ],
    killer: { by: 'core', check: 'check-quorum' },
  },
  {
    id: 'configuration-not-rolled-back',
    title: 'A change of the members stays in force when its entry is truncated',
    seen: 'the original, S23; canonical/raft#250 (2021); Camunda (camunda#57393, 2026)',
    why: 'A member counts majorities of a group that never was.',
    patches: [
      {
        file: core,
        find: 'if (this.configurations.truncateFrom(batch.firstIndex)) this.#configurationChanged();',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'configuration in force' },
  },
  {
    id: 'membership-at-commit',
    title: 'A change of the members counts only once it is known to be committed',
    seen: 'etcd/raft (changes count when they are applied); Raft dissertation, section 4.1',
    why: 'Who has committed it and who has not decide by different majorities.',
    patches: [
      {
        file: core,
        find: 'return this.configurations.current;\n  }',
        replace: 'return this.configurations.at(this.commitIndex).configuration;\n  }',
      },
      { file: core, find: 'return this.#quorum;\n', replace: 'return quorumOf(this.configuration);\n' },
    ],
    killer: { by: 'core', check: 'configuration in force' },
  },
  {
    id: 'change-forgotten-in-restart',
    title: 'A restart forgets the changes of the members that its log holds',
    seen: 'Camunda (camunda#58304, 2026); andy-yx-chen/jraft#1 (2016)',
    why: 'The member waits for a majority that is none any more, or helps one that is none.',
    patches: [
      {
        file: core,
        find: 'this.configurations = new ConfigurationHistory(configurations, appliedIndex);',
        replace: 'this.configurations = new ConfigurationHistory(configurations.slice(0, 1), appliedIndex);',
      },
    ],
    killer: { by: 'core', check: 'configuration in force' },
  },
  {
    id: 'rejoin-with-a-stale-session',
    title: 'Whoever joins again starts in the session of an earlier membership',
    seen: 'the rejoin bug (raft-rs#571, etcd-io/raft#349, and seven more engines); Balsa itself, found in review',
    why: 'Late acknowledgements of what it held then count for what it holds now, which may be nothing.',
    patches: [
      {
        file: leader,
        find: '    this.#firstSession = Math.max(this.#firstSession, follower.session + 1);\n',
        replace: '',
      },
    ],
    killer: byTests,
  },
  {
    id: 'rejoin-with-a-stale-position',
    title: 'Whoever joins again is taken to hold what it held when it left',
    seen: 'etcd#21178 (2026, a member that comes back emptied); Balsa itself, found in review',
    why: 'It is sent only what comes after, refuses that for ever, and counts as caught up.',
    patches: [
      {
        file: leader,
        find: 'if (known?.leavesAtIndex !== undefined) this.#forget(known);\n      else if (known !== undefined) continue;',
        replace: 'if (known !== undefined) {\n        known.leavesAtIndex = undefined;\n        continue;\n      }',
      },
    ],
    killer: byTests,
  },
  {
    id: 'told-of-an-old-removal',
    title: 'A member that joins again stops when it meets the entry that removed it once',
    seen: 'ipfs-cluster#718 (2019); Balsa itself, found in review',
    why: 'It throws away what it has, and never catches up.',
    patches: [
      {
        file: leader,
        find: 'const known = matchIndex < currentIndex ? Math.max(core.commitIndex, currentIndex) : core.commitIndex;',
        replace: 'const known = core.commitIndex;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'removed-and-not-told',
    title: 'Who is removed is sent nothing more, not even that',
    seen: 'hashicorp/raft (a removed follower just hears nothing more); NuRaft#596 (2025)',
    why: 'It does not know that it can go, and campaigns.',
    patches: [
      {
        file: leader,
        find: 'if (commitIndex >= follower.leavesAtIndex) follower.dismissTick ??= nowTick + 2 * config.electionTicks;',
        replace: 'if (commitIndex >= follower.leavesAtIndex - 1) follower.dismissTick ??= nowTick;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'removal-ends-at-its-entry',
    title: 'Of a removal only the entry counts, not that nothing committed since says otherwise',
    seen: 'Balsa itself, found by the simulation of the core',
    why: 'A log that lets the member in again, where the others have committed something else, keeps it asking for ever.',
    patches: [{ file: core, find: '.since(commitIndex)', replace: '.since(removedAt)' }],
    killer: { by: 'tests', files: ['packages/raft/src/finds.test.ts'] },
  },
  {
    id: 'removed-candidate-not-told',
    title: 'Whoever was removed while it was away is never told',
    seen: 'LogCabin#56 (2014, removed servers disrupt the others)',
    why: 'It asks for votes for ever.',
    patches: [
      {
        file: raft,
        find: 'return isOutside && committed.configuration.voters.length > 0 ? committed.index : undefined;',
        replace: 'return undefined;',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'learner-does-not-ask',
    title: 'Who may not campaign says nothing when it hears of no leader',
    seen: 'tidb#22400 (2021, a demoted leader in a group that sleeps); Balsa itself, found in review',
    why: 'A learner that was removed, or whose group sleeps, is never noticed.',
    patches: [{ file: follower, find: 'this.#askForNews();', replace: 'return undefined;' }],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'removed-leader-goes-on',
    title: 'A leader that is no voter any more goes on leading',
    seen: 'etcd#11038 (2019), etcd-io/raft#83, raft-rs#584 (2026)',
    why: 'Its heartbeats keep the others from electing one that counts.',
    patches: [{ file: leader, find: resigns, replace: '' }],
    killer: { by: 'core', check: 'removed leader' },
  },
  {
    id: 'removed-leader-leaves-nobody',
    title: 'A leader that was removed just stops',
    seen: 'Redpanda#19966 (2024)',
    why: 'The others wait out an election timeout that nobody needs.',
    patches: [
      {
        file: leader,
        find: 'if (successor !== undefined) this.#sendTimeoutNow(successor);\n      this.#resigns',
        replace: 'void successor;\n      this.#resigns',
      },
    ],
    killer: byTests,
  },
  {
    id: 'removed-leader-campaigns',
    title: 'Who is no voter any more campaigns',
    seen: 'LogCabin#205 (2016), canonical/raft#137 (2020)',
    why: 'It takes terms away from those that can lead.',
    patches: [
      {
        file: follower,
        find: 'return this.#core.incident === 0 && this.#core.isVoter && this.#core.knowsLineage;',
        replace: 'return this.#core.incident === 0;',
      },
      {
        file: 'packages/raft/src/roles/candidate.ts',
        find: "assert(core.isVoter, 'only voters campaign');",
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'removed leader' },
  },
  {
    id: 'voter-that-lags',
    title: 'A new voter need not have caught up',
    seen: 'EastGuard#150 (2026, a voter that does not run yet); Raft dissertation, section 4.2.1',
    why: 'Until it has, the group may be unable to commit anything.',
    patches: [
      {
        file: leader,
        find: 'if (behind.length > 0) return',
        replace: 'if (false) return',
      },
    ],
    killer: byTests,
  },
  {
    id: 'voters-out-of-reach',
    title: 'The members are changed to voters of whom no majority is there',
    seen: 'etcd (what its strict-reconfig-check refuses)',
    why: 'The group stops, and cannot be changed back.',
    patches: [
      {
        file: leader,
        find: 'if (!quorumOf({ ...target, outgoing: [] }).isReachedBy((node) => this.#mayCount(node))) {',
        replace: 'if (false) {',
      },
    ],
    killer: byTests,
  },
  {
    id: 'newcomer-not-fed',
    title: 'Who joins is sent nothing until the next leader is elected',
    seen: 'the original, L13 (queues that are not updated when members change)',
    why: 'It never catches up.',
    patches: [{ file: leader, find: 'if (configuration !== undefined) this.#followMembers();', replace: '' }],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'votes-only-for-members',
    title: 'A member votes only for those that it knows as members',
    seen: 'asked of SOFAJRaft (#940, 2023)',
    why: 'A majority in which only some have heard of the change elects nobody.',
    patches: [
      {
        file: raft,
        find: 'const free = request.term > core.term || (request.term === core.term && mayVote);',
        replace:
          'const isKnown = isMember(request.from, core.configuration);\n    const free = isKnown && (request.term > core.term || (request.term === core.term && mayVote));',
      },
    ],
    killer: byTests,
  },
];
