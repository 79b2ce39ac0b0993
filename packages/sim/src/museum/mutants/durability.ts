import type { Mutant } from '../mutant.ts';

const core = 'packages/raft/src/core.ts';
const raftLog = 'packages/raft/src/raft-log.ts';
const candidate = 'packages/raft/src/roles/candidate.ts';
const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';

/** What is said before the disk knows it. */
export const durabilityMutants: readonly Mutant[] = [
  {
    id: 'ack-before-durable',
    title: 'A follower acknowledges what it has only received',
    seen: 'the original, S4; NATS JetStream 2.12.1 (Jepsen 2025)',
    why: 'A power failure takes back what clients were told is safe.',
    patches: [
      {
        file: follower,
        find: 'return Math.min(this.#matchedIndex, this.#core.log.durableIndex);',
        replace: 'return this.#matchedIndex;',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'leader-counts-itself-early',
    title: 'A leader counts its own copy before its disk has it',
    seen: 'the original, S4',
    why: 'An entry is committed with one durable copy less than a quorum.',
    patches: [
      {
        file: leader,
        find: 'if (node === this.#core.id) return this.#core.log.durableIndex;',
        replace: 'if (node === this.#core.id) return this.#core.log.lastIndex;',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'vote-before-saved',
    title: 'A vote leaves before it is on the disk',
    seen: 'the original, S5; SOFAJRaft (its VotePersistenceBugTest)',
    why: 'A voter that crashes and forgets its vote gives it twice.',
    patches: [
      {
        file: core,
        find: 'promisesNothing || this.#completedSave === this.#requestedSave',
        replace: 'promisesNothing || this.#completedSave <= this.#requestedSave',
      },
    ],
    killer: { by: 'core', check: 'durable promises' },
  },
  {
    id: 'own-vote-before-saved',
    title: 'A candidate counts its own vote before it is on the disk',
    seen: 'SOFAJRaft (its ElectSelfPersistOrderTest)',
    why: 'A leader that crashes and forgets that it voted for itself votes for another in the same term.',
    patches: [
      {
        file: candidate,
        find: '      this.#ownVoteSave = core.setVote(core.term + 1, core.id);\n    } else {\n      this.#ownVoteSave = 0;\n      this.#granted.add(core.id);\n    }',
        replace:
          '      this.#ownVoteSave = core.setVote(core.term + 1, core.id);\n    } else {\n      this.#ownVoteSave = 0;\n    }\n    this.#granted.add(core.id);',
      },
    ],
    killer: { by: 'core', check: 'durable promises' },
  },
  {
    id: 'older-save-confirms-newer',
    title: 'The save of an earlier term and vote confirms the one after it',
    seen: 'hashicorp/raft#661 (term and vote in two writes)',
    why: 'Between the two writes the member speaks for what a crash still takes away.',
    patches: [
      {
        file: core,
        find: 'this.#completedSave = Math.max(this.#completedSave, sequence);',
        replace: 'this.#completedSave = this.#requestedSave;',
      },
    ],
    killer: { by: 'core', check: 'durable promises' },
  },
  {
    id: 'vote-forgotten-in-restart',
    title: 'A restart keeps the term but not the vote',
    seen: 'the original, S6; liferaft (votes in memory only)',
    why: 'Crash, restart, vote again: two leaders in one term.',
    patches: [
      {
        file: core,
        find: 'knowsLastTerm ? hardState :',
        replace: 'knowsLastTerm ? { ...hardState, votedFor: undefined } :',
      },
    ],
    killer: { by: 'core', check: 'election safety' },
  },
  {
    id: 'term-forgotten-in-restart',
    title: 'A restart takes the term from the log and forgets term and vote',
    seen: 'the original, S5 and S6; liferaft (term 0 at boot)',
    why: 'A member that promised a term takes part in an earlier one again.',
    patches: [
      {
        file: core,
        find: 'const knowsLastTerm = hardState.term >= this.log.lastTerm;',
        replace: 'const knowsLastTerm = hardState.term === 0;',
      },
    ],
    killer: { by: 'core', check: 'election safety' },
  },
  {
    id: 'truncated-append-confirmed',
    title: 'The confirmation of a truncated append counts for what replaced it',
    seen: 'etcd/raft (the ABA problem that its asynchronous storage writes describe)',
    why: 'Entries that are still being written are acknowledged as durable.',
    patches: [
      {
        file: raftLog,
        find: 'while (this.#unconfirmed.length > 0 && this.#unconfirmed.at(-1)!.lastIndex >= index) this.#unconfirmed.pop();',
        replace: '',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
];
