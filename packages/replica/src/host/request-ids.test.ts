import { initialHardState, MessageType } from '@balsa/raft';
import { expect, test } from 'vitest';
import type { PeerFrame, TransportEvents } from '../ports.ts';
import { randomId } from '../random-id.ts';
import { MemorySnapshotStore } from '../snapshot-transfer/testing/memory-snapshot-store.ts';
import { Host } from './host.ts';
import { encodePayload } from './payload.ts';
import { RequestIds } from './request-ids.ts';
import { Journal } from './testing/journal.ts';
import { OutcomeBoard } from './testing/outcome-board.ts';

test('count up from the first, which leaves room for them', () => {
  const ids = new RequestIds(2 ** 48);
  expect([ids.next(), ids.next()]).toEqual([2 ** 48, 2 ** 48 + 1]);
  for (const first of [0, -1, 1.5, Number.NaN, 2 ** 48 + 1]) expect(() => new RequestIds(first)).toThrow(RangeError);
});

test('begin somewhere else in every run, unless told where', () => {
  const drawn = new Set(Array.from({ length: 100 }, randomId));
  expect(drawn.size).toBe(100);
});

test('a host asks with the numbers that its source gave it', async () => {
  const sent: PeerFrame[] = [];
  const firsts = [1000, 2000];
  const deferred: (() => void)[] = [];
  let events: TransportEvents | undefined;
  const host = await Host.open({
    nodeId: 1,
    openLog: async () => ({
      recovered: () => ({ base: { index: 0, term: 0 }, lastIndex: 0, termRuns: [], configurations: [] }),
      reset: () => {},
      append: () => {},
      read: async () => [],
      release: () => {},
      forget: () => {},
      usage: () => ({ bytes: 0, heldBy: [] }),
      close: async () => {},
    }),
    hardStates: { current: () => initialHardState, save: async () => {}, close: async () => {} },
    snapshots: new MemorySnapshotStore({ countsUnchecked: false }),
    transport: {
      send: (_to, _group, frame) => sent.push(frame) > 0,
      versionOf: () => undefined,
      queuedBytes: () => 0,
      start: async (given) => {
        events = given;
      },
      close: async () => {},
    },
    clock: { nowMs: () => 0, every: () => () => {}, defer: (task) => void deferred.push(task) },
    firstRequestId: () => firsts.shift()!,
    events: { onFatal: () => {}, onGroupFailure: () => {} },
  });
  const group = host.startGroup({ group: 1, members: [1, 2], stateMachine: new Journal() });
  await host.connect();
  const heartbeat = {
    from: 2,
    to: 1,
    term: 1,
    session: 1,
    commitIndex: 0,
    round: 1,
    restore: undefined,
    hibernates: false,
    leaderCommitIndex: undefined,
    provenStamp: undefined,
  };
  events?.onFrame(2, 1, { kind: 'raft', message: { type: MessageType.heartbeat, ...heartbeat } });
  await Promise.resolve();
  const payload = encodePayload({ session: 0, sequence: 0, acknowledgedBelow: 0 }, Buffer.from('a'));
  for (const token of [1, 2]) group.submit(payload, 100, new OutcomeBoard(), token);
  const read = expect(group.readBarrier({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'STOPPED' });
  for (const task of deferred) task();
  const numbers = sent.flatMap((frame) => {
    if (frame.kind === 'forward') return [frame.proposal.requestId];
    return frame.kind === 'raft' && frame.message.type === MessageType.readIndexRequest
      ? [frame.message.requestId]
      : [];
  });
  expect(numbers).toEqual([2000, 2001, 1000]);
  await host.stop();
  await read;
});
