import { describe, expect, it } from 'vitest';
import { incidentNumber } from './incident.ts';
import { type Message, MessageType } from './messages.ts';
import { append as appendMessage, batchOf, heartbeat, isA, only } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember, type TestMemberOptions } from './testing/test-member.ts';
import { initialHardState, Role } from './types.ts';

const { appendAck, heartbeat: heartbeatType, heartbeatAck, preVoteRequest, wake } = MessageType;
const hibernateAfterTicks = 2 * electionTicks;

/** 1 leads, everything is committed everywhere, and all are silent. */
function silentGroup(size = 3, options: TestMemberOptions = {}): TestGroup {
  const group = new TestGroup(size, { hibernateAfterTicks, ...options });
  group.elect(1).propose();
  group.settle();
  fallSilent(group);
  return group;
}

function fallSilent(group: TestGroup): void {
  idle(group);
  group.heartbeats(1);
  group.heartbeats(1);
  expect(hibernating(group)).toEqual(group.members.map(({ id }) => id).filter((id) => !group.isolated.has(id)));
}

/** Just so long that the leader is about to ask the others to be silent. */
function idle(group: TestGroup): void {
  for (let tick = 0; tick < hibernateAfterTicks - heartbeatTicks; tick += heartbeatTicks) {
    group.member(1).tick(heartbeatTicks);
    group.settle();
  }
}

function hibernating({ members }: TestGroup): number[] {
  return members.filter(({ raft }) => raft.status().hibernates).map(({ id }) => id);
}

describe('a group', () => {
  it('falls silent after it was idle for long enough, and says so', () => {
    const group = new TestGroup(3, { hibernateAfterTicks });
    const leader = group.elect(1);
    leader.propose();
    group.settle();
    group.heartbeats(1);
    expect(hibernating(group)).toEqual([]);
    fallSilent(group);
    for (const member of group.members) {
      expect(member.eventsOf('hibernation')).toEqual([{ type: 'hibernation', hibernates: true }]);
    }
    leader.tick(5 * heartbeatTicks);
    expect(leader.sent()).toEqual([]);
  });

  it('never does if that is not wanted, or if somebody does not know how', () => {
    const group = new TestGroup(3);
    group.elect(1);
    group.run(10 * electionTicks);
    expect(hibernating(group)).toEqual([]);
    const other = new TestGroup(3, { hibernateAfterTicks });
    const leader = other.elect(1);
    for (let tick = 0; tick < 4 * electionTicks; tick += heartbeatTicks) {
      leader.tick(heartbeatTicks);
      other.deliver();
      // 3 runs an earlier version.
      for (const answer of other.take()) {
        leader.step(answer.from === 3 && answer.type === heartbeatAck ? { ...answer, hibernates: false } : answer);
      }
    }
    expect(leader.raft.status().hibernates).toBe(false);
  });

  it.each([
    ['a read waits', (group: TestGroup): void => group.member(1).read(1)],
    [
      'a follower lacks an entry',
      (group: TestGroup): void => {
        group.member(1).propose();
        group.settle(({ to }) => to !== 3);
        group.take();
      },
    ],
    [
      'a disk is busy',
      (group: TestGroup): void => {
        group.member(3).slowDisk = true;
        group.member(1).propose();
      },
    ],
    [
      'the leader has to confirm an entry',
      (group: TestGroup): void => {
        group.member(1).slowDisk = true;
        group.member(1).propose();
        group.settle();
      },
    ],
    [
      'leadership is being handed over',
      (group: TestGroup): void => {
        group.member(1).transfer(3);
        group.take();
      },
    ],
  ])('does not fall silent while %s', (_what, keepBusy) => {
    const group = new TestGroup(3, { hibernateAfterTicks: 1 });
    const leader = group.elect(1);
    leader.tick(heartbeatTicks);
    group.deliver();
    keepBusy(group);
    leader.tick(heartbeatTicks);
    // Who answers agrees to fall silent, if it is asked.
    for (const heartbeat of only(group.take(), heartbeatType)) expect(heartbeat.hibernates).toBe(false);
  });

  it('does not fall silent while a member has lost entries', () => {
    const group = new TestGroup(3, { hibernateAfterTicks: 1 });
    const leader = group.elect(1);
    group.heartbeats(1);
    const victim = group.member(3);
    victim.hardState = { ...victim.hardState, incident: 5 };
    victim.restart();
    victim.slowDisk = true;
    leader.propose();
    group.settle();
    for (let i = 0; i < 4; i++) group.heartbeats(1);
    expect(leader.raft.status().hibernates).toBe(false);
  });

  it('needs everybody to agree, in the same stretch of idleness', () => {
    const group = new TestGroup(3, { hibernateAfterTicks });
    const leader = group.elect(1);
    const isAgreementOf3 = ({ from, type }: Message): boolean => from === 3 && type === heartbeatAck;
    idle(group);
    leader.tick(2 * heartbeatTicks);
    group.settle((it) => !isAgreementOf3(it));
    const [late] = group.take(isAgreementOf3);
    expect(late).toMatchObject({ hibernates: true });
    expect(hibernating(group)).toEqual([2, 3]);
    leader.propose();
    group.settle();
    idle(group);
    leader.tick(2 * heartbeatTicks);
    group.settle((it) => !isAgreementOf3(it));
    leader.step(late!);
    expect(leader.raft.status().hibernates).toBe(false);
    group.settle();
    expect(hibernating(group)).toEqual([1, 2, 3]);
  });

  it('falls silent without members whose connection is broken, if a quorum agrees', () => {
    const group = new TestGroup(3, { hibernateAfterTicks });
    const leader = group.elect(1);
    group.heartbeats(1);
    group.isolated.add(3);
    leader.input((raft) => raft.peerDown(3));
    leader.propose();
    group.settle();
    fallSilent(group);
    group.isolated.add(2);
    leader.input((raft) => raft.peerDown(2));
    leader.wake();
    for (let tick = 0; tick < electionTicks; tick += heartbeatTicks) leader.tick(heartbeatTicks);
    expect([leader.role, leader.raft.status().hibernates]).toEqual([Role.follower, false]);
  });

  it('goes on being silent when connections break and come back between those who agreed', () => {
    const group = silentGroup();
    for (const [a, b] of [
      [1, 2],
      [2, 1],
      [2, 3],
    ] as const) {
      group.member(a).input((raft) => raft.peerDown(b));
      group.member(a).input((raft) => raft.peerUp(b));
    }
    expect(group.take()).toEqual([]);
    group.run(3 * electionTicks);
    expect(hibernating(group)).toEqual([1, 2, 3]);
  });
});

describe('a leader that wakes', () => {
  it('makes no voter of a learner that came back meanwhile, before it has heard what is left of it', () => {
    const group = silentGroup();
    const leader = group.member(1);
    const learner = group.newcomer();
    leader.reconfigure({ learners: [learner.id] });
    group.settle();
    fallSilent(group);
    // It had an empty disk, and does not know whom to wake.
    learner.durable.length = 0;
    learner.hardState = { ...initialHardState, incident: incidentNumber(7, 'andVotes') };
    learner.restart();
    leader.input((raft) => raft.peerDown(learner.id));
    leader.input((raft) => raft.peerUp(learner.id));
    expect(hibernating(group)).toContain(1);
    const promote = (): unknown => leader.reconfigure({ voters: [1, learner.id], learners: [] });
    leader.wake();
    expect(promote()).toMatchObject({ accepted: false, reason: 'notCaughtUp' });
    group.run(3 * heartbeatTicks);
    expect(learner.hardState.incident).toBe(0);
    expect(promote()).toMatchObject({ accepted: true });
    group.run(3 * heartbeatTicks);
    expect(leader.raft.configuration.outgoing).toEqual([]);
  });
});

describe('a silent group is woken', () => {
  it.each([
    ['a proposal', (group: TestGroup): unknown => group.member(1).propose()],
    ['a read on its leader', (group: TestGroup): unknown => group.member(1).read(1)],
    ['a read on a follower', (group: TestGroup): unknown => group.member(2).read(1)],
    ['a follower that somebody wants', (group: TestGroup): unknown => group.member(2).wake()],
    ['a change of its members', (group: TestGroup): unknown => group.member(1).reconfigure({ leases: true })],
    ['a transfer', (group: TestGroup): unknown => group.member(1).transfer(2)],
    ['a member that was started again', (group: TestGroup): unknown => group.member(3).restart()],
  ])('by %s', (_what, want) => {
    const group = silentGroup();
    want(group);
    group.run(2 * heartbeatTicks);
    expect(hibernating(group)).toEqual([]);
    for (const id of [1, 2]) {
      expect(group.member(id).eventsOf('hibernation').at(-1)).toEqual({ type: 'hibernation', hibernates: false });
    }
    expect(group.leaders()).toHaveLength(1);
  });

  it('by a member that comes back and had not agreed', () => {
    const group = new TestGroup(3, { hibernateAfterTicks });
    const leader = group.elect(1);
    group.heartbeats(1);
    group.isolated.add(3);
    leader.input((raft) => raft.peerDown(3));
    leader.propose();
    group.settle();
    fallSilent(group);
    group.isolated.clear();
    leader.input((raft) => raft.peerUp(3));
    group.settle();
    expect(hibernating(group)).toEqual([]);
    expect(group.member(3).terms).toEqual([1, 1]);
  });

  it('even if the leader does not hear of it: whoever was woken campaigns in the end, which protects a leader that lives', () => {
    const group = silentGroup();
    group.member(2).wake();
    expect(group.take()).toMatchObject([{ type: wake, from: 2, to: 1, term: 1 }]);
    group.run(2 * electionTicks);
    expect(hibernating(group).length).not.toBe(2);
    expect([group.leaders(), group.member(1).term]).toEqual([[1], 1]);
    expect(group.member(1).eventsOf('hibernation')).toContainEqual({ type: 'hibernation', hibernates: false });
  });

  it('by losing its leader only once somebody wants it', () => {
    const group = silentGroup();
    group.isolated.add(1);
    for (const id of [2, 3]) group.member(id).input((raft) => raft.peerDown(1));
    group.run(5 * electionTicks);
    expect(hibernating(group)).toEqual([1, 2, 3]);
    group.member(3).wake();
    group.run(3 * heartbeatTicks);
    expect(group.leaders().filter((id) => id !== 1)).toHaveLength(1);
  });

  it('if the leader died without anybody noticing, after a timeout', () => {
    const group = silentGroup();
    group.isolated.add(1);
    group.member(2).wake();
    group.run(electionTicks - 2);
    expect(group.leaders()).toEqual([1]);
    group.run(4 * electionTicks);
    expect(group.leaders().filter((id) => id !== 1)).toHaveLength(1);
  });

  it('once: who is awake already just goes on', () => {
    const group = silentGroup();
    group.member(2).wake();
    group.member(2).wake();
    group.member(1).wake();
    expect(group.take(isA(wake))).toHaveLength(1);
    const candidate = new TestMember();
    candidate.campaign();
    candidate.sent();
    candidate.wake();
    expect(candidate.sent()).toEqual([]);
  });
});

describe('a silent leader', () => {
  it('that was replaced serves no read', () => {
    const group = silentGroup();
    group.isolated.add(1);
    for (const id of [2, 3]) group.member(id).input((raft) => raft.peerDown(1));
    group.member(2).wake();
    group.run(3 * heartbeatTicks);
    const successor = group.member(group.leaders().find((id) => id !== 1)!);
    successor.propose();
    group.settle();
    group.member(1).read(7);
    group.run(2 * electionTicks);
    expect(group.member(1).reads).toEqual([{ requestId: 7, readIndex: undefined }]);
    expect(group.leaders()).toEqual([successor.id]);
  });

  it('learns from anybody that its term is over', () => {
    const group = silentGroup();
    group.member(1).step(heartbeat({ term: 2 }));
    expect(group.member(1).raft.status()).toMatchObject({ role: Role.follower, leader: 2, hibernates: false });
    expect(group.member(1).eventsOf('hibernation').at(-1)).toMatchObject({ hibernates: false });
  });
});

describe('a silent follower', () => {
  it('whose leader goes on wakes up with the next thing that it hears', () => {
    for (const message of [heartbeat({ term: 1, commitIndex: 0 }), appendMessage({ term: 1 })]) {
      const follower = new TestMember();
      follower.step(heartbeat({ term: 1, hibernates: true }));
      expect(follower.raft.status().hibernates).toBe(true);
      expect(follower.sent()).toMatchObject([{ type: heartbeatAck, hibernates: true }]);
      follower.step(message);
      expect(follower.raft.status().hibernates).toBe(false);
      follower.tick(2 * electionTicks);
      expect(follower.role).toBe(Role.preCandidate);
    }
  });

  it('does not agree while it lacks something, or has something that is not committed', () => {
    const follower = new TestMember({}, [batchOf(1, 2, 1, 0)]);
    const asks = heartbeat({ term: 1, hibernates: true, commitIndex: 2 });
    follower.step(asks);
    // It has not compared its log with that of the leader.
    expect(only(follower.sent(), heartbeatAck)).toMatchObject([{ hibernates: false }]);
    follower.step(appendMessage({ term: 1, prevIndex: 2, prevTerm: 1, commitIndex: 1 }));
    follower.step({ ...asks, commitIndex: 1 });
    expect(only(follower.sent(), heartbeatAck)).toMatchObject([{ hibernates: false }]);
    follower.step(asks);
    expect(only(follower.sent(), heartbeatAck)).toMatchObject([{ hibernates: true }]);
    expect(only(follower.sent(), appendAck)).toEqual([]);
  });

  it('refuses a pre-vote for as long as it would have, had time passed, and asks the leader to show itself', () => {
    const group = silentGroup();
    group.member(3).restart();
    group.member(3).campaign();
    group.deliver(isA(preVoteRequest));
    expect(group.take(isA(MessageType.preVoteResponse))).toMatchObject([{ granted: false }, { granted: false }]);
    expect(group.take(isA(wake))).toMatchObject([{ from: 2, to: 1 }]);
  });
});

describe('a silent group', () => {
  it('sends nothing, and no time passes for it, however often it is ticked', () => {
    const group = silentGroup();
    group.run(20 * electionTicks);
    expect(hibernating(group)).toEqual([1, 2, 3]);
    group.member(1).propose();
    group.run(3 * electionTicks);
    expect(group.leaders()).toEqual([1]);
    expect(group.members.map(({ term }) => term)).toEqual([1, 1, 1]);
  });

  it('is woken by a read on a follower that has lost the leader', () => {
    const group = silentGroup();
    group.isolated.add(1);
    for (const id of [2, 3]) group.member(id).input((raft) => raft.peerDown(1));
    group.member(2).read(1);
    group.run(3 * heartbeatTicks);
    expect(group.leaders().filter((id) => id !== 1)).toHaveLength(1);
  });

  it('is woken by a learner that was started again, which learns who leads', () => {
    const group = new TestGroup(3, { hibernateAfterTicks });
    const leader = group.elect(1);
    group.heartbeats(1);
    leader.reconfigure({ voters: [1, 2], learners: [3] });
    group.settle();
    fallSilent(group);
    group.member(3).restart();
    group.run(2 * electionTicks);
    expect(group.member(3).raft.leader).toBe(1);
  });

  it('is woken by a member that lost entries, which becomes whole again', () => {
    const group = silentGroup();
    const victim = group.member(3);
    victim.durable.pop();
    victim.hardState = { ...victim.hardState, incident: 5 };
    victim.restart();
    group.run(4 * electionTicks);
    expect(victim.hardState.incident).toBe(0);
    expect(victim.terms).toEqual(group.member(1).terms);
  });

  it('does not need a member whose connection broke before its leader led', () => {
    const group = silentGroup();
    group.isolated.add(1);
    for (const id of [2, 3]) group.member(id).input((raft) => raft.peerDown(1));
    group.member(2).wake();
    group.run(3 * heartbeatTicks);
    const leader = group.leaders().find((id) => id !== 1)!;
    for (let i = 0; i < 2 * hibernateAfterTicks; i++) group.heartbeats(leader);
    expect(hibernating(group)).toEqual([1, 2, 3]);
  });
});
