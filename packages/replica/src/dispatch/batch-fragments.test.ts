import { type Append, type Message, MessageType, type SendFragmentsEffect } from '@balsa/raft';
import { expect, test } from 'vitest';
import type { FragmentFrame } from '../ports.ts';
import { batchOf } from '../transport/test-frames.ts';
import { BatchFragments } from './batch-fragments.ts';

const group = 7;
const receivers = [2, 3, 4, 5].map((node) => ({ node, session: 10 * node }));
const effect: SendFragmentsEffect = {
  type: 'sendFragments',
  term: 3,
  commitIndex: 9,
  batch: batchOf(group, 11, 5000),
  receivers,
  needed: 3,
};

/** Five nodes; 1 leads. What is sent waits until it is delivered. */
class Room {
  readonly wire: { readonly from: number; readonly to: number; readonly frame: FragmentFrame }[] = [];
  readonly handedIn: Append[] = [];
  readonly nodes = new Map<number, BatchFragments>();

  constructor(bytesMax = 100_000) {
    for (const nodeId of [1, 2, 3, 4, 5]) {
      const node = new BatchFragments({
        nodeId,
        group,
        bytesMax,
        send: (to, frame) => this.wire.push({ from: nodeId, to, frame }),
        onAppend: (message: Message) => this.handedIn.push(message as Append),
      });
      this.nodes.set(nodeId, node);
    }
  }

  deliver(isLost: (from: number, to: number) => boolean = () => false, term = 3): void {
    for (let next = this.wire.shift(); next !== undefined; next = this.wire.shift()) {
      const { from, to, frame } = next;
      if (!isLost(from, to)) this.nodes.get(to)!.arrived(from, frame, term);
    }
  }

  get holders(): number[] {
    return this.handedIn.map(({ to }) => to).sort();
  }
}

test('everybody gets one fragment of the leader, and the batch of all', () => {
  const room = new Room();
  room.nodes.get(1)!.sendAll(effect);
  expect(room.wire.map(({ to }) => to)).toEqual([2, 3, 4, 5]);
  room.deliver();
  expect(room.holders).toEqual([2, 3, 4, 5]);
  for (const append of room.handedIn) {
    expect(append).toMatchObject({ type: MessageType.append, leader: 1, term: 3, commitIndex: 9, mayOvertake: true });
    expect(append).toMatchObject({ session: 10 * append.to, prevIndex: 10, prevTerm: 3, routes: [] });
    expect(Buffer.compare(append.batches[0]!.bytes, effect.batch.bytes)).toBe(0);
  }
});

test('one that is gone, or any one link that is cut, keeps the batch from nobody else', () => {
  for (const gone of [2, 3, 4, 5]) {
    const room = new Room();
    room.nodes.get(1)!.sendAll(effect);
    room.deliver((from, to) => from === gone || to === gone);
    expect(room.holders).toEqual([2, 3, 4, 5].filter((node) => node !== gone));
  }
  for (const from of [1, 2, 3, 4, 5]) {
    for (const to of [2, 3, 4, 5].filter((node) => node !== from)) {
      const room = new Room();
      room.nodes.get(1)!.sendAll(effect);
      room.deliver((sender, receiver) => sender === from && receiver === to);
      // Who lacks his own fragment gets the three of the others; they lack the one that he did not pass on.
      expect(room.holders).toEqual([2, 3, 4, 5]);
    }
  }
});

test('of two that are missing, nobody can make anything', () => {
  const room = new Room();
  room.nodes.get(1)!.sendAll(effect);
  room.deliver((from) => from === 2 || from === 3);
  expect(room.holders).toEqual([2, 3]);
});

test('what makes no sense is dropped: damage, another sender, another batch, an older term, somebody else’s', () => {
  const frames = (): FragmentFrame[] => {
    const room = new Room();
    room.nodes.get(1)!.sendAll(effect);
    return room.wire.map(({ frame }) => frame);
  };
  const damaged = ({ pieces }: FragmentFrame): Uint8Array[] => {
    const bytes = Buffer.concat(pieces);
    bytes[20]! ^= 1;
    return [bytes];
  };
  const twist: [string, (frame: FragmentFrame) => FragmentFrame, number][] = [
    ['damaged', (frame) => ({ ...frame, pieces: damaged(frame) }), 1],
    ['cut off', (frame) => ({ ...frame, pieces: [Buffer.alloc(3)] }), 1],
    ['of another place', (frame) => ({ ...frame, prevIndex: 11 }), 1],
    ['of another term before it', (frame) => ({ ...frame, prevTerm: 2 }), 1],
    ['of an older term', (frame) => ({ ...frame, term: 2 }), 1],
    ['for others', (frame) => ({ ...frame, receivers: receivers.slice(1) }), 1],
    ['from one whose they are not', (frame) => frame, 9],
    ['by the receiver himself', (frame) => ({ ...frame, leader: 2 }), 1],
  ];
  for (const [what, change, from] of twist) {
    const room = new Room();
    for (const frame of frames()) room.nodes.get(2)!.arrived(from, change(frame), 3);
    expect(room.handedIn, what).toEqual([]);
    if (what !== 'of another place' && what !== 'of another term before it') expect(room.wire, what).toEqual([]);
  }
});

test('a leader’s fragment that is not the receiver’s own is not passed on', () => {
  const room = new Room();
  room.nodes.get(1)!.sendAll(effect);
  const [first] = room.wire.splice(0);
  room.nodes.get(3)!.arrived(1, first!.frame, 3);
  expect(room.wire).toEqual([]);
});
