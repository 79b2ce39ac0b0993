import { configurationOf } from '@balsa/raft';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type VirtualClock, VirtualTime } from '../host/testing/virtual-time.ts';
import type { PeerFrame, SnapshotChunk, StoredSnapshot } from '../ports.ts';
import { SnapshotSender } from './snapshot-sender.ts';
import { MemorySnapshotStore } from './testing/memory-snapshot-store.ts';
import type { SnapshotSendLimits } from './transfer-limits.ts';

const limits: SnapshotSendLimits = {
  bytesPerSecondMax: 0,
  chunkBytesMax: 3000,
  queuedBytesMax: 5000,
  requestsMax: 6,
  idleMs: 300,
};

interface Sent {
  readonly atMs: number;
  readonly to: number;
  readonly group: number;
  readonly chunk: SnapshotChunk;
}

let time: VirtualTime;
let clock: VirtualClock;
let store: MemorySnapshotStore;
let sent: Sent[];
let failures: unknown[];
/** What waits for each peer. */
let queued: Map<number, number>;
let refuses = false;
const senders: SnapshotSender[] = [];

beforeEach(() => {
  time = new VirtualTime();
  time.start();
  clock = time.clock();
  store = new MemorySnapshotStore({ countsUnchecked: true });
  sent = [];
  failures = [];
  queued = new Map();
  refuses = false;
});

afterEach(async () => {
  await Promise.all(senders.splice(0).map((sender) => sender.stop()));
  expect([clock.timers, store.openFiles]).toEqual([0, 0]);
  time.stop();
});

function sender(changes: Partial<SnapshotSendLimits> = {}): SnapshotSender {
  const made = new SnapshotSender({
    store,
    clock,
    limits: { ...limits, ...changes },
    transport: {
      queuedBytes: (peer) => queued.get(peer) ?? 0,
      send: (to: number, group: number, frame: PeerFrame) => {
        if (frame.kind !== 'snapshotChunk') throw new Error(`a ${frame.kind} is sent`);
        sent.push({ atMs: time.nowMs, to, group, chunk: frame.chunk });
        return !refuses;
      },
    },
    events: { onFailure: (_group, error) => failures.push(error) },
  });
  senders.push(made);
  return made;
}

function write(group: number, id: number, bytes = 10_000): StoredSnapshot {
  return store.put(
    group,
    { id, index: id * 10, term: 1, configuration: configurationOf([1]) },
    Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7 + id) % 256)),
  );
}

/** The offsets and lengths of the chunks that were sent; 0 says that a snapshot is gone. */
function pieces(to?: number): (readonly [number, number])[] {
  return sent
    .filter((it) => to === undefined || it.to === to)
    .map(({ chunk }) => [chunk.offset, chunk.bytes.length] as const);
}

describe('the sender of snapshots', () => {
  test('answers each request with the bytes that are asked for, short only at the end, and never more than its bound', async () => {
    const { bytes } = write(1, 5);
    const file = store.fileOf(1)!;
    const made = sender();
    for (const [offset, bytesMax] of [
      [0, 1000],
      [2000, 500],
      [bytes - 10, 1000],
      [1000, 2 ** 31],
    ] as const) {
      made.requested(1, 2, { snapshotId: 5, offset, bytesMax });
    }
    await time.until('four answers', () => sent.length === 4);
    expect(pieces()).toEqual([
      [0, 1000],
      [2000, 500],
      [bytes - 10, 10],
      [1000, 3000],
    ]);
    for (const { to, group, chunk } of sent) {
      expect([to, group, chunk.snapshotId]).toEqual([2, 1, 5]);
      expect(file.subarray(chunk.offset, chunk.offset + chunk.bytes.length).equals(chunk.bytes)).toBe(true);
    }
    expect(made.statistics()).toEqual({ bytesSent: 4510, begun: 1, finished: 1, givenUp: 0 });
    expect(made.progress()).toEqual([{ group: 1, to: 2, index: 50, offset: bytes, bytes }]);
  });

  test('says that a snapshot is gone: of an unknown group, with another id, and the one before the latest', async () => {
    write(1, 5);
    const made = sender();
    made.requested(9, 2, { snapshotId: 5, offset: 0, bytesMax: 10 });
    made.requested(1, 2, { snapshotId: 6, offset: 7, bytesMax: 10 });
    await time.until('two answers', () => sent.length === 2);
    write(1, 7);
    made.requested(1, 2, { snapshotId: 5, offset: 9, bytesMax: 10 });
    await time.until('three answers', () => sent.length === 3);
    expect(sent.map(({ group, chunk }) => [group, chunk.snapshotId, chunk.offset, chunk.bytes.length])).toEqual([
      [9, 5, 0, 0],
      [1, 6, 7, 0],
      [1, 5, 9, 0],
    ]);
    expect(made.statistics()).toEqual({ bytesSent: 0, begun: 0, finished: 0, givenUp: 0 });
  });

  test('says that a snapshot is gone whose successor takes its place while it is opened', async () => {
    write(1, 5);
    const made = sender();
    made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 10 });
    write(1, 6);
    made.requested(1, 2, { snapshotId: 6, offset: 0, bytesMax: 10 });
    await time.until('two answers', () => sent.length === 2);
    expect(sent.map(({ chunk }) => [chunk.snapshotId, chunk.bytes.length])).toEqual([
      [5, 0],
      [6, 10],
    ]);
  });

  test('goes on with a snapshot whose successor is there, until it was idle', async () => {
    write(1, 5);
    const made = sender();
    const ask = (offset: number): void => made.requested(1, 2, { snapshotId: 5, offset, bytesMax: 10 });
    ask(0);
    await time.until('an answer', () => sent.length === 1);
    write(1, 6);
    for (let i = 1; i < 5; i++) {
      await time.pass(limits.idleMs - 20);
      ask(10 * i);
      await time.until('another answer', () => sent.length === i + 1);
    }
    expect([pieces().every(([, length]) => length === 10), store.openFiles]).toEqual([true, 1]);
    await time.pass(limits.idleMs + 30);
    expect([store.openFiles, clock.timers, made.progress()]).toEqual([0, 0, []]);
    ask(50);
    await time.until('the last answer', () => sent.length === 6);
    expect(pieces().at(-1)).toEqual([50, 0]);
    expect(made.statistics()).toEqual({ bytesSent: 50, begun: 1, finished: 0, givenUp: 1 });
  });

  test('answers nothing that would be taken for the end, and forgets what is said twice', async () => {
    const { bytes } = write(1, 5);
    const made = sender();
    made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 0 });
    made.requested(1, 2, { snapshotId: 5, offset: bytes, bytesMax: 10 });
    made.requested(1, 2, { snapshotId: 5, offset: bytes + 99, bytesMax: 10 });
    for (let i = 0; i < 3; i++) made.requested(1, 2, { snapshotId: 5, offset: 4, bytesMax: 10 });
    await time.pass(50);
    expect(pieces()).toEqual([[4, 10]]);
  });

  test('keeps one snapshot open for each node, and a bound of its requests', async () => {
    write(1, 5);
    write(2, 6);
    const made = sender();
    for (let i = 0; i < 20; i++)
      made.requested(i < 3 ? 1 : 2, 2, { snapshotId: i < 3 ? 5 : 6, offset: i, bytesMax: 1 });
    made.requested(1, 3, { snapshotId: 5, offset: 0, bytesMax: 1 });
    let openMax = 0;
    await time.until('all answers', () => {
      openMax = Math.max(openMax, store.openFiles);
      return sent.length >= 8;
    });
    await time.pass(20);
    // The first was being answered already when the others came.
    expect(pieces(2).map(([offset]) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(pieces(3)).toEqual([[0, 1]]);
    expect(openMax).toBe(2);
    expect(
      made
        .progress()
        .map(({ to, group }) => [to, group])
        .sort(),
    ).toEqual([
      [2, 2],
      [3, 1],
    ]);
  });

  test('leaves a node alone for which much waits, and serves the others meanwhile', async () => {
    write(1, 5);
    queued.set(2, limits.queuedBytesMax);
    const made = sender();
    made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 100 });
    made.requested(1, 3, { snapshotId: 5, offset: 0, bytesMax: 100 });
    await time.pass(1000);
    expect(sent.map(({ to }) => to)).toEqual([3]);
    queued.set(2, limits.queuedBytesMax - 1);
    await time.pass(50);
    expect(sent.map(({ to }) => to)).toEqual([3, 2]);
  });

  test('keeps to its rate, which nodes share', async () => {
    const { bytes } = write(1, 5, 100_000);
    const bytesPerSecondMax = 50_000;
    const made = sender({ bytesPerSecondMax });
    const asked = new Map([
      [2, 0],
      [3, 0],
    ]);
    const startMs = time.nowMs;
    while (time.nowMs - startMs < 2000) {
      for (const [peer, offset] of asked) {
        made.requested(1, peer, { snapshotId: 5, offset: offset % bytes, bytesMax: 500 });
        asked.set(peer, offset + 500);
      }
      await time.pass(5);
    }
    const total = pieces().reduce((sum, [, length]) => sum + length, 0);
    expect(total).toBeGreaterThan(1.9 * bytesPerSecondMax);
    expect(total).toBeLessThan(2.1 * bytesPerSecondMax + 1000);
    expect(made.statistics().bytesSent).toBe(total);
    const shares = [2, 3].map((peer) => pieces(peer).length);
    expect(Math.abs(shares[0]! - shares[1]!)).toBeLessThanOrEqual(2);
  });

  test('does not count what the transport refused, and waits to be asked again', async () => {
    const { bytes } = write(1, 5, 100);
    const made = sender();
    refuses = true;
    made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 1000 });
    await time.pass(100);
    expect([pieces(), made.statistics().bytesSent, made.progress()[0]?.offset]).toEqual([[[0, bytes]], 0, 0]);
    refuses = false;
    made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 1000 });
    await time.pass(100);
    expect(made.statistics()).toEqual({ bytesSent: bytes, begun: 1, finished: 1, givenUp: 0 });
  });

  test('gives up a snapshot that it cannot read, and says so to both sides', async () => {
    write(1, 5);
    const made = sender();
    store.readFailure = new Error('the disk is broken');
    made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 10 });
    await time.until('an answer', () => sent.length === 1);
    expect([pieces(), failures, store.openFiles]).toEqual([[[0, 0]], [store.readFailure], 0]);
    store.readFailure = undefined;
    made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 10 });
    await time.until('another answer', () => sent.length === 2);
    expect(pieces().at(-1)).toEqual([0, 10]);
  });

  test('lets go of everything for a node that is gone, even in the middle, and serves it when it is back', async () => {
    write(1, 5);
    const made = sender();
    for (let turns = 0; turns < 4; turns++) {
      made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 10 });
      made.requested(1, 2, { snapshotId: 5, offset: 10, bytesMax: 10 });
      for (let i = 0; i < turns; i++) await new Promise(setImmediate);
      made.peerDown(2);
      const before = sent.length;
      await time.pass(20);
      expect([sent.length, store.openFiles, clock.timers]).toEqual([before, 0, 0]);
    }
    made.requested(1, 2, { snapshotId: 5, offset: 20, bytesMax: 10 });
    await time.pass(20);
    expect(pieces().at(-1)).toEqual([20, 10]);
  });

  test('has closed what is of a group when that has stopped, even in the middle, and goes on with other groups', async () => {
    write(1, 5);
    write(4, 6);
    const made = sender();
    for (let turns = 0; turns < 8; turns++) {
      made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 10 });
      made.requested(1, 2, { snapshotId: 5, offset: 10, bytesMax: 10 });
      made.requested(4, 3, { snapshotId: 6, offset: turns, bytesMax: 10 });
      for (let i = 0; i < turns; i++) await new Promise(setImmediate);
      await made.groupStopped(1);
      const answers = sent.filter(({ group }) => group === 1).length;
      expect(made.progress().filter(({ group }) => group === 1)).toEqual([]);
      await time.pass(20);
      expect(sent.filter(({ group }) => group === 1).length).toBe(answers);
      expect(sent.filter(({ group }) => group === 4).length).toBe(turns + 1);
      expect(store.openFiles).toBe(1);
    }
    expect(failures).toEqual([]);
    made.requested(1, 2, { snapshotId: 5, offset: 20, bytesMax: 10 });
    await time.pass(20);
    expect(pieces(2).at(-1)).toEqual([20, 10]);
    await made.groupStopped(1);
    await made.groupStopped(4);
    await made.groupStopped(9);
    expect([store.openFiles, clock.timers]).toEqual([0, 0]);
  });

  test('when it is stopped, sends nothing more and leaves nothing open', async () => {
    write(1, 5);
    for (let turns = 0; turns < 5; turns++) {
      const made = sender();
      made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 10 });
      made.requested(1, 3, { snapshotId: 5, offset: 0, bytesMax: 10 });
      for (let i = 0; i < turns; i++) await new Promise(setImmediate);
      const before = sent.length;
      await made.stop();
      expect([sent.length, store.openFiles, clock.timers]).toEqual([before, 0, 0]);
      made.requested(1, 2, { snapshotId: 5, offset: 0, bytesMax: 10 });
      await time.pass(10);
      expect([sent.length, store.openFiles, clock.timers]).toEqual([before, 0, 0]);
    }
  });
});
