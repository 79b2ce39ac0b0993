import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { lastIndexOf } from './batch.ts';
import type { PlannedRelay, RoutePlan } from './dispatch/route-plan.ts';
import { type Append, MessageType } from './messages.ts';
import { append, batchOf, heartbeat, isA, only } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember, type TestMemberOptions } from './testing/test-member.ts';
import { Role } from './types.ts';

const { append: appendType, appendAck, appendReject, heartbeatAck } = MessageType;

const leaf = (node: number): PlannedRelay => ({ node, receivers: [] });
const relay = (node: number, ...receivers: readonly PlannedRelay[]): PlannedRelay => ({ node, receivers });

/** 1 leads, everybody is in step, and entries go along the plan. */
function groupWith(plan: RoutePlan, size = 5, options: TestMemberOptions = {}): TestGroup {
  const group = new TestGroup(size, options);
  group.elect(1);
  group.member(1).raft.useRoutes(plan);
  return group;
}

/** What is on the wire, as `from>to`, or `from>to of leader` if it was relayed. */
function hops(group: TestGroup): string[] {
  const messages = only(group.take(isA(appendType)), appendType);
  for (const message of messages) group.member(message.to).step(message);
  return messages.map(({ from, to }) => `${from}>${to}`);
}

const chain: RoutePlan = [relay(2, relay(3, relay(4, leaf(5))))];
const star: RoutePlan = [relay(2, leaf(3), leaf(4), leaf(5))];

describe('a plan', () => {
  it('must not feed anybody from two sides', () => {
    const { raft } = groupWith([]).member(1);
    expect(() => raft.useRoutes([relay(2, leaf(3)), leaf(3)])).toThrow(InvariantError);
  });

  it('is followed by the leader that was given it, and by nobody after it', () => {
    const group = groupWith(star);
    group.member(1).transfer(2);
    group.settle();
    group.member(2).propose();
    expect(hops(group).sort()).toEqual(['2>1', '2>3', '2>4', '2>5']);
  });

  it('may name nodes that do not belong to the group', () => {
    const group = groupWith([relay(9, leaf(2)), relay(3, leaf(8), leaf(4))]);
    group.member(1).propose();
    expect(hops(group).sort()).toEqual(['1>2', '1>3', '1>5']);
    expect(hops(group)).toEqual(['3>4']);
  });
});

describe('a batch', () => {
  it('leaves the leader once, and every follower passes it on before its own disk has it', () => {
    const group = groupWith(chain);
    for (const member of group.members) member.slowDisk = true;
    const { outbox } = group.member(1);
    group.member(1).propose();
    expect(outbox).toHaveLength(1);
    expect([hops(group), hops(group), hops(group), hops(group)]).toEqual([['1>2'], ['2>3'], ['3>4'], ['4>5']]);
    expect(group.take(isA(appendAck))).toEqual([]);
    for (const member of group.members) member.flush();
    // Everybody answers the leader itself, for itself.
    expect(group.take(isA(appendAck))).toMatchObject([2, 3, 4, 5].map((from) => ({ from, to: 1, durableIndex: 2 })));
  });

  it('reaches everybody and is committed, along any plan', () => {
    for (const plan of [chain, star, [relay(2, leaf(3)), relay(4, leaf(5))], [relay(5, leaf(2)), leaf(3)]]) {
      const group = groupWith(plan);
      for (let i = 0; i < 20; i++) group.member(1).propose();
      group.settle();
      group.heartbeats(1);
      for (const member of group.members) expect(member.committed.at(-1)).toBe(21);
    }
  });

  it('is passed on with the very bytes that came', () => {
    const group = groupWith([relay(2, leaf(3))], 3);
    group.member(1).propose();
    const [first] = only(group.take(isA(appendType)), appendType);
    group.member(2).step(first!);
    const [second] = only(group.take(isA(appendType)), appendType);
    expect(second!.batches[0]!.bytes).toBe(first!.batches[0]!.bytes);
  });

  it('is passed on by a relay that cannot use it itself', () => {
    const follower = new TestMember({ windowEntriesMax: 0 });
    const batch = batchOf(9, 1, 1);
    const routes = [{ node: 3, session: 7, prevIndex: 8, lastIndex: 9, routes: [] }];
    follower.step(append({ term: 1, prevIndex: 8, prevTerm: 1, batches: [batch], mayOvertake: true, routes }));
    expect(follower.sent()).toMatchObject([
      { type: appendType, from: 1, to: 3, leader: 2, session: 7, prevIndex: 8, batches: [batch] },
      { type: appendReject, to: 2 },
    ]);
  });

  it('is passed on as often as it comes, for it comes again for those who lack it', () => {
    const follower = new TestMember();
    for (const node of [3, 4, 4]) {
      const routes = [{ node, session: 1, prevIndex: 0, lastIndex: 1, routes: [] }];
      follower.step(append({ term: 1, batches: [batchOf(1, 1, 1, 0)], routes }));
    }
    expect(only(follower.sent(), appendType).map(({ to }) => to)).toEqual([3, 4, 4]);
  });

  it('may be brought in a session that was meant for another: which is the newest, only the leader says', () => {
    const follower = new TestMember();
    follower.step(append({ term: 1, session: 2, batches: [batchOf(1, 1, 1, 0)] }));
    const after = (index: number) => ({ term: 1, prevIndex: index, prevTerm: 1, batches: [batchOf(index + 1, 1, 1)] });
    follower.step(append({ ...after(1), from: 3, leader: 2, session: 900, mayOvertake: true }));
    follower.step(append({ ...after(2), session: 2 }));
    const acks = only(follower.sent(), appendAck);
    expect(acks.map(({ session, durableIndex }) => [session, durableIndex])).toEqual([
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
  });

  it('is not passed on in an older term, and the answer goes to who led in it', () => {
    const follower = new TestMember({}, [], { term: 5 });
    const routes = [{ node: 3, session: 1, prevIndex: 0, lastIndex: 1, routes: [] }];
    follower.step(append({ term: 4, from: 3, leader: 2, batches: [batchOf(1, 1, 4, 0)], routes }));
    expect(follower.sent()).toMatchObject([{ type: heartbeatAck, to: 2, term: 5 }]);
  });
});

describe('a higher term below a relay', () => {
  it('reaches the leader, which steps down', () => {
    const group = groupWith([relay(2, leaf(3))], 3);
    group.isolated.add(3);
    group.member(3).step({ type: MessageType.voteResponse, from: 2, to: 3, term: 9, granted: false });
    group.isolated.clear();
    group.member(1).propose();
    group.settle();
    expect(group.member(1).role).toBe(Role.follower);
    expect(group.member(1).term).toBe(9);
  });
});

describe('a follower that hears of its leader through relays only', () => {
  it('loses patience as if it heard nothing', () => {
    const follower = new TestMember();
    follower.step(heartbeat({ term: 1 }));
    follower.sent();
    for (let tick = 0; tick < 2 * electionTicks; tick++) {
      follower.tick();
      follower.step(append({ term: 1, from: 3, leader: 2, mayOvertake: true }));
    }
    expect(only(follower.sent(), MessageType.preVoteRequest)).not.toEqual([]);
  });

  it('and has not heard of it before follows it', () => {
    const follower = new TestMember();
    follower.step(append({ term: 1, from: 3, leader: 2, batches: [batchOf(1, 1, 1, 0)] }));
    expect(follower.raft.leader).toBe(2);
    expect(follower.sent()).toMatchObject([{ type: appendAck, to: 2, durableIndex: 1 }]);
  });
});

describe('what came ahead of a gap', () => {
  const ahead = (firstIndex: number, fields: Partial<Append> = {}): Append =>
    append({
      term: 1,
      prevIndex: firstIndex - 1,
      prevTerm: 1,
      batches: [batchOf(firstIndex, 1, 1)],
      mayOvertake: true,
      ...fields,
    });

  it('is taken in when the gap closes, and acknowledged once', () => {
    const follower = new TestMember();
    follower.step(ahead(3), ahead(4), ahead(2));
    expect(follower.sent()).toEqual([]);
    follower.step(append({ term: 1, batches: [batchOf(1, 1, 1, 0)] }));
    expect(follower.terms).toEqual([1, 1, 1, 1]);
    expect(only(follower.sent(), appendAck)).toMatchObject([{ durableIndex: 4 }]);
  });

  it('is refused if there is no window, or no room in it, and says where the log ends', () => {
    for (const options of [{ windowEntriesMax: 0 }, { windowBytesMax: 7 }]) {
      const follower = new TestMember(options);
      follower.step(append({ term: 1, batches: [batchOf(1, 1, 1, 0)] }));
      follower.sent();
      follower.step(ahead(3), ahead(4));
      const rejects = only(follower.sent(), appendReject);
      expect(rejects.at(-1)).toMatchObject({ rejectedPrevIndex: 3, hintIndex: 1 });
    }
  });

  it('is refused to the leader, whoever passed it on', () => {
    const follower = new TestMember({ windowEntriesMax: 0 });
    follower.step(ahead(3, { from: 3, leader: 2 }));
    expect(follower.sent()).toMatchObject([{ type: appendReject, to: 2, rejectedPrevIndex: 2 }]);
  });

  it('does not count as received, even where another leader left something', () => {
    const follower = new TestMember({}, [batchOf(1, 1, 1, 0), batchOf(2, 3, 1)]);
    follower.step(append({ term: 2, prevIndex: 2, prevTerm: 2, batches: [batchOf(3, 1, 2)], mayOvertake: true }));
    follower.step(heartbeat({ term: 2 }));
    expect(follower.sent()).toMatchObject([{ type: heartbeatAck, receivedIndex: 0, durableIndex: 0 }]);
  });

  it('does not wait if the message asks whether the logs agree', () => {
    const follower = new TestMember();
    follower.step(ahead(3, { mayOvertake: false }));
    expect(follower.sent()).toMatchObject([{ type: appendReject }]);
    expect(follower.raft.status().windowBytes).toBe(0);
  });

  it('is forgotten with the term', () => {
    const follower = new TestMember();
    follower.step(ahead(3));
    expect(follower.raft.status().windowBytes).toBe(4);
    follower.step(append({ term: 2, batches: [batchOf(1, 1, 1, 0), batchOf(2, 1, 2, 1)] }));
    expect(follower.raft.status().windowBytes).toBe(0);
    expect(follower.terms).toEqual([1, 2]);
  });

  it('takes the place of what another leader left', () => {
    const follower = new TestMember({}, [batchOf(1, 1, 1, 0), batchOf(2, 2, 1)]);
    follower.step(append({ term: 2, prevIndex: 2, prevTerm: 2, batches: [batchOf(3, 1, 2)], mayOvertake: true }));
    expect(follower.terms).toEqual([1, 1, 1]);
    follower.step(append({ term: 2, prevIndex: 1, prevTerm: 1, batches: [batchOf(2, 1, 2, 1)] }));
    expect(follower.terms).toEqual([1, 2, 2]);
  });

  it('is taken in behind a snapshot, too', () => {
    const group = new TestGroup(3);
    const follower = group.member(3);
    const configuration = follower.raft.configuration;
    follower.step(ahead(6, { from: 2, to: 3 }));
    follower.step({
      type: MessageType.installSnapshot,
      from: 2,
      to: 3,
      term: 1,
      session: 1,
      snapshot: { index: 5, term: 1, configuration },
    });
    expect(follower.raft.status().lastIndex).toBe(6);
  });
});

describe('a relay that fails', () => {
  it('and whose connection breaks costs no more than one message: the leader sends what was lost itself', () => {
    const group = groupWith(star);
    group.isolated.add(2);
    group.member(1).propose();
    expect(hops(group)).toEqual(['1>2']);
    // It has died with the batch.
    group.take();
    group.member(1).input((raft) => raft.peerDown(2));
    group.settle();
    expect(group.member(1).raft.commitIndex).toBe(2);
  });

  it('and is silent is found out by heartbeats, and not used again before some time has passed', () => {
    const group = groupWith(star);
    group.member(1).propose();
    group.settle();
    expect(
      group
        .member(1)
        .raft.status()
        .followers.map((it) => it.relay),
    ).toEqual([undefined, 2, 2, 2]);
    group.isolated.add(2);
    group.member(1).propose();
    group.settle();
    expect(group.member(1).raft.commitIndex).toBe(2);
    // Some heartbeats later it is no longer in contact.
    for (let i = 0; i < 5; i++) group.heartbeats(1);
    expect(group.member(1).raft.commitIndex).toBe(3);
    group.member(1).propose();
    group.settle();
    expect(group.member(1).raft.commitIndex).toBe(4);
  });

  it('to reach one receiver is passed by for that one, for longer each time, and then tried again', () => {
    const group = groupWith(star);
    const isCut = (message: { from: number; to: number }): boolean => message.from === 2 && message.to === 3;
    const directAfter = (): number => {
      group.member(1).propose();
      for (let round = 0; round < 3; round++) {
        group.take(isCut);
        group.deliver((message) => !isCut(message));
      }
      const tries = 2 * electionTicks;
      for (let tick = 0; tick < tries; tick++) {
        group.member(1).tick();
        group.take(isCut);
        group.settle((message) => !isCut(message));
      }
      return group.member(1).raft.status().followers[1]!.matchIndex;
    };
    for (let i = 0; i < 10; i++) expect(directAfter()).toBe(i + 2);
    expect(group.member(1).raft.status().followers[1]).toMatchObject({ id: 3, relay: undefined });
    // The cut is over, and so, some time later, is the distrust.
    group.run(200 * electionTicks);
    group.member(1).propose();
    group.settle();
    expect(group.member(1).raft.status().followers[1]).toMatchObject({ id: 3, relay: 2 });
  });

  it('to write to its disk does not hold up whom it feeds, although it answers', () => {
    const group = groupWith([relay(2, leaf(3))], 3, { inflightBytesMax: 20 });
    const leader = group.member(1);
    group.member(2).slowDisk = true;
    for (let i = 0; i < 10; i++) {
      leader.propose(10);
      group.settle();
    }
    expect(leader.raft.status().followers[0]).toMatchObject({ id: 2, matchIndex: 1, inflightBytes: 20 });
    for (let i = 0; i < 3; i++) group.heartbeats(1);
    expect(leader.raft.commitIndex).toBe(11);
    // It is a relay again as soon as there is room.
    group.member(2).slowDisk = false;
    group.member(2).flush();
    group.settle();
    leader.propose();
    expect(hops(group)).toEqual(['1>2']);
    expect(hops(group)).toEqual(['2>3']);
  });

  it('to reach one receiver again and again is tried less and less often', () => {
    const group = groupWith(star);
    const isCut = (message: { from: number; to: number }): boolean => message.from === 2 && message.to === 3;
    const tries: number[] = [];
    for (let tick = 0; tick < 40 * electionTicks; tick++) {
      if (tick % 5 === 0) group.member(1).propose();
      group.member(1).tick();
      group.settle((message) => !isCut(message));
      if (group.take(isCut).length > 0) tries.push(tick);
    }
    // Those of one election timeout are one: until the loss is seen, some more are on their way.
    const apart = tries.filter((tick, i) => i === 0 || tick - tries[i - 1]! >= electionTicks);
    expect(apart.length).toBeGreaterThan(3);
    expect(apart.length).toBeLessThan(8);
  });

  it('to pass something on soon has time, as long as it is in contact, and more of it the longer that took before', () => {
    const group = groupWith([relay(2, leaf(3))], 3);
    const leader = group.member(1);
    const isSlow = (message: { from: number; to: number }): boolean => message.from === 2 && message.to === 3;
    const holdsAllAfter = (ticks: number): boolean => {
      for (let tick = 0; tick < ticks; tick++) {
        leader.tick();
        group.settle((message) => !isSlow(message));
      }
      const { lastIndex, followers } = leader.raft.status();
      return followers[1]!.matchIndex === lastIndex;
    };
    leader.propose();
    expect(holdsAllAfter(electionTicks - 1)).toBe(false);
    group.settle();
    expect(leader.raft.status().followers[1]).toMatchObject({ matchIndex: 2, relay: 2 });
    leader.propose();
    expect(holdsAllAfter(2 * electionTicks)).toBe(false);
    expect(holdsAllAfter(2 * electionTicks)).toBe(true);
    expect(leader.raft.status().followers[1]).toMatchObject({ relay: undefined });
  });

  it('and one that has not answered for some heartbeats is no relay, and one of its receivers takes its place', () => {
    const group = groupWith([relay(2, relay(3, leaf(4)), leaf(5))]);
    group.isolated.add(2);
    for (let i = 0; i < 4; i++) group.heartbeats(1);
    group.member(1).propose();
    expect(hops(group).filter((hop) => hop !== '1>2')).toEqual(['1>3']);
    expect(hops(group).sort()).toEqual(['3>4', '3>5']);
  });
});

describe('a relay that is bypassed', () => {
  const isFrom2 = (message: { from: number; to: number }): boolean => message.from === 2 && message.to !== 1;

  it('holds up nobody any more: what is under way through it comes from the leader, too, once and in the same session', () => {
    const group = groupWith([relay(2, leaf(3), leaf(4))], 4);
    const leader = group.member(1);
    for (let i = 0; i < 3; i++) leader.propose();
    group.settle((message) => !isFrom2(message));
    expect(leader.raft.status().followers.map((it) => it.matchIndex)).toEqual([4, 1, 1]);
    const sessions = only(group.take(isFrom2), appendType).map(({ session }) => session);
    leader.raft.useRoutes([relay(3, leaf(2), leaf(4))]);
    leader.input((raft) => raft.bypass(2));
    const again = only(group.take(isA(appendType)), appendType);
    expect(again.map(({ from, to, batches }) => [from, to, batches.map(lastIndexOf)])).toEqual([
      [1, 3, [2, 3, 4]],
      [1, 4, [2, 3, 4]],
    ]);
    expect(new Set(again.map(({ session }) => session))).toEqual(new Set(sessions));
    for (const message of again) group.member(message.to).step(message);
    group.settle();
    expect(leader.raft.status().followers).toMatchObject(
      [2, 3, 4].map((id) => ({ id, matchIndex: 4, inflightBytes: 0, state: 'replicate' })),
    );
    leader.input((raft) => raft.bypass(2));
    expect(group.take(isA(appendType))).toEqual([]);
  });

  it('nor those below its receivers', () => {
    const group = groupWith(chain);
    group.member(1).propose();
    group.settle((message) => !isFrom2(message));
    group.take(isFrom2);
    group.member(1).input((raft) => raft.bypass(2));
    expect(hops(group)).toEqual(['1>3', '1>4', '1>5']);
    group.settle();
    expect(
      group
        .member(1)
        .raft.status()
        .followers.map((it) => it.matchIndex),
    ).toEqual([2, 2, 2, 2]);
  });

  it('is told of nothing else: what came through others in between is not sent again', () => {
    const group = groupWith([relay(2, leaf(3), leaf(4))], 4);
    const leader = group.member(1);
    leader.propose();
    leader.raft.useRoutes([relay(4, leaf(2), leaf(3))]);
    leader.propose();
    leader.raft.useRoutes([relay(2, leaf(3), leaf(4))]);
    leader.propose();
    group.settle((message) => !isFrom2(message));
    group.take(isFrom2);
    leader.input((raft) => raft.bypass(2));
    const again = only(group.take(isA(appendType)), appendType).filter(({ to }) => to === 3);
    expect(again.map(({ batches }) => batches.map(lastIndexOf))).toEqual([[2], [4]]);
  });

  it('has time to bring it: that it is not there at the next answers to heartbeats from before does not mean that it is lost', () => {
    const group = groupWith([relay(2, leaf(3))], 3);
    const leader = group.member(1);
    const isHeld = (message: { from: number; to: number }): boolean => isFrom2(message) || message.to === 3;
    leader.propose();
    for (let round = 0; round < 3; round++) {
      leader.tick(heartbeatTicks);
      group.settle((message) => !isHeld(message));
    }
    leader.input((raft) => raft.bypass(2));
    for (const message of group.take(isA(MessageType.heartbeat))) group.member(3).step(message);
    group.deliver((message) => message.from === 3);
    expect(leader.raft.status().followers[1]).toMatchObject({ id: 3, state: 'replicate', nextIndex: 3 });
  });
});

describe('who is not in step', () => {
  it('is fed by the leader, and by its relay as soon as it is', () => {
    const group = groupWith([relay(2, leaf(3))], 3);
    group.isolated.add(3);
    for (let i = 0; i < 5; i++) group.member(1).propose();
    group.settle();
    group.isolated.clear();
    group.member(1).input((raft) => raft.peerUp(3));
    expect(hops(group)).toContain('1>3');
    group.settle();
    group.member(1).propose();
    expect(hops(group)).toEqual(['1>2']);
    expect(hops(group)).toEqual(['2>3']);
  });

  it('for lack of room is fed from the log of its relay, when there is room again', () => {
    const group = groupWith([relay(2, leaf(3))], 3, { inflightBytesMax: 20 });
    const leader = group.member(1);
    for (let i = 0; i < 10; i++) {
      leader.propose(10);
      group.settle((message) => message.from !== 3);
    }
    expect(leader.raft.status().followers).toMatchObject([
      { id: 2, matchIndex: 11 },
      { id: 3, nextIndex: 4, inflightBytes: 20 },
    ]);
    const direct: Append[] = [];
    for (let messages = group.take(); messages.length > 0; messages = group.take()) {
      direct.push(...only(messages, appendType).filter(({ from }) => from === 1));
      for (const message of messages) group.member(message.to).step(message);
    }
    expect(group.member(3).terms).toHaveLength(11);
    // Of the leader's link, only orders.
    expect(direct.length).toBeGreaterThan(0);
    expect(direct.every(({ to, batches }) => to === 2 && batches.length === 0)).toBe(true);
  });
});

describe('what a relay was sent earlier, and has not acknowledged', () => {
  it('it is not asked to pass on, for it may lack it', () => {
    const group = groupWith([relay(2, leaf(3))], 3, { inflightBytesMax: 20 });
    const leader = group.member(1);
    leader.propose(10);
    leader.propose(10);
    group.settle((message) => message.from !== 3);
    // There is no room for 3, and the relay does not get it either.
    leader.propose(10);
    expect(group.take(isA(appendType))).toMatchObject([{ to: 2, routes: [] }]);
    group.settle();
    expect(group.member(2).terms).toHaveLength(3);
    expect(group.member(3).terms).toHaveLength(4);
  });
});

describe('what a relay passes on', () => {
  it('of its own log is what this leader has sent it, and nothing that another left', () => {
    const relayed = new TestMember({}, [batchOf(1, 1, 1, 0)], { term: 1 });
    // Held in memory, and never compared with what the next leader has.
    relayed.step(append({ term: 1, prevIndex: 1, prevTerm: 1, batches: [batchOf(2, 1, 1), batchOf(3, 1, 1)] }));
    relayed.step(append({ term: 2, from: 3, prevIndex: 1, prevTerm: 1 }));
    relayed.sent();
    const own = batchOf(4, 1, 2);
    const routes = [{ node: 2, session: 1, prevIndex: 1, lastIndex: 4, routes: [] }];
    relayed.step(append({ term: 2, from: 3, prevIndex: 3, prevTerm: 2, batches: [own], mayOvertake: true, routes }));
    expect(only(relayed.sent(), appendType).map(({ batches }) => batches)).toEqual([[own]]);
  });

  it('is cut into messages of limited size, and never larger than one batch beyond it', () => {
    const relayed = new TestMember({ appendBytesMax: 10 });
    const batches = [1, 2, 3, 4].map((index) => batchOf(index, 1, 1, index === 1 ? 0 : 1));
    const below = [{ node: 5, session: 1, prevIndex: 0, lastIndex: 4, routes: [] }];
    relayed.step(
      append({ term: 1, batches, routes: [{ node: 3, session: 1, prevIndex: 0, lastIndex: 4, routes: below }] }),
    );
    const sent = only(relayed.sent(), appendType);
    expect(sent.map((message) => message.batches.map(lastIndexOf))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    // What those below are to be sent has gone before.
    expect(sent.map(({ routes }) => routes)).toEqual([[], below]);
  });

  it('goes neither back to the leader nor to itself', () => {
    const relayed = new TestMember();
    const routes = [1, 2].map((node) => ({ node, session: 1, prevIndex: 0, lastIndex: 1, routes: [] }));
    relayed.step(append({ term: 1, batches: [batchOf(1, 1, 1, 0)], routes }));
    expect(only(relayed.sent(), appendType)).toEqual([]);
  });
});
