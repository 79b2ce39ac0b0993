import type { Killer, Mutant } from '../mutant.ts';

const raft = 'packages/raft/src/raft.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';

const byTests: Killer = { by: 'tests', files: ['packages/raft/src/hibernation.test.ts'] };

/** Groups that sleep. */
export const hibernationMutants: readonly Mutant[] = [
  {
    id: 'sleeping-leader-reads',
    title: 'The leader of a sleeping group answers reads by itself',
    seen: 'the original, S22 (a leader that was replaced), met in a group that sleeps',
    why: 'The others may have woken up long ago, and have another.',
    patches: [
      {
        file: leader,
        find: '    this.wake();\n    if (this.#leaseHolds()) {',
        replace: '    const isAlone = this.hibernates;\n    this.wake();\n    if (isAlone || this.#leaseHolds()) {',
      },
    ],
    killer: byTests,
  },
  {
    id: 'sleeps-with-gaps',
    title: 'A follower falls asleep although it lacks entries, or does not know that they are committed',
    seen: 'tikv#19219 (2025)',
    why: 'Nobody brings it what is missing.',
    patches: [
      { file: follower, find: ' && durableIndex === lastIndex && core.commitIndex === lastIndex', replace: '' },
    ],
    killer: byTests,
  },
  {
    id: 'sleeps-before-all-agree',
    title: 'A leader falls asleep as soon as a quorum has agreed',
    seen: 'tikv#12166 (2022, a leader of a sleeping group is deposed)',
    why: 'Whoever did not agree hears nothing any more, and campaigns.',
    patches: [{ file: leader, find: 'allAgree && quorum', replace: 'quorum' }],
    killer: byTests,
  },
  {
    id: 'late-agreement-counts',
    title: 'An agreement to sleep counts whenever it comes',
    seen: 'Balsa itself, on the drawing board',
    why: 'It was given before the last entry, and its sender may lack that.',
    patches: [
      {
        file: leader,
        find: 'follower.hibernates = ack.hibernates && this.#hibernation.isAskedInRound(ack.round);',
        replace: 'follower.hibernates = ack.hibernates;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'proposal-does-not-wake',
    title: 'A proposal does not wake a sleeping leader',
    seen: 'tikv#6736 (2020)',
    why: 'Its followers are not asked again whether they have it, and whoever missed it sleeps on.',
    patches: [
      {
        file: leader,
        find: "'a leader appends only in the term it won');\n    this.wake();",
        replace: "'a leader appends only in the term it won');",
      },
    ],
    killer: byTests,
  },
  {
    id: 'campaign-does-not-wake',
    title: 'A member that is asked for a vote sleeps on',
    seen: 'tikv#16429 (2024), tikv#16368 (2024, wake-up messages that are ignored)',
    why: 'Who could win does not campaign, and who campaigns cannot win.',
    patches: [
      {
        file: raft,
        find: 'if (removedAt === undefined) this.#role.wake();',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'wake-up-lost',
    title: 'A follower that was woken waits for the leader without a timeout',
    seen: 'tikv#16368 (2024), tikv#16429 (2024)',
    why: 'If the leader is gone, or the message is lost, it waits for ever.',
    patches: [
      {
        file: follower,
        find: '    this.#electionTick = nowTick + this.#randomElectionTicks();\n    assert(leader',
        replace: '    this.#electionTick = nowTick + 1_000_000;\n    assert(leader',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'time-passes-in-sleep',
    title: 'Time passes for a sleeping group',
    seen: 'Balsa itself, found in review',
    why: 'When it is woken, its leader believes that it has not heard of anybody for long, and steps down.',
    patches: [{ file: raft, find: 'if (this.#role.hibernates) return;', replace: '' }],
    killer: byTests,
  },
  {
    id: 'one-dead-member-keeps-all-awake',
    title: 'A group with a dead member never sleeps',
    seen: 'tikv#19070, CockroachDB#315, SOFAJRaft#135 (what idle groups cost)',
    why: 'One dead node makes hundreds of thousands of groups talk.',
    patches: [{ file: leader, find: 'return this.#isGone(follower) || hasAll;', replace: 'return hasAll;' }],
    killer: byTests,
  },
  {
    id: 'trusts-who-came-back-meanwhile',
    title: 'A leader that wakes takes it that whoever came back meanwhile has what it had',
    seen: 'Balsa itself, node seed 210002742 (2026)',
    why: 'It makes a voter of a learner that has lost its disk, and the new quorum can neither commit nor restore it.',
    patches: [
      {
        file: leader,
        find: 'this.#restart(follower);\n    if (this.hibernates) return;',
        replace: 'if (this.hibernates) return;\n    this.#restart(follower);',
      },
    ],
    killer: byTests,
  },
  {
    id: 'read-does-not-wake',
    title: 'A read does not wake a sleeping follower',
    seen: 'Balsa itself, found in review',
    why: 'If its leader is gone, nobody answers and nobody campaigns.',
    patches: [
      {
        file: follower,
        find: '  readIndex(requestId: number): void {\n    this.wake();',
        replace: '  readIndex(requestId: number): void {',
      },
    ],
    killer: byTests,
  },
];
