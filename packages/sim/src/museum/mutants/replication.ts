import type { Mutant } from '../mutant.ts';

const batchCache = 'packages/raft/src/batch-cache.ts';
const core = 'packages/raft/src/core.ts';
const progress = 'packages/raft/src/progress.ts';
const quorum = 'packages/raft/src/quorum.ts';
const raftLog = 'packages/raft/src/raft-log.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';

const comparesTerms = 'core.log.termAt(message.prevIndex) === message.prevTerm';
const strongIndex = 'return Math.min(this.#matchedIndex, this.#core.log.durableIndex);';
const creditRule = 'if (this.#core.log.termAt(durableIndex) !== durableTerm) return;';
const followerCommits = 'core.commitTo(Math.min(message.commitIndex, this.#matchedIndex));\n    const durableIndex';
const leaderIsDurable =
  'durable(): Transition | undefined {\n    this.#commitWhatAQuorumHolds();\n    this.#acceptWhatAQuorumHasReceived();\n    return this.#resignation();\n  }';
const heartbeatCommit = 'commitIndex: Math.min(core.commitIndex, follower.matchIndex),';

/** Whether logs agree, what is committed, and whether everything arrives. */
export const replicationMutants: readonly Mutant[] = [
  {
    id: 'figure-8',
    title: 'Entries of earlier terms are committed by counting copies',
    seen: 'LogCabin#44 (2013), canonical/raft#220 (2021); Raft paper, figure 8',
    why: 'A later leader may still overwrite them, on all of these copies.',
    patches: [
      {
        file: leader,
        find: "if (held < this.#firstOwnIndex || held <= core.commitIndex) return;\n    assert(core.log.termAt(held) === this.term, 'what this leadership appended is of its term');",
        replace: 'if (held <= core.commitIndex) return;',
      },
    ],
    killer: { by: 'core', check: 'leader completeness' },
  },
  {
    id: 'unsorted-progress',
    title: 'The commit index is taken from positions that are not in order',
    seen: 'openraft#1802 (2026, a lost sort)',
    why: 'What one member holds is called committed.',
    patches: [
      {
        file: quorum,
        find: 'const descending = set.map(reachedBy).sort((a, b) => b - a);',
        replace: 'const descending = set.map(reachedBy);',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'commit-quorum-too-small',
    title: 'An entry is committed with one copy less than a quorum',
    seen: 'the original, S8 and S10 (copies counted twice)',
    why: 'A quorum of the others elects a leader that never saw it.',
    patches: [
      {
        file: quorum,
        find: 'descending[majorityOf(set) - 1] ?? 0',
        replace: 'descending[Math.max(0, majorityOf(set) - 2)] ?? 0',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'failed-peer-counts',
    title: 'A connection that breaks counts as an acknowledgement of everything',
    seen: 'the original, S9 (Integer.MAX_VALUE in the set of acceptors); MongoDB 2.4.3 (Jepsen 2013, an error counts as success)',
    why: 'The fewer members are left, the sooner entries are committed.',
    patches: [
      {
        file: leader,
        find: 'this.#restart(follower);\n    if (this.hibernates) return;',
        replace: 'follower.acknowledged(this.#core.log.lastIndex);',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'refusal-taken-for-success',
    title: 'A refused append counts as an acknowledgement of what it asked about',
    seen: 'the original, S21 (LOG_MISMATCH in catch-up); CCF#5325 (2023, the match index taken from a refusal)',
    why: 'The leader counts entries that the follower has just said it does not have.',
    patches: [
      {
        file: leader,
        find: '    follower.restart();\n    const { log } = this.#core;',
        replace:
          '    follower.restart();\n    follower.acknowledged(reject.rejectedPrevIndex);\n    const { log } = this.#core;',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'refusal-ignored',
    title: 'A refused append is told to nobody',
    seen: 'the original, L9 (LOG_MISMATCH is no failure any more)',
    why: 'The leader sends what cannot fit, for ever.',
    patches: [
      {
        file: leader,
        find: 'if (reject.session !== follower.session || reject.rejectedPrevIndex <= follower.matchIndex) return;',
        replace: 'return;',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'previous-entry-not-compared',
    title: 'An append is taken in wherever the log is long enough',
    seen: 'Raft paper, section 5.3 (the consistency check)',
    why: 'Equal entries stand behind different ones.',
    patches: [{ file: follower, find: comparesTerms, replace: 'message.prevIndex <= core.log.lastIndex' }],
    killer: { by: 'core', check: 'invariant: a batch knows the term before it' },
  },
  {
    id: 'missing-term-matches',
    title: 'The term of an entry that is not there matches any other',
    seen: 'the original, S12 (-1 for “beyond the end” and for “unknown”)',
    why: 'Entries are appended behind a gap.',
    patches: [
      {
        file: follower,
        find: comparesTerms,
        replace: '(core.log.termAt(message.prevIndex) ?? message.prevTerm) === message.prevTerm',
      },
    ],
    killer: { by: 'core', check: 'invariant: a batch continues the log' },
  },
  {
    id: 'conflict-taken-for-success',
    title: 'An entry whose place is taken by another is acknowledged',
    seen: 'the original, S13 and L18 (a new entry of an old index is dropped)',
    why: 'The follower confirms what it does not have.',
    patches: [
      {
        file: raftLog,
        find: 'this.termAt(lastIndexOf(batch)) === batch.term;',
        replace: 'lastIndexOf(batch) <= this.lastIndex;',
      },
    ],
    killer: { by: 'core', check: 'acknowledgements' },
  },
  {
    id: 'late-append-truncates',
    title: 'An append always replaces what stands behind it',
    seen: 'async-raft (openraft 9540c904, 2021); Raft paper, section 5.3 (“if an existing entry conflicts”)',
    why: 'A late or repeated message destroys entries that were acknowledged meanwhile.',
    patches: [
      {
        file: follower,
        find: 'if (!core.log.holds(batch)) core.appendToLog(batch);',
        replace: 'core.appendToLog(batch);',
      },
    ],
    killer: { by: 'core', check: 'invariant: a committed entry is never truncated' },
  },
  {
    id: 'unproven-tail-acknowledged',
    title: 'A follower acknowledges all it has on disk, and the leader believes it',
    seen: 'the original, S11 (matchIndex from entries that were never compared); CCF#6016 (2024)',
    why: 'Entries of another leader count as copies of this one’s.',
    patches: [
      { file: follower, find: strongIndex, replace: 'return this.#core.log.durableIndex;' },
      { file: leader, find: creditRule, replace: '' },
    ],
    killer: { by: 'core', check: 'acknowledgements' },
  },
  {
    id: 'tail-not-compared-by-follower',
    title: 'A follower acknowledges all it has on disk',
    seen: 'the original, S11, behind our second line of defence',
    why: 'Only the leader’s comparison still stands between this and a wrong commit.',
    patches: [{ file: follower, find: strongIndex, replace: 'return this.#core.log.durableIndex;' }],
    killer: { by: 'core', check: 'acknowledgements' },
  },
  {
    id: 'ack-not-compared-by-leader',
    title: 'A leader does not compare an acknowledgement with its own log',
    seen: 'the original, S29 (acknowledgements without the leader’s term)',
    why: 'Only the follower’s care still stands between this and a wrong commit.',
    patches: [{ file: leader, find: creditRule, replace: '' }],
    killer: { by: 'tests', files: ['packages/raft/src/durability.test.ts', 'packages/raft/src/replication.test.ts'] },
  },
  {
    id: 'earlier-session-counts',
    title: 'An acknowledgement of an earlier attempt counts in the present one',
    seen: 'the rejoin bug of nine engines (drmingdrmer/raft-rejoin-bug, etcd-io/raft#349)',
    why: 'It tells of a log that the member had before it was wiped, removed or started over.',
    patches: [
      {
        file: leader,
        find: 'if (ack.session !== follower.session || this.#reportsLoss(follower, ack.incident)) return;\n    this.#credit',
        replace: 'if (this.#reportsLoss(follower, ack.incident)) return;\n    this.#credit',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/replication.test.ts', 'packages/raft/src/incidents.test.ts'] },
  },
  {
    id: 'match-goes-back',
    title: 'A late acknowledgement moves a follower’s position back',
    seen: 'the original, S11 (set without max); CCF#5326 (2023)',
    why: 'What was proven is forgotten, sent again, and counted again.',
    patches: [
      {
        file: progress,
        find: 'this.matchIndex = Math.max(this.matchIndex, index);',
        replace: 'this.matchIndex = index;',
      },
    ],
    killer: { by: 'core', check: 'progress' },
  },
  {
    id: 'heartbeat-commits-unproven-tail',
    title: 'A heartbeat commits whatever stands at the leader’s commit index',
    seen: 'NuRaft#57 (2019); Raft paper, figure 2 (min with the last new entry)',
    why: 'The follower’s entries there may be another leader’s.',
    patches: [
      {
        file: follower,
        find: followerCommits,
        replace: 'core.commitTo(Math.min(message.commitIndex, core.log.lastIndex));\n    const durableIndex',
      },
      { file: leader, find: heartbeatCommit, replace: 'commitIndex: core.commitIndex,' },
    ],
    killer: { by: 'core', check: 'state-machine safety' },
  },
  {
    id: 'commit-beyond-the-log',
    title: 'A heartbeat’s commit index is believed beyond the end of the log',
    seen: 'etcd (“tocommit is out of range”, #5664 to #21178, 2016 to 2026), dragonboat#393, Zeebe (camunda#30354)',
    why: 'A member that lags or was wiped crashes again and again.',
    patches: [
      {
        file: follower,
        find: followerCommits,
        replace: 'core.commitTo(message.commitIndex);\n    const durableIndex',
      },
      { file: leader, find: heartbeatCommit, replace: 'commitIndex: core.commitIndex,' },
    ],
    killer: { by: 'core', check: 'state-machine safety' },
  },
  {
    id: 'lost-append-not-sent-again',
    title: 'An append that was lost is not sent again',
    seen: 'the original, L4 (1000 heartbeats) and L15',
    why: 'One lost message stalls a follower.',
    patches: [
      {
        file: leader,
        find: "if (missing && !follower.reading && follower.state !== 'snapshot') this.#sendAgain(follower);",
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'empty-probe-not-sent',
    title: 'A follower is not asked where it stands while there is nothing to send',
    seen: 'the original, L8 (dropped without telling anybody)',
    why: 'After the last write, whoever missed it stays behind.',
    patches: [
      {
        file: leader,
        find: "if (follower.state === 'probe') this.#sendAppend(follower, follower.nextIndex - 1, []);",
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'lost-ack-not-made-up-for',
    title: 'An acknowledgement that was lost is never made up for',
    seen: 'the original, L3 and L6',
    why: 'Without a further write the last ones are never committed.',
    patches: [
      {
        file: leader,
        find: "if (follower.state === 'replicate' || ack.durableIndex >= follower.nextIndex - 1) {",
        replace: 'if (false) {',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'one-step-back-per-refusal',
    title: 'Each refusal takes the leader back by one entry only',
    seen: 'async-raft (openraft 6d53aa12, 2021, a live lock at 50 wrong entries); Raft paper, section 5.3',
    why: 'A follower with a long wrong tail never catches up with a busy leader.',
    patches: [
      {
        file: leader,
        find: 'Math.min(agreed, reject.rejectedPrevIndex - 1)',
        replace: 'reject.rejectedPrevIndex - 1',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'late-ack-overtakes-disk-read',
    title: 'What was read from disk is sent although the follower has moved on',
    seen: 'Balsa itself, found by the simulation of the core',
    why: 'The leader’s record of what is under way falls apart.',
    patches: [
      {
        file: leader,
        find: 'const needed = batches.filter((batch) => lastIndexOf(batch) >= follower.nextIndex);',
        replace: 'const needed = batches;',
      },
    ],
    killer: { by: 'core', check: 'invariant: what is sent moves forward' },
  },
  {
    id: 'oversized-first-batch',
    title: 'A batch above the message limit makes an empty message',
    seen: 'the original, L14 (get(0) of an empty sub-batch ends the dispatcher)',
    why: 'One large write stops replication.',
    patches: [
      {
        file: batchCache,
        find: 'if (found.length > 0 && bytes > bytesMax) break;',
        replace: 'if (bytes > bytesMax) break;',
      },
    ],
    killer: { by: 'core', check: 'exception: TypeError' },
  },
  {
    id: 'alone-and-never-committed',
    title: 'A group of one commits nothing, because nobody acknowledges',
    seen: 'the original, L1',
    why: 'Every write of a single node hangs.',
    patches: [
      {
        file: leader,
        find: leaderIsDurable,
        replace: 'durable(): undefined {}',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'proposal-without-leadership',
    title: 'Who does not lead any more takes proposals, in the term that it is in by now',
    seen: 'the original, S1; hashicorp/raft#701 (2026, the term rises under a leader that appends)',
    why: 'Two members write different entries of the same index and term.',
    patches: [
      {
        file: follower,
        find: "propose(_count: number, _payloadBytes: number, _seal: (header: BatchHeader) => Uint8Array): ProposeResult {\n    return { accepted: false, reason: 'notLeader', leader: this.#core.leader };",
        replace:
          'propose(count: number, _payloadBytes: number, seal: (header: BatchHeader) => Uint8Array): ProposeResult {\n    const { log, term } = this.#core;\n    const header = { kind: BatchKind.entries, term, prevTerm: log.lastTerm, firstIndex: log.lastIndex + 1, count };\n    this.#core.appendToLog({ ...header, bytes: seal(header) });\n    return { accepted: true, term, firstIndex: header.firstIndex, lastIndex: log.lastIndex };',
      },
      { file: follower, find: 'type BatchHeader, lastIndexOf', replace: 'type BatchHeader, BatchKind, lastIndexOf' },
    ],
    killer: { by: 'core', check: 'log matching' },
  },
  {
    id: 'leader-commits-alone',
    title: 'A leader commits what only its own disk has',
    seen: 'async-raft (openraft beb0302b, 2021; async-raft#132)',
    why: 'Nobody else need ever have heard of it.',
    patches: [
      {
        file: leader,
        find: leaderIsDurable,
        replace: 'durable(): undefined {\n    this.#core.commitTo(this.#core.log.durableIndex);\n  }',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'cache-survives-truncation',
    title: 'Batches in memory stay when the log behind them is cut',
    seen: 'async-raft (openraft 8cd24ba0, 2021: the cache and the storage differ)',
    why: 'What was overwritten is sent and applied.',
    patches: [{ file: raftLog, find: 'this.#cache.truncateFrom(index);', replace: '' }],
    killer: { by: 'core', check: 'invariant: cached batches are contiguous' },
  },
  {
    id: 'match-kept-across-leaders',
    title: 'What agreed with one leader is taken to agree with the next',
    seen: 'the original, S16 (a window that is never reset)',
    why: 'Entries are acknowledged and committed that were never compared.',
    patches: [
      {
        file: follower,
        find: 'this.#core = core;\n    this.#window',
        replace: 'this.#core = core;\n    this.#provenIndex = core.log.lastIndex;\n    this.#window',
      },
    ],
    killer: { by: 'core', check: 'acknowledgements' },
  },
  {
    id: 'known-entries-not-acknowledged',
    title: 'An append of what is there already is not answered',
    seen: 'YugabyteDB (yugabyte-db#32876, 2026: hours of requests that are “deduplicated”)',
    why: 'After a lost answer the leader sends the same for ever.',
    patches: [
      {
        file: follower,
        find: 'if (!continues(message)) return;',
        replace:
          'if (!continues(message)) return;\n    if (message.batches.length > 0 && message.batches.every((batch) => core.log.holds(batch))) return;',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'commit-only-with-entries',
    title: 'A follower learns what is committed only together with further entries',
    seen: 'Redpanda#31642 (2026, a commit index that is dropped and not sent again)',
    why: 'After the last write its readers wait for the next one.',
    patches: [{ file: follower, find: followerCommits, replace: 'const durableIndex' }],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'commit-index-falls',
    title: 'A late message takes the commit index back',
    seen: 'the TLA+ specification of Raft (raft.tla#19, 2025)',
    why: 'What is committed is committed for ever.',
    patches: [
      {
        file: core,
        find: 'if (index <= this.commitIndex) return;',
        replace: 'if (index === this.commitIndex) return;',
      },
    ],
    killer: { by: 'core', check: 'commit order' },
  },
  {
    id: 'window-never-freed',
    title: 'What is acknowledged still counts as under way',
    seen: 'the original, R2 (a counter that is not taken back)',
    why: 'Once the limit is reached, nothing more is sent.',
    patches: [
      {
        file: progress,
        find: 'this.#inflightBytes -= this.#inflight[settled]!.bytes;',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'silent-while-behind',
    title: 'A follower that is busy writing does not answer',
    seen: 'NATS JetStream (nats-server#8320 and #8519, 2026: paused followers go silent)',
    why: 'The busier it is, the more it looks dead.',
    patches: [
      {
        file: follower,
        find: 'const durableIndex = this.#strongIndex();\n    const { restore }',
        replace:
          'if (core.log.durableIndex < core.log.lastIndex) return;\n    const durableIndex = this.#strongIndex();\n    const { restore }',
      },
    ],
    killer: { by: 'tests', files: ['packages/raft/src/durability.test.ts', 'packages/raft/src/replication.test.ts'] },
  },
];
