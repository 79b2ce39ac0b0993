import type { Mutant } from '../mutant.ts';

const applier = 'packages/replica/src/host/applier.ts';
const forwarder = 'packages/replica/src/host/forwarder.ts';
const group = 'packages/replica/src/host/group.ts';
const submissions = 'packages/replica/src/host/submissions.ts';
const host = 'packages/replica/src/host/host.ts';
const ownSession = 'packages/replica/src/host/own-session.ts';
const proposalQueue = 'packages/replica/src/host/proposal-queue.ts';
const readBarriers = 'packages/replica/src/host/read-barriers.ts';
const sessionTable = 'packages/replica/src/host/session-table.ts';

const barrierTests = ['packages/replica/src/host/read-barriers.test.ts'];
const forwarderTests = ['packages/replica/src/host/forwarder.test.ts'];
const leaderTests = ['packages/replica/src/host/cluster-leaders.test.ts'];
const proposalTests = ['packages/replica/src/host/proposal-queue.test.ts'];

/** What clients are told. */
export const hostingMutants: readonly Mutant[] = [
  {
    id: 'repeat-applied-twice',
    title: 'A command that is sent again is applied again',
    seen: 'the original, S24 (a repeated hint counts twice); RedisRaft (Jepsen 2020)',
    why: 'A lost answer doubles a write.',
    patches: [{ file: sessionTable, find: 'if (earlier !== undefined) return earlier;', replace: '' }],
    killer: { by: 'nodes', check: 'exactly once' },
  },
  {
    id: 'late-repeat-applied',
    title: 'A repeat that arrives after its answer was acknowledged is applied',
    seen: 'Raft dissertation, section 6.3',
    why: 'A message that the network held back for long doubles a write.',
    patches: [{ file: sessionTable, find: 'if (sequence < session.acknowledgedBelow) return refused;', replace: '' }],
    killer: { by: 'nodes', check: 'exactly once' },
  },
  {
    id: 'answer-of-another-term',
    title: 'A waiting client is told of the entry that took its entry’s place',
    seen: 'the original, S13 and S29 (matched by index); Redpanda#3003 (2021)',
    why: 'A write that was overwritten is reported as done.',
    patches: [
      {
        file: proposalQueue,
        find: 'return oldest.term === batch.term ? oldest.waiters : undefined;',
        replace: 'return oldest.waiters;',
      },
    ],
    killer: { by: 'tests', files: proposalTests },
  },
  {
    id: 'wait-without-end',
    title: 'A proposal that is never committed is never given up',
    seen: 'the original, L2 (no timeout)',
    why: 'Clients and their buffers pile up.',
    patches: [
      {
        file: proposalQueue,
        find: 'for (const { waiters } of this.#proposed) waiters.expire(nowMs);',
        replace: '',
      },
    ],
    killer: { by: 'nodes', check: 'answers' },
  },
  {
    id: 'read-before-applied',
    title: 'A read is answered when its index is known, not when it is applied',
    seen: 'SOFAJRaft#361 (2019); Raft dissertation, section 6.4',
    why: 'It sees the state before the writes that it must see.',
    patches: [
      {
        file: readBarriers,
        find: 'else if (readIndex <= appliedIndex) for',
        replace: 'else if (readIndex >= 0) for',
      },
    ],
    killer: { by: 'nodes', check: 'linearizability' },
  },
  {
    id: 'apply-error-swallowed',
    title: 'An entry that cannot be applied counts as applied',
    seen: 'the original, S26',
    why: 'Replicas differ from here on, and nobody knows.',
    patches: [
      {
        file: applier,
        find: '        this.#applyBatch(batch);\n',
        replace: '        try {\n          this.#applyBatch(batch);\n        } catch {}\n',
      },
    ],
    killer: { by: 'nodes', check: 'local reads' },
  },
  {
    id: 'expired-session-reopened',
    title: 'A command of a session that has ended is applied as if it were new',
    seen: 'Raft dissertation, section 6.3 (expired sessions)',
    why: 'What it has done before is not known any more.',
    patches: [
      {
        file: sessionTable,
        find: 'if (session === undefined) return unknown;',
        replace: "if (session === undefined) return { kind: 'result', result: run() };",
      },
    ],
    killer: { by: 'nodes', check: 'exactly once' },
  },
  {
    id: 'answer-before-applied',
    title: 'A client is told before its command is applied',
    seen: 'the original, S19 (errors of applying are never reported)',
    why: 'It never hears the result, nor that there was none.',
    patches: [
      {
        file: applier,
        find: 'const command = payload.subarray(payloadHeaderBytes);',
        replace:
          'const command = payload.subarray(payloadHeaderBytes);\n    waiters?.complete(position, index, noResult);',
      },
    ],
    killer: { by: 'nodes', check: 'exception: WireError' },
  },
  {
    id: 'applied-only-where-proposed',
    title: 'A command is applied only on the node where somebody waits for it',
    seen: 'RedisRaft#14 (Jepsen 2020, all data lost at every fail-over)',
    why: 'The next leader has the log, and an empty state.',
    patches: [
      {
        file: applier,
        find: 'const outcome = sessions.apply(',
        replace: 'if (waiters === undefined) return;\n    const outcome = sessions.apply(',
      },
    ],
    killer: { by: 'nodes', check: 'replicas differ' },
  },
  {
    id: 'forwarded-again',
    title: 'A forwarded proposal is forwarded again',
    seen: 'RedisRaft#13 (Jepsen 2020, commands repeated for ever by the follower proxy)',
    why: 'Between two members that each take the other for the leader it circles.',
    patches: [
      {
        file: submissions,
        find: 'if (refusal !== undefined) sink.failed(requestId, refusal);',
        replace:
          "if (refusal === 'NOT_LEADER' && raft.leader !== undefined)\n      this.#forwarder.forward(raft.leader, payload, clock.nowMs() + limits.forwardedDeadlineMs, sink, requestId);\n    else if (refusal !== undefined) sink.failed(requestId, refusal);",
      },
    ],
    killer: { by: 'tests', files: leaderTests },
  },
  {
    id: 'forwarded-without-end',
    title: 'A forwarded proposal whose answer is lost is waited for, for ever',
    seen: 'the original, L6 (answers that are lost are never made up for)',
    why: 'Clients and what is remembered of them pile up.',
    patches: [
      {
        file: forwarder,
        find: 'if (this.#pending.size > 0) this.#failWhere((forwarded) => forwarded.deadlineMs <= nowMs',
        replace: 'if (false) this.#failWhere((forwarded) => forwarded.deadlineMs <= nowMs',
      },
    ],
    killer: { by: 'nodes', check: 'answers' },
  },
  {
    id: 'lost-peer-not-told',
    title: 'What was forwarded to a node that is gone waits for its deadline',
    seen: 'the original, L6 and L17 (a connection that is gone is no failure)',
    why: 'Clients wait for an answer that cannot come.',
    patches: [
      {
        file: forwarder,
        find: "this.#failWhere((forwarded) => forwarded.to === peer, 'LEADER_CHANGED');",
        replace: '',
      },
    ],
    killer: { by: 'tests', files: forwarderTests },
  },
  {
    id: 'answers-of-anybody',
    title: 'An answer counts, whoever sends it',
    seen: 'the original, S29 (answers are matched by number, not by sender)',
    why: 'What one leader says of its own requests is taken for another’s.',
    patches: [
      {
        file: forwarder,
        find: 'if (forwarded === undefined || forwarded.to !== from) return;',
        replace: 'if (forwarded === undefined) return;',
      },
    ],
    killer: { by: 'tests', files: forwarderTests },
  },
  {
    id: 'proposals-not-woken',
    title: 'A leader that steps down leaves its proposals without an answer',
    seen: 'the original, L19 (waiters sit out 30 s)',
    why: 'Clients wait out their deadline although somebody else leads already.',
    patches: [
      {
        file: submissions,
        find: 'if (effect.role !== Role.leader) proposals.failAll',
        replace: 'if (false) proposals.failAll',
      },
    ],
    killer: { by: 'nodes', check: 'liveness' },
  },
  {
    id: 'stop-leaves-waiters',
    title: 'A group that stops leaves whoever waits for it',
    seen: 'the original, L21 (stop does not close the dispatcher)',
    why: 'Its clients never hear of it.',
    patches: [{ file: group, find: "this.#giveUpAll('STOPPED');", replace: '' }],
    killer: { by: 'nodes', check: 'answers' },
  },
  {
    id: 'failure-leaves-waiters',
    title: 'A group that fails leaves whoever waits for it',
    seen: 'the original, L11 and L22 (a dead worker, and those who wait for it)',
    why: 'Its clients never hear of it.',
    patches: [{ file: group, find: "this.#giveUpAll('GROUP_FAILED');", replace: '' }],
    killer: { by: 'nodes', check: 'answers' },
  },
  {
    id: 'failed-batch-not-told',
    title: 'Whoever waits for the entry at which the state machine fails waits for ever',
    seen: 'Balsa itself, found in the making of this museum; the original, L22',
    why: 'The others of the group are told, and these had been taken out for their answers.',
    patches: [{ file: applier, find: "waiters?.failAll('GROUP_FAILED', undefined);", replace: '' }],
    killer: { by: 'nodes', check: 'answers' },
  },
  {
    id: 'unreadable-entry-waited-for',
    title: 'An entry that cannot be read back is waited for, for ever',
    seen: 'the original, L22 (an entry whose writing failed)',
    why: 'Nothing after it is ever applied, and nobody knows why.',
    patches: [{ file: applier, find: 'else this.#ports.onFailure(error);', replace: '' }],
    killer: { by: 'tests', files: ['packages/replica/src/host/applier.test.ts'] },
  },
  {
    id: 'retry-without-end',
    title: 'A proposal is sent again and again, past its deadline',
    seen: 'the original, L20 (TIME_OUT is retried for ever)',
    why: 'A group without a quorum keeps every client for ever.',
    patches: [
      {
        file: ownSession,
        find: 'if (ports.nowMs() >= deadlineMs) throw new ProposalError(outcome, mayBeApplied);',
        replace: '',
      },
    ],
    killer: { by: 'nodes', check: 'answers' },
  },
  {
    id: 'read-without-end',
    title: 'A read that cannot be confirmed is never given up',
    seen: 'the original, L22 (waits for a condition that never comes)',
    why: 'A group without a quorum keeps every reader for ever.',
    patches: [{ file: readBarriers, find: 'if (reader.deadlineMs > nowMs) return false;', replace: 'return false;' }],
    killer: { by: 'nodes', check: 'answers' },
  },
  {
    id: 'lost-read-not-asked-again',
    title: 'A question for the read index that was lost is not asked again',
    seen: 'the original, L6 (no retry after a loss)',
    why: 'One lost message costs a read its deadline.',
    patches: [
      {
        file: readBarriers,
        find: 'const isLost = nowMs - question.askedMs >= question.patienceMs;',
        replace: 'const isLost = false;',
      },
    ],
    killer: { by: 'tests', files: barrierTests },
  },
  {
    id: 'slow-answer-never-awaited',
    title: 'A question for the read index is given up after the same short time again and again',
    seen: 'Balsa itself, node seed 630001494 (2026)',
    why: 'Where answers take a little longer, as between continents, no follower ever serves a linearizable read.',
    patches: [{ file: readBarriers, find: 'Math.min(2 * question.patienceMs,', replace: 'Math.min(this.#askAgainMs,' }],
    killer: { by: 'tests', files: barrierTests },
  },
  {
    id: 'payload-shared-with-caller',
    title: 'What waits is not copied, and the caller uses its buffer again',
    seen: 'the original, S18 (a request that is shared and changed)',
    why: 'Something else is proposed than what was submitted.',
    patches: [
      {
        file: 'packages/replica/src/host/waiting-room.ts',
        find: 'const copy = Uint8Array.from(payload);',
        replace: 'const copy = payload;',
      },
    ],
    killer: { by: 'nodes', check: 'exception: WireError' },
  },
  {
    id: 'pause-taken-for-silence',
    title: 'A process that was held up counts the time as silence of its leader',
    seen: 'dragonboat (matrixone#27600, 2026: 940 ticks in one go); etcd#7970',
    why: 'It campaigns before it has read the heartbeats that wait for it.',
    patches: [{ file: host, find: 'Math.min(elapsedTicks, ticksMax)', replace: 'elapsedTicks' }],
    killer: { by: 'tests', files: leaderTests },
  },
];
