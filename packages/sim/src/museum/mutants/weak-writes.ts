import type { Mutant } from '../mutant.ts';

const follower = 'packages/raft/src/roles/follower.ts';
const leader = 'packages/raft/src/roles/leader.ts';
const acceptance = 'packages/raft/src/roles/weak-acceptance.ts';
const progress = 'packages/raft/src/progress.ts';

const group = 'packages/replica/src/host/group.ts';
const submission = 'packages/replica/src/host/submission.ts';
const proposalQueue = 'packages/replica/src/host/proposal-queue.ts';
const groupWriter = 'packages/client/src/group-writer.ts';
const clientTests = 'packages/client/src/weak-writes.test.ts';
const hostTests = 'packages/replica/src/host/cluster-weak-writes.test.ts';
const coreTests = 'packages/raft/src/weak-acceptance.test.ts';

const received = 'const received = quorum.highestReached(receivedIndexOf);';
const countsForNothing = 'if (ack.session !== follower.session || ack.incident > 0) return;';

/** What proposers are told before it is committed, and what it must not be taken for. */
export const weakWriteMutants: readonly Mutant[] = [
  {
    id: 'weak-counted-as-strong',
    title: 'What a follower has only received counts for the commit',
    seen: 'the original, S4 and S19 (what is in memory counts)',
    why: 'A power failure takes back what is called committed.',
    patches: [
      {
        file: leader,
        find: 'return follower === undefined || follower.incident > 0 ? 0 : follower.matchIndex;',
        replace:
          'return follower === undefined || follower.incident > 0 ? 0 : Math.max(follower.matchIndex, follower.receivedIndex);',
      },
    ],
    killer: { by: 'core', check: 'durability' },
  },
  {
    id: 'weak-and-strong-counted-twice',
    title: 'A node that says first that it has received, and then that it is durable, counts twice',
    seen: 'the original, S10 (weak and strong acceptances are added up)',
    why: 'A proposer is told that a quorum has what two of five have.',
    patches: [
      {
        file: acceptance,
        find: received,
        replace:
          'const votes = quorum.voters().flatMap((node) => [receivedIndexOf(node), durableIndexOf(node)]).sort((a, b) => b - a); const received = votes[Math.floor(quorum.voters().length / 2)] ?? 0;',
      },
      {
        file: acceptance,
        find: 'update(receivedIndexOf: (node: NodeId) => Index,',
        replace: 'update(receivedIndexOf: (node: NodeId) => Index, durableIndexOf: (node: NodeId) => Index,',
      },
      {
        file: leader,
        find: 'this.#weak.update((node) => this.#receivedIndexOf(node),',
        replace: 'this.#weak.update((node) => this.#receivedIndexOf(node), (node) => this.#matchIndexOf(node),',
      },
    ],
    killer: { by: 'core', check: 'weak acceptance' },
  },
  {
    id: 'weak-window-counts',
    title: 'What waits ahead of a gap counts as received',
    seen: 'the original, S19 (what is only in the windows of followers); NB-Raft (ICDE 2023)',
    why: 'It ends with the leader: one failure is enough to lose what a proposer was told of.',
    patches: [
      {
        file: follower,
        find: 'if (!message.mayOvertake || !this.#hold(message)) this.#reject(message);',
        replace:
          'if (!message.mayOvertake || !this.#hold(message)) this.#reject(message);\n      else if (core.config.weakBytesMax > 0) core.send({ type: MessageType.weakAck, from: core.id, to: message.leader, term: core.term, session: this.#session, receivedIndex: lastIndexOf(message.batches.at(-1)!), receivedTerm: message.batches.at(-1)!.term, incident: core.incident });',
      },
    ],
    killer: { by: 'core', check: 'weak acceptance' },
  },
  {
    id: 'weak-of-earlier-terms',
    title: 'Entries of earlier terms are accepted weakly by themselves',
    seen: 'Raft paper, figure 8, for what is in memory',
    why: 'A later leader may still replace them, although nobody fails who has them.',
    patches: [
      {
        file: acceptance,
        find: 'if (index < this.#firstOwnIndex || index <= Math.max(commitIndex, this.#index)) return;',
        replace: 'if (index <= Math.max(commitIndex, this.#index)) return;',
      },
    ],
    killer: { by: 'core', check: 'weak acceptance' },
  },
  {
    id: 'weak-when-sent',
    title: 'What was sent to a follower counts as received',
    seen: 'the original, S9 (whoever does not answer counts)',
    why: 'The message may be lost, and the members that never saw the entries elect one of them.',
    patches: [
      {
        file: leader,
        find: 'return Math.max(follower.matchIndex, follower.receivedIndex);',
        replace: 'return this.#core.log.lastIndex;',
      },
    ],
    killer: { by: 'core', check: 'weak acceptance' },
  },
  {
    id: 'weak-without-bounds',
    title: 'Any amount is accepted weakly before something is committed',
    seen: 'the original, S19 (as much as the log has in memory, per group)',
    why: 'How much can be lost of what proposers were told is not known.',
    patches: [{ file: acceptance, find: 'if (bytes > bytesMax) break;', replace: '' }],
    killer: { by: 'core', check: 'bounds' },
  },
  {
    id: 'weak-of-earlier-session',
    title: 'A weak acknowledgement counts, whichever attempt it answers',
    seen: 'the original, S11 (answers are matched to whatever is under way)',
    why: 'It speaks for a memory that the follower has lost since.',
    patches: [{ file: leader, find: countsForNothing, replace: 'if (ack.incident > 0) return;' }],
    killer: { by: 'tests', files: [coreTests] },
  },
  {
    id: 'weak-outlives-session',
    title: 'What a follower had received counts on, although it is started over with',
    seen: 'the original, S11 (acceptances of an earlier connection)',
    why: 'It is started over with because it may have lost its memory.',
    patches: [
      {
        file: progress,
        find: '    // What it had only in memory may be what it has lost.\n    this.receivedIndex = 0;\n',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: [coreTests] },
  },
  {
    id: 'weak-despite-incident',
    title: 'A member that lost entries has its weak acknowledgements counted',
    seen: 'Balsa itself, what restoring.md forbids',
    why: 'Its vote cannot be relied on: it may help to elect somebody without them.',
    patches: [{ file: leader, find: countsForNothing, replace: 'if (ack.session !== follower.session) return;' }],
    killer: { by: 'tests', files: [coreTests] },
  },
  {
    id: 'weak-not-compared',
    title: 'A weak acknowledgement is not compared with the log',
    seen: 'the original, S11 (an acceptance without its term)',
    why: 'The one check that would notice an answer that does not fit is gone.',
    patches: [
      {
        file: leader,
        find: 'if (this.#core.log.termAt(ack.receivedIndex) !== ack.receivedTerm) return;',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: [coreTests] },
  },
  {
    id: 'weak-where-not-allowed',
    title: 'A group that does not allow weak writes takes them',
    seen: 'the original, S19 (on, although its file says off)',
    why: 'Nobody has decided that so much may be lost; of what the metadata say, nothing may.',
    patches: [
      { file: group, find: "if (acknowledge === 'weak' && !this.#allowsWeak) return 'WEAK_NOT_ALLOWED';", replace: '' },
    ],
    killer: { by: 'tests', files: [hostTests] },
  },
  {
    id: 'weak-is-the-last-word',
    title: 'Whoever was told early hears no outcome',
    seen: 'the original, S19 (what the state machine says to it is never reported)',
    why: 'A refusal, or that it was lost, is learned by nobody.',
    patches: [
      {
        file: submission,
        find: 'this.#sinks[position]?.accepted?.(this.#tokens[position]!, how);',
        replace: 'this.#take(position)?.accepted?.(this.#tokens[position]!, how);',
      },
    ],
    killer: { by: 'tests', files: [hostTests] },
  },
  {
    id: 'weak-told-beyond',
    title: 'With one batch, all that are under way are told that they are accepted',
    seen: 'the original, L7 (acceptances of some indexes pass for those of others)',
    why: 'Clients are told of what no quorum has received.',
    patches: [
      {
        file: proposalQueue,
        find: 'if (lastIndex > index) return;\n      waiters.accept(how);',
        replace: 'waiters.accept(how);',
      },
    ],
    killer: { by: 'nodes', check: 'weak acceptance' },
  },
  {
    id: 'weak-passes-for-committed',
    title: 'Whoever asked for committed is told so when it is weakly accepted',
    seen: 'the original, benchmark B1 (WEAKLY_ACCEPTED counts as success)',
    why: 'He does not expect that it can be lost.',
    patches: [
      { file: submission, find: "      if (how !== 'committed' && how !== wanted) continue;\n", replace: '' },
      {
        file: submission,
        find: 'this.#sinks[position]?.accepted?.(this.#tokens[position]!, how);',
        replace: "this.#sinks[position]?.accepted?.(this.#tokens[position]!, how === 'weak' ? wanted : how);",
      },
    ],
    killer: { by: 'tests', files: [hostTests] },
  },
  {
    id: 'weak-forgotten-by-client',
    title: 'The client forgets what it was told of early',
    seen: 'the original, S19 and its client contract (only one of its clients sends again what was not confirmed)',
    why: 'A leader that is lost takes the write with it, although its client lives.',
    patches: [
      {
        file: groupWriter,
        find: 'this.#operations.get(token)?.accept(how);',
        replace:
          'const operation = this.#operations.get(token); if (operation === undefined) return; operation.accept(how); this.#remove(operation);',
      },
    ],
    killer: { by: 'tests', files: [clientTests] },
  },
  {
    id: 'weak-given-up-by-client',
    title: 'The client stops sending what it was told of early when its time is over',
    seen: 'the original, S19',
    why: 'Whoever was told that it is accepted does not expect that a deadline can still end it.',
    patches: [
      {
        file: groupWriter,
        find: 'if (!operation.isAccepted) this.#giveUp(operation, code, reason, options);',
        replace: 'this.#giveUp(operation, code, reason, options);',
      },
    ],
    killer: { by: 'tests', files: [clientTests] },
  },
  {
    id: 'weak-settled-in-session',
    title: 'The client takes the sequence of what it was told of early for settled',
    seen: 'Raft dissertation, section 6.3 (what a client says that it will not send again)',
    why: 'The cluster forgets its answer, and refuses it when it is sent again.',
    patches: [
      {
        file: groupWriter,
        find: 'this.#operations.get(token)?.accept(how);',
        replace:
          'const operation = this.#operations.get(token); operation?.accept(how); operation?.session?.window.settle(operation.sequence);',
      },
    ],
    killer: { by: 'tests', files: [clientTests] },
  },
];
