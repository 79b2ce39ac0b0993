import {
  type Batch,
  BatchKind,
  configurationOf,
  type HardState,
  initialHardState,
  type Message,
  MessageType,
} from '@balsa/raft';
import { describe, expect, it } from 'vitest';
import { type ObservedMember, Oracles } from './oracles.ts';

function batchOf(firstIndex: number, term: number, content = 0): Batch {
  return {
    kind: BatchKind.entries,
    firstIndex,
    count: 1,
    term,
    prevTerm: term,
    bytes: Uint8Array.of(firstIndex, content),
  };
}

function memberWith(id: number, log: readonly Batch[], hardState: Partial<HardState> = {}): ObservedMember {
  return {
    id,
    durable: log,
    visible: log,
    configuration: configurationOf([1, 2, 3]),
    ledTerm: undefined,
    durableHardState: { ...initialHardState, ...hardState },
  };
}

const one = batchOf(1, 1);
const two = batchOf(2, 1);

/** Three members of which the first two hold `one`, which is committed in term 1. */
function oracleThatSawACommit(): { oracles: Oracles; everyone: ObservedMember[] } {
  const oracles = new Oracles();
  const everyone = [memberWith(1, [one]), memberWith(2, [one]), memberWith(3, [])];
  oracles.batchCommitted(everyone[0]!, 1, 0, one, everyone);
  return { oracles, everyone };
}

describe('election safety', () => {
  const votedForSelf = (id: number): ObservedMember => memberWith(id, [], { term: 3, votedFor: id });

  it('sees two leaders of one term', () => {
    const oracles = new Oracles();
    oracles.leaderElected(votedForSelf(1), 3);
    expect(() => oracles.leaderElected(votedForSelf(2), 3)).toThrow('election safety: 1 and 2 both lead term 3');
    expect(oracles.elections).toBe(1);
  });

  it('sees somebody who speaks in the name of another leader, and knows of a leader by its first words', () => {
    const oracles = new Oracles();
    const common = { to: 4, term: 3, session: 1, prevIndex: 0, prevTerm: 0, commitIndex: 0, batches: [], routes: [] };
    const append = (from: number, leader: number): Message => {
      return { type: MessageType.append, from, leader, mayOvertake: true, ...common };
    };
    oracles.messageSent(votedForSelf(1), append(1, 1));
    expect(oracles.hasLedSince(1, 3)).toBe(true);
    const relay = memberWith(2, [], { term: 3, votedFor: 1 });
    oracles.messageSent(relay, append(2, 1));
    expect(() => oracles.messageSent(relay, append(2, 2))).toThrow('election safety: 1 and 2 both lead term 3');
  });

  it('sees a leader whose own vote is not on its disk', () => {
    expect(() => new Oracles().leaderElected(memberWith(1, [], { term: 2 }), 3)).toThrow('durable promises');
  });
});

describe('leader completeness', () => {
  it('sees a leader of a later term that lacks something committed', () => {
    const { oracles } = oracleThatSawACommit();
    const forgetful = memberWith(3, [batchOf(1, 2)], { term: 3, votedFor: 3 });
    expect(() => oracles.leaderElected(forgetful, 3)).toThrow('leader completeness: 3 leads term 3 without [1..1]');
  });
});

describe('state-machine safety', () => {
  it('sees something else committed at the same place', () => {
    const { oracles, everyone } = oracleThatSawACommit();
    const other = batchOf(1, 1, 9);
    expect(() => oracles.batchCommitted(everyone[1]!, 2, 0, other, everyone)).toThrow('state-machine safety');
  });

  it('sees a commit behind a gap', () => {
    const { oracles, everyone } = oracleThatSawACommit();
    expect(() => oracles.batchCommitted(everyone[1]!, 1, 2, batchOf(3, 1), everyone)).toThrow('behind a gap');
  });

  it('agrees when another member commits the same', () => {
    const { oracles, everyone } = oracleThatSawACommit();
    oracles.batchCommitted(everyone[1]!, 1, 0, { ...one, bytes: Uint8Array.from(one.bytes) }, everyone);
    expect(oracles.committed).toEqual([one]);
    expect(oracles.committedIndex).toBe(1);
  });
});

describe('durability', () => {
  it('sees a commit that only a minority has on disk', () => {
    const everyone = [memberWith(1, [one]), memberWith(2, []), memberWith(3, [])];
    expect(() => new Oracles().batchCommitted(everyone[0]!, 1, 0, one, everyone)).toThrow('only on the disks of [1]');
  });

  it('counts who held it and reported the loss since', () => {
    const everyone = [memberWith(1, [one]), memberWith(2, [], { incident: 1 }), memberWith(3, [])];
    expect(() => new Oracles().batchCommitted(everyone[0]!, 1, 0, one, everyone)).not.toThrow();
  });

  it('asks both sets of a joint configuration', () => {
    const joint = { ...configurationOf([1, 2, 4]), outgoing: [1, 2, 3] };
    const committedBy = (...holders: readonly number[]): void => {
      const everyone = [1, 2, 3, 4].map((id) => memberWith(id, holders.includes(id) ? [one] : []));
      new Oracles().batchCommitted({ ...everyone[0]!, configuration: joint }, 1, 0, one, everyone);
    };
    expect(() => committedBy(1, 3)).toThrow('durability');
    expect(() => committedBy(1, 3, 4)).not.toThrow();
  });
});

describe('snapshots', () => {
  it('stand for what was committed', () => {
    const { oracles, everyone } = oracleThatSawACommit();
    expect(() => oracles.snapshotMatches(everyone[2]!, [{ ...one }])).not.toThrow();
    expect(() => oracles.snapshotMatches(everyone[2]!, [batchOf(1, 1, 9)])).toThrow('snapshots: 3 has a snapshot with');
    expect(() => oracles.snapshotMatches(everyone[2]!, [one, two])).toThrow(
      '[2..2] of term 1, which was not committed',
    );
  });
});

describe('durable promises', () => {
  const common = { from: 1, to: 2, term: 4 };
  const vote: Message = { type: MessageType.voteResponse, ...common, granted: true };
  const read: Message = { type: MessageType.readIndexRequest, ...common, requestId: 1 };

  it('sees a vote that the disk does not know', () => {
    const oracles = new Oracles();
    expect(() => oracles.messageSent(memberWith(1, [], { term: 3 }), vote)).toThrow('its disk knows 3');
    expect(() => oracles.messageSent(memberWith(1, [], { term: 4, votedFor: 3 }), vote)).toThrow('its disk says 3');
    expect(() => oracles.messageSent(memberWith(1, [], { term: 4, votedFor: 2 }), vote)).not.toThrow();
  });

  it('knows a term from the entries of it, too', () => {
    const oracles = new Oracles();
    expect(() => oracles.messageSent(memberWith(1, [one]), read)).toThrow('durable promises');
    expect(() => oracles.messageSent(memberWith(1, [batchOf(1, 4)]), read)).not.toThrow();
  });
});

describe('acknowledgements', () => {
  const ack = {
    type: MessageType.appendAck,
    from: 2,
    to: 1,
    term: 3,
    session: 1,
    durableIndex: 2,
    incident: 0,
  } as const;
  const leaderWith = (log: readonly Batch[]): ObservedMember => ({ ...memberWith(1, log), ledTerm: 3 });

  it('sees one of an entry that the leader does not have, or has of another term', () => {
    const oracles = new Oracles();
    const message: Message = { ...ack, durableTerm: 1 };
    expect(() => oracles.acknowledged(message, [leaderWith([one, two])])).not.toThrow();
    expect(() => oracles.acknowledged(message, [leaderWith([one])])).toThrow(
      'acknowledgements: 2 acknowledges entry 2',
    );
    expect(() => oracles.acknowledged(message, [leaderWith([one, batchOf(2, 3)])])).toThrow('leads term 3 without it');
  });

  it('asks nobody who does not lead that term any more', () => {
    const message: Message = { ...ack, durableTerm: 1 };
    expect(() => new Oracles().acknowledged(message, [memberWith(1, [])])).not.toThrow();
  });
});

describe('log matching', () => {
  it('sees logs that differ before a place where they agree', () => {
    const oracles = new Oracles();
    const everyone = [memberWith(1, [one, two]), memberWith(2, [batchOf(1, 1, 9), two])];
    expect(() => oracles.logsMatch(everyone)).toThrow('log matching');
  });

  it('sees the same index and term with other content at the end', () => {
    const everyone = [memberWith(1, [one, two]), memberWith(2, [one, batchOf(2, 1, 9)])];
    expect(() => new Oracles().logsMatch(everyone)).toThrow('log matching');
  });

  it('lets ends of different terms differ', () => {
    const everyone = [memberWith(1, [one, two]), memberWith(2, [one, batchOf(2, 2)]), memberWith(3, [])];
    expect(() => new Oracles().logsMatch(everyone)).not.toThrow();
  });
});
