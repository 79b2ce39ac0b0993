import type { Mutant } from '../mutant.ts';

const core = 'packages/raft/src/core.ts';
const quorum = 'packages/raft/src/quorum.ts';
const raft = 'packages/raft/src/raft.ts';
const raftLog = 'packages/raft/src/raft-log.ts';
const candidate = 'packages/raft/src/roles/candidate.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';

const voteRule =
  'const granted = free && core.incident === 0 && core.log.isUpToDate(request.lastIndex, request.lastTerm);';

/** Terms, votes, and who may lead. */
export const electionMutants: readonly Mutant[] = [
  {
    id: 'vote-for-any-log',
    title: 'A vote does not ask how good the candidate’s log is',
    seen: 'Raft paper, section 5.4.1 (the election restriction)',
    why: 'A leader without committed entries overwrites them.',
    patches: [{ file: raft, find: voteRule, replace: 'const granted = free && core.incident === 0;' }],
    killer: { by: 'core', check: 'leader completeness' },
  },
  {
    id: 'both-must-be-worse',
    title: 'A candidate is refused only if both its index and its term are behind',
    seen: 'liferaft, fixed only in a fork (markwylde/liferaft#10); async-raft (openraft a48a3282, 2021)',
    why: 'A long log of an early term wins against a short log of a later one, or the other way round.',
    patches: [
      {
        file: raftLog,
        find: 'return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);',
        replace: 'return !(this.lastIndex > lastIndex && this.lastTerm > lastTerm);',
      },
    ],
    killer: { by: 'core', check: 'leader completeness' },
  },
  {
    id: 'two-votes-in-a-term',
    title: 'A member votes for everybody who asks in a term',
    seen: 'the original, S3 (two locks for one vote)',
    why: 'Two candidates win the same term.',
    patches: [{ file: raft, find: '(core.votedFor ?? request.from) === request.from', replace: 'true' }],
    killer: { by: 'core', check: 'durable promises' },
  },
  {
    id: 'own-vote-erased',
    title: 'Stepping down erases the vote that a candidate gave itself',
    seen: 'the original, S3 (stepDown against startElection)',
    why: 'It votes twice in one term.',
    patches: [
      {
        file: raft,
        find: '(core.votedFor ?? request.from) === request.from',
        replace: '(core.votedFor === core.id || (core.votedFor ?? request.from) === request.from)',
      },
    ],
    killer: { by: 'core', check: 'durable promises' },
  },
  {
    id: 'late-votes-count',
    title: 'Votes for an earlier term count in the present one',
    seen: 'the original, S3 (the winner is not checked again)',
    why: 'A candidate leads a term in which a quorum voted for somebody else.',
    patches: [
      {
        file: raft,
        find: '} else if (message.type === MessageType.preVoteResponse) {',
        replace:
          '} else if (message.type === MessageType.preVoteResponse || message.type === MessageType.voteResponse) {',
      },
    ],
    killer: { by: 'core', check: 'election safety' },
  },
  {
    id: 'refusals-count',
    title: 'Any answer to a vote request counts as a vote',
    seen: 'the original, S9 (failures counted as answers)',
    why: 'Members are counted that never agreed.',
    patches: [
      {
        file: candidate,
        find: '(granted ? this.#granted : this.#refused).add(voter)',
        replace: '(granted || this.role === Role.candidate ? this.#granted : this.#refused).add(voter)',
      },
    ],
    killer: { by: 'core', check: 'election safety' },
  },
  {
    id: 'quorum-too-small',
    title: 'Half of the voters are a quorum',
    seen: 'the original, S8 (the quorum of an earlier, smaller group)',
    why: 'Two quorums need not have a member in common.',
    patches: [
      {
        file: quorum,
        find: 'Math.floor(voters.length / 2) + 1',
        replace: 'Math.max(1, Math.floor(voters.length / 2))',
      },
    ],
    killer: { by: 'core', check: 'election safety' },
  },
  {
    id: 'earlier-terms-accepted',
    title: 'Messages of earlier terms are taken for messages of the present one',
    seen: 'the original, S2 (queued entries go out under a term that was never won)',
    why: 'A leader that was replaced goes on writing into logs.',
    patches: [
      {
        file: raft,
        find: 'else if (message.term < this.#core.term) this.#onOlderTerm(message);',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'invariant: one leader per term' },
  },
  {
    id: 'heartbeat-side-door',
    title: 'Heartbeats take a way of their own, past the check of the term',
    seen: 'hashicorp/raft#695 (2026, the fast path for heartbeats)',
    why: 'A follower follows, and commits for, a leader of the past.',
    patches: [
      {
        file: raft,
        find: 'else if (message.term < this.#core.term) this.#onOlderTerm(message);',
        replace:
          'else if (message.term < this.#core.term && message.type !== MessageType.heartbeat) this.#onOlderTerm(message);',
      },
    ],
    killer: { by: 'core', check: 'invariant: one leader per term' },
  },
  {
    id: 'no-check-quorum',
    title: 'A leader that hears from nobody goes on leading',
    seen: 'the original, S22; etcd#15247 (the zombie leader)',
    why: 'Clients and reads hang on a leader that can do nothing for them.',
    patches: [
      {
        file: leader,
        find: 'if (!this.#hearsQuorum()) return { role: Role.follower, leader: undefined };',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'check-quorum' },
  },
  {
    id: 'no-pre-vote',
    title: 'A follower campaigns at once, in a new term',
    seen: 'the original, S28; NATS JetStream',
    why: 'A member that was cut off comes back with a higher term and deposes a healthy leader.',
    patches: [
      {
        file: follower,
        find: 'if (this.#mayLead()) return { role: Role.preCandidate };',
        replace: 'if (this.#mayLead()) return { role: Role.candidate, transfer: false };',
      },
    ],
    killer: { by: 'core', check: 'pre-vote' },
  },
  {
    id: 'pre-vote-despite-leader',
    title: 'Pre-votes are granted while a leader is heard',
    seen: 'the original, S28 (LEADER_STILL_ONLINE is never answered)',
    why: 'One bad connection is enough to depose a healthy leader.',
    patches: [
      {
        file: raft,
        find: 'const mayVote = incident === 0 && !this.#role.hearsLeader();',
        replace: 'const mayVote = incident === 0;',
      },
    ],
    killer: { by: 'core', check: 'pre-vote' },
  },
  {
    id: 'vote-despite-leader',
    title: 'Votes are granted while a leader is heard',
    seen: 'the original, S28; Raft dissertation, section 4.2.3',
    why: 'A candidate that was let through by an earlier pre-vote still deposes a leader that has come back.',
    patches: [
      {
        file: raft,
        find: 'if (isLoyal && request.term > core.term) return;',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/elections.test.ts'] },
  },
  {
    id: 'candidate-not-demoted',
    title: 'A candidate does not follow the winner of its term',
    seen: 'the original, S28 (an append only restarts its timer)',
    why: 'It never takes in an entry again, and asks for votes for ever.',
    patches: [
      {
        file: candidate,
        find: 'return { role: Role.follower, leader: leaderOf(message) };',
        replace: 'return undefined;',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'candidate-never-gives-up',
    title: 'A candidate waits for ever for the votes that it lacks',
    seen: 'the original, L17 (waits for votes that were lost)',
    why: 'A split vote is never tried again.',
    patches: [{ file: candidate, find: 'if (nowTick >= this.#giveUpTick) {', replace: 'if (false) {' }],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'vote-asked-once',
    title: 'A lost vote request is not sent again',
    seen: 'the original, L17 (20 s more for each lost vote); tikv#8456 (2020)',
    why: 'Each lost message costs a whole election.',
    patches: [{ file: candidate, find: 'if (nowTick >= this.#askAgainTick) {', replace: 'if (false) {' }],
    killer: { by: 'tests', files: ['packages/raft/src/elections.test.ts'] },
  },
  {
    id: 'stale-leader-not-told',
    title: 'A leader of an earlier term is not told that its time is over',
    seen: 'etcd/raft (members with a higher term, under pre-vote and check-quorum)',
    why: 'A member whose term is higher hears heartbeats that it must ignore, and is never heard itself.',
    patches: [
      {
        file: raft,
        find: 'if (isOfLeader(message)) {\n      this.#core.send',
        replace: 'if (false) {\n      this.#core.send',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'vote-by-longer-log',
    title: 'The longer log wins, whatever the term of its last entry',
    seen: 'MongoDB, replication protocol v0 (Jepsen 2017: positions without terms)',
    why: 'Entries that nobody acknowledged beat those that a quorum did.',
    patches: [
      {
        file: raftLog,
        find: 'return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.lastIndex);',
        replace: 'return lastIndex >= this.lastIndex;',
      },
    ],
    killer: { by: 'core', check: 'leader completeness' },
  },
  {
    id: 'vote-by-earlier-position',
    title: 'A vote compares with where the voter’s log stood some time ago',
    seen: 'braft (as told in sofa-jraft#882, 2022: the log is read before the lock is taken again)',
    why: 'What was acknowledged in between is not asked for.',
    patches: [
      {
        file: raft,
        find: 'const better = log.isUpToDate(request.lastIndex, request.lastTerm);',
        replace:
          'const better = log.isUpToDate(request.lastIndex, request.lastTerm) || (request.lastTerm === log.lastTerm && request.lastIndex >= this.#core.commitIndex);',
      },
      {
        file: raft,
        find: voteRule,
        replace:
          'const granted = free && core.incident === 0 && (core.log.isUpToDate(request.lastIndex, request.lastTerm) || (request.lastTerm === core.log.lastTerm && request.lastIndex >= core.commitIndex));',
      },
    ],
    killer: { by: 'core', check: 'leader completeness' },
  },
  {
    id: 'repeated-vote-refused',
    title: 'A candidate that asks again is refused the vote that it has',
    seen: 'NebulaGraph (nebula#2419, 2020)',
    why: 'One lost answer costs the election.',
    patches: [
      {
        file: raft,
        find: '(core.votedFor ?? request.from) === request.from',
        replace: 'core.votedFor === undefined',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/elections.test.ts'] },
  },
  {
    id: 'voter-waits-for-ever',
    title: 'Who has voted waits for the winner for ever',
    seen: 'the original, L16 (wait(0)); async-raft (openraft 228077a6, 2021)',
    why: 'If the candidate does not win, nobody tries again.',
    patches: [
      {
        file: follower,
        find: 'postponeElection(): void {\n    this.#electionTick = this.#core.nowTick + this.#randomElectionTicks();',
        replace: 'postponeElection(): void {\n    this.#electionTick = Number.POSITIVE_INFINITY;',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'term-falls-with-truncation',
    title: 'Cutting the log takes the term back to that of its last entry',
    seen: 'NATS JetStream (nats-server#5975, 2024)',
    why: 'The member takes part, and votes, in elections that are over.',
    patches: [
      {
        file: core,
        find: 'this.log.truncateFrom(batch.firstIndex);',
        replace:
          'this.log.truncateFrom(batch.firstIndex);\n      this.#hardState = { ...this.#hardState, term: this.log.lastTerm, votedFor: undefined };',
      },
    ],
    killer: { by: 'core', check: 'invariant: one leader per term' },
  },
  {
    id: 'higher-term-in-answers-ignored',
    title: 'Only leaders and candidates can tell that a term is over',
    seen: 'the original, L5 (a higher term in an answer is lost)',
    why: 'A leader of the past is not told, and leads on.',
    patches: [
      {
        file: raft,
        find: 'if (message.term > this.#core.term) this.#followInTerm(message.term, undefined, leader);',
        replace:
          'if (message.term > this.#core.term && leader !== undefined) this.#followInTerm(message.term, undefined, leader);',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
];
