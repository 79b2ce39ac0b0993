import { describe, expect, it } from 'vitest';
import { MessageType } from './messages.ts';
import { isA } from './testing/messages.ts';
import { TestGroup } from './testing/test-group.ts';
import { electionTicks, heartbeatTicks, TestMember } from './testing/test-member.ts';

describe('a linearizable read', () => {
  it.each([1, 2, 3, 5, 7])('in a group of %i is served at what was committed when it came', (size) => {
    const group = new TestGroup(size);
    const leader = group.elect(1);
    leader.propose();
    group.settle();
    leader.read(1);
    group.settle();
    expect(leader.reads).toEqual([{ requestId: 1, readIndex: 2 }]);
  });

  it('is not served before a quorum has confirmed the leadership', () => {
    const group = new TestGroup(5);
    const leader = group.elect(1);
    leader.read(1);
    const answers = (from: number): number => group.settle((it) => it.from === from || it.to === from);
    answers(2);
    expect(leader.reads).toEqual([]);
    answers(3);
    expect(leader.reads).toEqual([{ requestId: 1, readIndex: 1 }]);
  });

  it('is not served by answers to a round that began before it came', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    leader.tick(heartbeatTicks);
    group.deliver(isA(MessageType.heartbeat));
    const answers = group.take(isA(MessageType.heartbeatAck));
    leader.read(1);
    leader.step(...answers);
    expect(leader.reads).toEqual([]);
    group.settle();
    expect(leader.reads).toEqual([{ requestId: 1, readIndex: 1 }]);
  });

  it('shares its round with all that come while another is on its way', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    leader.read(1);
    expect(group.take(({ to }) => to === 2)).toHaveLength(1);
    for (let requestId = 2; requestId <= 50; requestId++) leader.read(requestId);
    const first = group.take(isA(MessageType.heartbeat));
    expect(first).toHaveLength(1);
    group.member(3).step(...first);
    leader.step(...group.take(isA(MessageType.heartbeatAck)));
    expect(leader.reads).toHaveLength(1);
    expect(group.take(isA(MessageType.heartbeat))).toHaveLength(2);
  });

  it('waits until the leader has committed an entry of its own', () => {
    const group = new TestGroup(3);
    const leader = group.member(1);
    leader.campaign();
    group.settle((message) => message.type !== MessageType.append);
    leader.read(1);
    leader.tick(heartbeatTicks);
    group.settle((message) => message.type !== MessageType.append);
    expect(leader.reads).toEqual([]);
    group.settle();
    expect(leader.reads).toEqual([{ requestId: 1, readIndex: 1 }]);
  });

  it('at a follower asks the leader', () => {
    const group = new TestGroup(3);
    group.elect(1).propose();
    group.settle();
    group.member(3).read(7);
    group.settle();
    expect(group.member(3).reads).toEqual([{ requestId: 7, readIndex: 2 }]);
  });

  it('is refused where no leader is known', () => {
    const member = new TestMember();
    member.read(1);
    member.campaign();
    member.read(2);
    expect(member.reads).toEqual([
      { requestId: 1, readIndex: undefined },
      { requestId: 2, readIndex: undefined },
    ]);
  });

  it('is refused, wherever it came from, when the leadership ends before it is confirmed', () => {
    const group = new TestGroup(3);
    const leader = group.elect(1);
    group.heartbeats(1);
    group.member(3).read(7);
    group.settle(isA(MessageType.readIndexRequest));
    leader.read(8);
    group.take();
    leader.tick(electionTicks);
    expect(leader.reads).toEqual([{ requestId: 8, readIndex: undefined }]);
    group.settle(isA(MessageType.readIndexResponse));
    expect(group.member(3).reads).toEqual([{ requestId: 7, readIndex: undefined }]);
  });
});
