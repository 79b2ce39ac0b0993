import type { Killer, Mutant } from '../mutant.ts';

const core = 'packages/raft/src/core.ts';
const progress = 'packages/raft/src/progress.ts';
const raft = 'packages/raft/src/raft.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';

const byTests: Killer = { by: 'tests', files: ['packages/raft/src/incidents.test.ts'] };

/** A disk that lost entries, and a member that comes back as if nothing had happened. */
export const incidentMutants: readonly Mutant[] = [
  {
    id: 'amnesiac-votes',
    title: 'A member that lost entries votes',
    seen: 'the original, S7 (starts over with an empty log); NATS JetStream 2.12.1 (Jepsen 2025, one damaged disk of five)',
    why: 'It helps a candidate to win that lacks what it has forgotten itself.',
    patches: [
      { file: raft, find: 'const granted = free && core.incident === 0 &&', replace: 'const granted = free &&' },
    ],
    killer: { by: 'core', check: 'invariant: a member that lost entries does not vote' },
  },
  {
    id: 'amnesiac-campaigns',
    title: 'A member that lost entries campaigns',
    seen: 'NATS JetStream (nats-server#7587, 2025: an emptied log may lead)',
    why: 'It may win, and make everybody forget.',
    patches: [
      {
        file: follower,
        find: 'return this.#core.incident === 0 && this.#core.isVoter',
        replace: 'return this.#core.isVoter',
      },
    ],
    killer: { by: 'core', check: 'invariant: a member that lost entries does not vote' },
  },
  {
    id: 'match-survives-loss',
    title: 'What a member acknowledged before it lost entries still counts',
    seen: 'etcd (a wiped member under its old name: #10563, #12136, #21178); MongoDB SERVER-16570',
    why: 'The leader sends only what comes after, and counts what is gone.',
    patches: [
      {
        file: progress,
        find: '    this.snapshotIndex = undefined;\n    this.matchIndex = 0;',
        replace: '    this.snapshotIndex = undefined;',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'session-survives-loss',
    title: 'Acknowledgements sent before a member lost entries count after it',
    seen: 'the rejoin bug (raft-rs#571)',
    why: 'They arrive late and tell of entries that are gone.',
    patches: [
      {
        file: leader,
        find: '    follower.incidentReported(incident, this.#round);\n    this.#restart(follower);',
        replace: '    follower.incidentReported(incident, this.#round);',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/incidents.test.ts'] },
  },
  {
    id: 'restored-too-early',
    title: 'A new leader says what must be restored before it knows what is committed',
    seen: 'the original, S22 (a commit index that lags), met in the restoring of members',
    why: 'A member counts as whole without entries that an earlier leader committed with its help.',
    patches: [
      {
        file: leader,
        find: 'const knowsAll = this.#ownEntryIsCommitted() && ',
        replace: 'const knowsAll = ',
      },
    ],
    killer: { by: 'core', check: 'leader completeness' },
  },
  {
    id: 'forgetful-member-confirms',
    title: 'A member that lost its disk with its votes confirms who leads',
    seen: 'Balsa itself, found in review; the same trap in recovery without disks (“Recovering Shared Objects Without Stable Storage”, DISC 2017)',
    why: 'It has helped to replace that leader and forgotten it, and the leader answers reads from before.',
    patches: [{ file: leader, find: 'if (!hasForgottenVotes(ack.incident)) this', replace: 'this' }],
    killer: byTests,
  },
  {
    id: 'restored-by-replaced-leader',
    title: 'A member that lost its disk with its votes is restored by a leader that nobody else has confirmed since',
    seen: 'Balsa itself, found in review',
    why: 'That leader was replaced with its help, does not know it, and commits something else with its help again.',
    patches: [{ file: leader, find: ' && this.#confirmedRound >= follower.restoreRound', replace: '' }],
    killer: byTests,
  },
  {
    id: 'restored-member-votes-again',
    title: 'A member that lost its disk votes once more in the term in which it was restored',
    seen: 'Balsa itself, found in review',
    why: 'It voted in it before, and has forgotten it: two leaders in one term.',
    patches: [
      {
        file: core,
        find: 'const votedFor = hasForgottenVotes(this.incident) ? this.leader : this.votedFor;',
        replace: 'const { votedFor } = this;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'loss-closed-at-once',
    title: 'A member counts as whole before it has everything again',
    seen: 'the original, S25 (ready although loading failed)',
    why: 'It votes for a leader without entries that it had acknowledged.',
    patches: [{ file: follower, find: ' && durableIndex >= restore.index', replace: '' }],
    killer: { by: 'core', check: 'leader completeness' },
  },
];
