import type { Mutant } from '../mutant.ts';

const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';
const readQueue = 'packages/raft/src/read-queue.ts';

/** Reads that promise to see every earlier write. */
export const readMutants: readonly Mutant[] = [
  {
    id: 'read-without-quorum',
    title: 'A leader answers reads without asking whether it still leads',
    seen: 'the original, S22 (a partitioned leader); etcd#741 (2014)',
    why: 'Its successor has committed more.',
    patches: [
      {
        file: leader,
        find: '    this.#reads.add(read);\n    this.#beginRoundIfReadsWait();',
        replace: '    this.#answerRead(read, this.#core.commitIndex);',
      },
    ],
    killer: { by: 'core', check: 'linearizable reads' },
  },
  {
    id: 'read-before-own-entry',
    title: 'A new leader answers reads before an entry of its own is committed',
    seen: 'the original, S22 (a commit index that lags behind the predecessor’s); etcd#7331 (2017); tikv#6340 (2019)',
    why: 'It does not know yet what its predecessor has committed.',
    patches: [
      {
        file: leader,
        find: 'return this.#core.commitIndex >= this.#firstOwnIndex;',
        replace: 'return true;',
      },
    ],
    killer: { by: 'core', check: 'linearizable reads' },
  },
  {
    id: 'leader-without-noop',
    title: 'A new leader does not begin with an entry of its own',
    seen: 'the original, S22 (no no-op); RedisRaft#22 (2020)',
    why: 'What its predecessor left stays uncommitted, and reads stay unanswered, until somebody writes.',
    patches: [
      {
        file: leader,
        find: 'this.#append({ kind: BatchKind.noop, count: 1, payloadBytes: 0, seal: this.#core.config.sealNoop });',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'read-joins-earlier-round',
    title: 'A read joins a heartbeat round that began before it',
    seen: 'Raft dissertation, section 6.4',
    why: 'The round proves who led before the read, not after.',
    patches: [
      {
        file: readQueue,
        find: 'this.#arrived.push(read);',
        replace:
          'const { reads } = this.#rounds.at(-1) ?? { reads: this.#arrived };\n    (reads as PendingRead[]).push(read);',
      },
    ],
    killer: { by: 'core', check: 'linearizable reads' },
  },
  {
    id: 'follower-reads-locally',
    title: 'A follower answers reads by its own commit index',
    seen: 'RedisRaft (Jepsen 2020, stale reads)',
    why: 'It may lag as far as it likes.',
    patches: [
      {
        file: follower,
        find: 'else this.#core.send({ type: MessageType.readIndexRequest, from: id, to: leader, term, requestId });',
        replace: "else this.#core.emit({ type: 'readReady', requestId, readIndex: this.#core.commitIndex });",
      },
    ],
    killer: { by: 'core', check: 'linearizable reads' },
  },
  {
    id: 'waiters-not-woken',
    title: 'A leader that steps down leaves its waiting reads without an answer',
    seen: 'the original, L19 (waiters sit out 30 s); Redpanda#24404 (2024)',
    why: 'Clients wait out their deadline although the outcome is known.',
    patches: [
      {
        file: leader,
        find: 'for (const read of this.#reads.drain()) this.#answerRead(read, undefined);',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'waiting reads' },
  },
  {
    id: 'any-answer-confirms-reads',
    title: 'Any answer to a heartbeat confirms the newest round',
    seen: 'etcd#20418 (2025, answers of an earlier question under the same id)',
    why: 'An answer that was under way for long proves nothing about now.',
    patches: [
      {
        file: leader,
        find: 'follower.confirmedRound = Math.max(follower.confirmedRound, round);',
        replace: 'follower.confirmedRound = this.#round;',
      },
    ],
    killer: { by: 'core', check: 'linearizable reads' },
  },
];
