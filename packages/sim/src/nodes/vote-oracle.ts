// Who was elected has a quorum of its own configuration behind it: votes of learners, of those who have left, and of those who
// come later do not count (Raft dissertation, section 4.1).

import { type Message, MessageType, type NodeId, type Term } from '@balsa/raft';
import { isQuorum } from '../majorities.ts';
import { type ObservedMember, Violation } from '../oracles.ts';

export class VoteOracle {
  /** By term and candidate. */
  readonly #voters = new Map<string, Set<NodeId>>();

  sent(message: Message): void {
    if (message.type !== MessageType.voteResponse || !message.granted) return;
    const key = keyOf(message.term, message.to);
    const voters = this.#voters.get(key);
    if (voters === undefined) this.#voters.set(key, new Set([message.from]));
    else voters.add(message.from);
  }

  leaderElected({ id, configuration }: ObservedMember, term: Term): void {
    const voters = this.#voters.get(keyOf(term, id));
    if (isQuorum(configuration, (node) => node === id || voters?.has(node) === true)) return;
    const { voters: members, outgoing } = configuration;
    throw new Violation(
      'votes',
      `${id} leads term ${term} of [${members.join(' ')}], [${outgoing.join(' ')}] by the votes of [${[...(voters ?? [])].join(' ')}]`,
    );
  }
}

function keyOf(term: Term, candidate: NodeId): string {
  return `${term}:${candidate}`;
}
