import { configurationOf, type Message, MessageType, type NodeId } from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import type { ObservedMember } from '../oracles.ts';
import { VoteOracle } from './vote-oracle.ts';

const vote = (from: NodeId, to: NodeId, term = 2, granted = true): Message => {
  return { type: MessageType.voteResponse, from, to, term, granted };
};
const candidate = (id: NodeId, configuration = configurationOf([1, 2, 3])): ObservedMember =>
  ({ id, configuration }) as ObservedMember;

function elected(votes: readonly Message[], member = candidate(1)): () => void {
  const oracle = new VoteOracle();
  for (const message of votes) oracle.sent(message);
  return () => oracle.leaderElected(member, 2);
}

describe('votes', () => {
  it('make a leader together with its own, if they are a quorum', () => {
    expect(elected([vote(2, 1)])).not.toThrow();
    expect(elected([], candidate(1, configurationOf([1])))).not.toThrow();
    expect(elected([])).toThrow('votes: 1 leads term 2 of [1 2 3], [] by the votes of []');
  });

  it('do not count if they were refused, of another term, for somebody else, or of no voter', () => {
    for (const message of [vote(2, 1, 2, false), vote(2, 1, 1), vote(2, 3), vote(4, 1)]) {
      expect(elected([message])).toThrow('votes');
    }
    const learner = { ...configurationOf([1, 2, 3]), learners: [4] };
    expect(elected([vote(4, 1)], candidate(1, learner))).toThrow('votes');
    expect(elected([vote(2, 9), vote(3, 9)], candidate(9))).not.toThrow();
    expect(elected([vote(2, 9)], candidate(9))).toThrow('votes');
  });

  it('must be a quorum of both sets of a joint configuration', () => {
    const joint = { ...configurationOf([1, 4, 5]), outgoing: [1, 2, 3] };
    expect(elected([vote(4, 1)], candidate(1, joint))).toThrow('votes');
    expect(elected([vote(4, 1), vote(2, 1)], candidate(1, joint))).not.toThrow();
  });
});
