import type { NodeId } from '@balsa/raft';
import { expect, test } from 'vitest';
import type { ForwardedProposal, PeerFrame } from '../ports.ts';
import { ForwardedSink, Forwarder } from './forwarder.ts';
import { RequestIds } from './request-ids.ts';
import { submitterBytes } from './submission.ts';
import { OutcomeBoard } from './testing/outcome-board.ts';

const payload = Buffer.from('payload');
const nothing = new Uint8Array();

/** A forwarder whose frames are kept, and the proposals among them. */
function forwarderAndFrames(pendingMax = 10): {
  forwarder: Forwarder;
  proposals: (ForwardedProposal & { to: NodeId })[];
} {
  const proposals: (ForwardedProposal & { to: NodeId })[] = [];
  const send = (to: NodeId, frame: PeerFrame): boolean => {
    if (frame.kind === 'forward') proposals.push({ ...frame.proposal, to });
    return to !== 9;
  };
  const tap = { collector: undefined };
  return { forwarder: new Forwarder(send, pendingMax * submitterBytes, new RequestIds(1), tap), proposals };
}

test('the answer to a proposal goes to whoever submitted it, once, and only from the node that was asked', () => {
  const { forwarder, proposals } = forwarderAndFrames();
  const board = new OutcomeBoard();
  forwarder.forward(2, payload, 100, board, 1);
  forwarder.forward(2, payload, 100, board, 2);
  const [first, second] = proposals.map(({ requestId }) => requestId);
  const result = Buffer.from('done');
  forwarder.onReply(3, { requestId: first!, code: 0, index: 7, result });
  expect(board.size).toBe(0);
  forwarder.onReply(2, { requestId: first!, code: 0, index: 7, result });
  forwarder.onReply(2, { requestId: first!, code: 0, index: 8, result });
  forwarder.onReply(2, { requestId: second!, code: 5, index: 0, result: nothing });
  expect(board.of(1)).toMatchObject({ code: undefined, index: 7, result: 'done' });
  expect(board.of(2).code).toBe('BUSY');
  expect([forwarder.pending, board.repeated]).toEqual([0, []]);
});

test('what cannot be sent, or is one too many to remember, is refused as BUSY', () => {
  const { forwarder, proposals } = forwarderAndFrames(2);
  const board = new OutcomeBoard();
  forwarder.forward(9, payload, 100, board, 1);
  for (const token of [2, 3, 4]) forwarder.forward(2, payload, 100, board, token);
  expect([board.of(1).code, board.of(4).code, board.size]).toEqual(['BUSY', 'BUSY', 2]);
  expect(proposals.filter(({ to }) => to === 2)).toHaveLength(2);
});

test('a lost peer, a passed deadline and the end of the group fail those whom they concern', () => {
  const { forwarder } = forwarderAndFrames();
  const board = new OutcomeBoard();
  for (const [token, to, deadlineMs] of [
    [1, 2, 100],
    [2, 3, 100],
    [3, 3, 50],
    [4, 3, 100],
  ] as const) {
    forwarder.forward(to, payload, deadlineMs, board, token);
  }
  forwarder.onPeerDown(2);
  expect(board.codes()).toEqual(['LEADER_CHANGED']);
  forwarder.expire(49);
  expect(board.size).toBe(1);
  forwarder.expire(50);
  expect(board.of(3).code).toBe('DEADLINE_EXCEEDED');
  forwarder.failAll('STOPPED');
  expect([board.of(2).code, board.of(4).code]).toEqual(['STOPPED', 'STOPPED']);
  expect(forwarder.pending).toBe(0);
});

test('what is forwarded from within a refusal does not fail with what was there before', () => {
  const { forwarder } = forwarderAndFrames();
  const board = new OutcomeBoard();
  const persistent = {
    completed: board.completed.bind(board),
    failed: (token: number): void => forwarder.forward(2, payload, 100, board, token + 1),
  };
  forwarder.forward(2, payload, 100, persistent, 1);
  forwarder.failAll('LEADER_CHANGED');
  expect([board.size, forwarder.pending]).toEqual([0, 1]);
});

test('the leading side answers with the request id of the peer', () => {
  const frames: [NodeId, PeerFrame][] = [];
  const sink = new ForwardedSink(4, (to, frame) => frames.push([to, frame]) > 0);
  sink.completed(77, 5, Buffer.from('r'));
  sink.failed(78, 'TOO_LARGE');
  expect(frames).toEqual([
    [4, { kind: 'forwardReply', reply: { requestId: 77, code: 0, index: 5, result: Buffer.from('r') } }],
    [4, { kind: 'forwardReply', reply: { requestId: 78, code: 6, index: 0, result: nothing } }],
  ]);
});
