import type { Killer, Mutant } from '../mutant.ts';

const raft = 'packages/raft/src/raft.ts';
const core = 'packages/raft/src/core.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const handover = 'packages/raft/src/roles/handover.ts';
const leader = 'packages/raft/src/roles/leader.ts';

const byTests: Killer = { by: 'tests', files: ['packages/raft/src/transfer.test.ts'] };
const byPreferenceTests: Killer = { by: 'tests', files: ['packages/raft/src/preferred-leader.test.ts'] };

/** Leadership that is handed over, or should be somebody’s. */
export const handoverMutants: readonly Mutant[] = [
  {
    id: 'transfer-to-who-lags',
    title: 'A successor is told to campaign before it has everything',
    seen: 'Redpanda#2606 (2021)',
    why: 'It cannot win, and nobody leads for a while.',
    patches: [
      {
        file: leader,
        find: 'successor !== undefined && this.#followers.get(successor)?.matchIndex === this.#core.log.lastIndex;',
        replace: 'successor !== undefined;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'transfer-never-ends',
    title: 'A transfer to a member that does not take over is never given up',
    seen: 'the original, L20 (retries for ever); raft-rs#144 (2018)',
    why: 'Nothing can be written any more.',
    patches: [
      {
        file: handover,
        find: 'if (this.#successor === undefined || this.#core.nowTick < this.#giveUpTick) return;',
        replace: 'if (this.#successor === undefined || this.#giveUpTick > 0) return;',
      },
    ],
    killer: byTests,
  },
  {
    id: 'proposals-during-transfer',
    title: 'Proposals are taken in while leadership is handed over',
    seen: 'Raft dissertation, section 3.10; weighed in raft-rs#283 (2019)',
    why: 'Under load the successor never has everything.',
    patches: [
      {
        file: leader,
        find: "if (this.#handover.isUnderWay) return { accepted: false, reason: 'transferring', leader: this.#core.id };",
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'transfer-refused-out-of-loyalty',
    title: 'Votes for the successor are refused out of loyalty to the leader that sends it',
    seen: 'Raft dissertation, section 4.2.3 (the flag that tells a transfer)',
    why: 'A transfer takes as long as an election, and no leader is there meanwhile.',
    patches: [
      {
        file: core,
        find: 'this.send({ type: MessageType.voteRequest, transfer, ...this.#candidacy(to) });',
        replace: 'this.send({ type: MessageType.voteRequest, ...this.#candidacy(to), transfer: transfer && false });',
      },
    ],
    killer: byTests,
  },
  {
    id: 'transfer-to-who-cannot-lead',
    title: 'Leadership is handed to a member that lost entries',
    seen: 'raft-rs#144 (2018, a successor that refuses and does not say so)',
    why: 'It does nothing, and proposals wait in vain.',
    patches: [{ file: leader, find: 'if (!this.#mayCount(to))', replace: 'if (!this.#isInContact(to))' }],
    killer: byTests,
  },
  {
    id: 'order-of-an-earlier-term',
    title: 'A member campaigns whenever it is told to, by whichever leader',
    seen: 'raft-rs#234 (2019, TimeoutNow comes late)',
    why: 'An order of the past deposes the leader of today.',
    patches: [
      {
        file: raft,
        find: 'else if (message.term < this.#core.term) this.#onOlderTerm(message);',
        replace:
          'else if (message.term < this.#core.term && message.type !== MessageType.timeoutNow) this.#onOlderTerm(message);',
      },
    ],
    killer: byTests,
  },
  {
    id: 'zombie-with-a-stuck-disk',
    title: 'A leader whose disk is stuck leads on',
    seen: 'etcd#15247 (2023, a leader that is blocked in fdatasync)',
    why: 'Others could commit without it.',
    patches: [
      {
        file: leader,
        find: 'if (isStuck) this.#handOverTo(this.#bestSuccessor());\n    else if',
        replace: 'void isStuck;\n    if',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'preference-beats-the-log',
    title: 'The preferred leader is elected whatever its log holds',
    seen: 'asked of NuRaft (#569, 2025); Raft paper, section 5.4.1',
    why: 'Committed entries are lost.',
    patches: [
      {
        file: raft,
        find: 'const better = log.isUpToDate(request.lastIndex, request.lastTerm);',
        replace: 'const better = true;',
      },
      {
        file: raft,
        find: 'core.incident === 0 && core.log.isUpToDate(request.lastIndex, request.lastTerm);',
        replace:
          'core.incident === 0 &&\n      (core.configuration.preferredLeader === request.from || core.log.isUpToDate(request.lastIndex, request.lastTerm));',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'preferred-leader-waited-for',
    title: 'Nobody but the preferred leader campaigns',
    seen: 'NuRaft#30 and #51 (2019, elections that never end)',
    why: 'While it is away or behind, nobody leads.',
    patches: [
      {
        file: follower,
        find: 'return this.#core.incident === 0 && this.#core.isVoter && this.#core.knowsLineage;',
        replace:
          'const { preferredLeader } = this.#core.configuration;\n    const isPreferred = preferredLeader === undefined || preferredLeader === this.#core.id;\n    return this.#core.incident === 0 && this.#core.isVoter && isPreferred;',
      },
    ],
    killer: { by: 'core', check: 'liveness' },
  },
  {
    id: 'preferred-leader-pushed',
    title: 'Leadership is offered to a preferred leader that does not take it, again and again',
    seen: 'Balsa itself, on the drawing board',
    why: 'Half of the time nothing can be written.',
    patches: [
      {
        file: handover,
        find: 'const pauseTimeoutsAfterFailure = 10;',
        replace: 'const pauseTimeoutsAfterFailure = 0;',
      },
    ],
    killer: byPreferenceTests,
  },
];
