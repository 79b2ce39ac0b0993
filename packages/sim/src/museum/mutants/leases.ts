import type { Killer, Mutant } from '../mutant.ts';

const core = 'packages/raft/src/core.ts';
const lease = 'packages/raft/src/lease.ts';
const raft = 'packages/raft/src/raft.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';

const byTests: Killer = {
  by: 'tests',
  files: ['packages/raft/src/lease.test.ts', 'packages/raft/src/lease-safety.test.ts'],
};

/** Reads that ask nobody, and the loyalty that they rest on. */
export const leaseMutants: readonly Mutant[] = [
  {
    id: 'lease-without-a-quorum',
    title: 'Whoever leads, and was promised nothing, reads by lease',
    seen: 'SOFAJRaft#25 (2019, only the role is asked for)',
    why: 'A leader that was replaced does not know it.',
    patches: [
      {
        file: leader,
        find: 'return isSafe && this.#lease.holds(quorum, id, nowMs, config.leaseMs);',
        replace: 'return isSafe;',
      },
    ],
    killer: { by: 'core', check: 'linearizable reads' },
  },
  {
    id: 'lease-from-the-answer',
    title: 'A lease is counted from the answer to a heartbeat instead of from the beginning of its round',
    seen: 'Raft dissertation, section 6.4.1; asked of YugabyteDB (yugabyte-db#16, 2018)',
    why: 'The promise may be as old as the answer was under way.',
    patches: [
      {
        file: lease,
        find: 'find((known) => known.round === round)?.beganMs;',
        replace: 'findLast((known) => known.round >= round)?.beganMs;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'lease-by-ticks',
    title: 'A lease is measured by ticks',
    seen: 'tikv#964 (2016), etcd#6005 (2016)',
    why: 'They stand still while the process does, and the others’ time goes on.',
    patches: [
      {
        file: raft,
        find: '    this.#core.nowMs = nowMs;\n',
        replace: '    this.#core.nowMs = this.#core.nowTick * 10;\n',
      },
      { file: raft, find: "assert(nowMs >= this.#core.nowMs, 'a monotonic clock does not go back');", replace: '' },
    ],
    killer: { by: 'core', check: 'linearizable reads' },
  },
  {
    id: 'lease-by-a-clock-that-goes-back',
    title: 'A clock that goes back makes a lease longer',
    seen: 'd-engine#158 (2025), SOFAJRaft#24 (2019)',
    why: 'Somebody else has led for long when it ends.',
    patches: [
      { file: raft, find: "assert(nowMs >= this.#core.nowMs, 'a monotonic clock does not go back');", replace: '' },
    ],
    killer: byTests,
  },
  {
    id: 'lease-kept-after-timeout-now',
    title: 'A leader keeps its lease when it has told another member to campaign',
    seen: 'raft-rs#234 (2019), etcd#12704 (2021), tikv#1595 (2017), openraft#1748 (2026)',
    why: 'Loyalty does not hold against a campaign that the leader itself asked for, however late it comes.',
    patches: [{ file: leader, find: '    this.#leaseIsSafe = false;\n', replace: '' }],
    killer: byTests,
  },
  {
    id: 'lease-before-own-entry',
    title: 'A new leader reads by lease before an entry of its own is committed',
    seen: 'tikv#6340 (2019), met with leases',
    why: 'Nobody else leads, but it does not know what its predecessor has committed.',
    patches: [
      {
        file: leader,
        find: 'const isSafe = isAllowed && this.#leaseIsSafe && this.#ownEntryIsCommitted();',
        replace: 'const isSafe = isAllowed && this.#leaseIsSafe;',
      },
    ],
    killer: { by: 'core', check: 'linearizable reads' },
  },
  {
    id: 'lease-of-who-promised-nothing',
    title: 'Answers of members that do not know of leases yet count for one',
    seen: 'Balsa itself, on the drawing board',
    why: 'They help another leader as soon as a connection breaks.',
    patches: [
      {
        file: leader,
        find: 'if (follower.matchIndex >= this.#core.configurations.currentIndex) this.#lease.answered',
        replace: 'this.#lease.answered',
      },
    ],
    killer: byTests,
  },
  {
    id: 'lease-outlives-its-configuration',
    title: 'What was promised before the members changed counts after it',
    seen: 'Balsa itself, on the drawing board',
    why: 'The promise was given under other rules, or by somebody who does not count any more.',
    patches: [{ file: leader, find: '    this.#lease.forfeit();\n', replace: '' }],
    killer: byTests,
  },
  {
    id: 'loyalty-forgotten-in-restart',
    title: 'A member that is started again votes at once',
    seen: 'Raft dissertation, section 6.4.1, for members that forget whom they heard of',
    why: 'Its promise to a leader is not over.',
    patches: [{ file: core, find: 'lastContactTick = 0;', replace: 'lastContactTick = -1_000_000;' }],
    killer: byTests,
  },
  {
    id: 'loyalty-ends-with-the-connection',
    title: 'A broken connection ends the loyalty that a lease counts on',
    seen: 'Balsa itself, for whom a broken connection is news',
    why: 'The leader may be alive, and reading.',
    patches: [{ file: follower, find: 'if (this.#core.promisesLoyalty) return;', replace: '' }],
    killer: byTests,
  },
  {
    id: 'loyalty-ends-with-the-term',
    title: 'A member that has learned of a newer term votes in it at once',
    seen: 'Balsa itself, found in review',
    why: 'It heard of the term from somebody who does not lead, and its leader still counts on it.',
    patches: [
      {
        file: raft,
        find: 'core.leader === undefined && !breaksLoyalty &&',
        replace: 'core.leader === undefined &&',
      },
    ],
    killer: byTests,
  },
  {
    id: 'loyalty-slept-away',
    title: 'A sleeping member that lost its leader’s connection campaigns as soon as it is woken',
    seen: 'Balsa itself, found in review; compare tikv#18886 (2025)',
    why: 'The leader’s last round may have been a moment ago.',
    patches: [
      { file: follower, find: 'if (this.#hasLostLeader && !promisesLoyalty)', replace: 'if (this.#hasLostLeader)' },
    ],
    killer: byTests,
  },
  {
    id: 'loyalty-by-the-newest-configuration',
    title: 'Whether a member is loyal is read from the newest configuration in its log',
    seen: 'Balsa itself, found in review',
    why: 'That may be what a replaced leader left there, while the committed one promises leases.',
    patches: [
      {
        file: core,
        find: 'return this.configurations.since(this.commitIndex).some(({ leases }) => leases);',
        replace: 'return this.configuration.leases;',
      },
    ],
    killer: byTests,
  },
];
