import { MessageType } from '@balsa/raft';
import { describe, expect, test } from 'vitest';
import type { PeerFrame } from '../ports.ts';
import {
  type TransferNode,
  type TransferWorld,
  testFetchLimits,
  testSendLimits,
  withWorld,
} from './testing/transfer-world.ts';

const group = 7;

function isCopied(world: TransferWorld, from: number, to: number, of = group): boolean {
  const copy = world.node(to).store.fileOf(of);
  return copy !== undefined && world.node(from).store.fileOf(of)?.equals(copy) === true;
}

async function untilReceived(world: TransferWorld, node: TransferNode, count = 1): Promise<void> {
  await world.time.until(`${count} snapshots at node ${node.id}`, () => node.received.length >= count);
}

/** Those that a node has sent, in short. */
function requestsOf(node: TransferNode): { readonly to: number; readonly group: number; readonly offset: number }[] {
  return node.sent.flatMap(({ to, group: of, frame }) =>
    frame.kind === 'snapshotRequest' ? [{ to, group: of, offset: frame.request.offset }] : [],
  );
}

function offsetOf(node: TransferNode, of = group): number {
  return node.fetcher.progress().find((it) => it.group === of)?.offset ?? -1;
}

describe('the fetcher of snapshots', () => {
  test('copies what is offered, byte for byte, and tells of it once it is durable', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const snapshot = world.write(1, group, 500, 30_000);
      const [source, target] = [world.node(1), world.node(2)];
      source.offer(2, group, { term: 4, session: 3 });
      await untilReceived(world, target);
      expect(isCopied(world, 1, 2)).toBe(true);
      expect(target.store.latest(group)).toEqual(snapshot);
      const { index, term, configuration } = snapshot;
      const message = {
        type: MessageType.installSnapshot,
        from: 1,
        to: 2,
        term: 4,
        session: 3,
        snapshot: { index, term, configuration },
      };
      expect(target.received).toEqual([{ group, message, stored: snapshot }]);
      expect(target.fetcher.statistics()).toEqual({ bytesReceived: snapshot.bytes, begun: 1, finished: 1, givenUp: 0 });
      expect(target.fetcher.progress()).toEqual([]);
      expect(requestsOf(target)).toHaveLength(Math.ceil(snapshot.bytes / testFetchLimits.chunkBytes));
      expect(target.clock.timers).toBe(0);
      expect(source.sender.statistics()).toEqual({ bytesSent: snapshot.bytes, begun: 1, finished: 1, givenUp: 0 });
    }));

  test('tells how far it is', () =>
    withWorld({ nodes: 2, sendLimits: { bytesPerSecondMax: 20_000 } }, async (world) => {
      const { bytes } = world.write(1, group, 500, 30_000);
      world.node(1).offer(2, group);
      const fields = { group, from: 1, index: 500, bytes };
      const { fetcher } = world.node(2);
      await world.time.until('half of it', () => offsetOf(world.node(2)) > bytes / 2);
      expect(fetcher.progress()).toEqual([{ ...fields, state: 'fetching', offset: expect.any(Number) }]);
      expect(offsetOf(world.node(2))).toBeLessThan(bytes);
      expect(world.node(1).sender.progress()[0]!.offset).toBeGreaterThanOrEqual(offsetOf(world.node(2)));
      world.network.cut(1, 2);
      await world.time.pass(20);
      expect(fetcher.progress()).toEqual([{ ...fields, state: 'waiting', offset: 0 }]);
    }));

  test('never asks for more than its window', () =>
    withWorld({ nodes: 2 }, async (world) => {
      world.write(1, group, 500, 30_000);
      const asked = new Set<number>();
      let most = 0;
      world.node(1).onArrival = (_from, _group, frame) => {
        if (frame.kind === 'snapshotRequest') asked.add(frame.request.offset);
        most = Math.max(most, asked.size);
      };
      world.node(2).onArrival = (_from, _group, frame) => {
        if (frame.kind === 'snapshotChunk') asked.delete(frame.chunk.offset);
      };
      world.node(1).offer(2, group);
      await untilReceived(world, world.node(2));
      expect(most).toBe(testFetchLimits.requestsMax);
    }));

  test('takes an offer that is repeated for news of term and session, and of nothing else', () =>
    withWorld({ nodes: 2, sendLimits: { bytesPerSecondMax: 20_000 } }, async (world) => {
      const { bytes } = world.write(1, group, 500, 10_000);
      const [source, target] = [world.node(1), world.node(2)];
      let session = 0;
      while (target.received.length === 0) {
        session++;
        source.offer(2, group, { term: 2, session });
        // Overtaken on its way.
        source.offer(2, group, { term: 1, session: 900 });
        source.offer(2, group, { term: 2, session: session - 1 });
        await world.time.pass(50);
      }
      expect(session).toBeGreaterThan(4);
      expect(target.received[0]!.message).toMatchObject({ term: 2, session });
      expect(target.fetcher.statistics()).toMatchObject({ begun: 1, bytesReceived: bytes });
    }));

  test('fetches nothing that is here already, or less, and says so', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const [source, target] = [world.node(1), world.node(2)];
      world.write(1, group, 500, 3000);
      const own = world.write(2, group, 500, 2000);
      source.offer(2, group, { term: 3, session: 2 });
      await untilReceived(world, target);
      const { index, term, configuration } = own;
      expect(target.received[0]).toMatchObject({ stored: own, message: { term: 3, session: 2, from: 1 } });
      expect(target.received[0]!.message.snapshot).toEqual({ index, term, configuration });
      expect([requestsOf(target), target.fetcher.statistics().begun]).toEqual([[], 0]);
      world.write(1, group, 501, 3000);
      source.offer(2, group);
      await untilReceived(world, target, 2);
      expect(isCopied(world, 1, 2)).toBe(true);
    }));

  test('gives up what this node has written itself meanwhile', () =>
    withWorld({ nodes: 2, sendLimits: { bytesPerSecondMax: 5000 } }, async (world) => {
      const [source, target] = [world.node(1), world.node(2)];
      world.write(1, group, 500, 30_000);
      source.offer(2, group);
      await world.time.until('a beginning', () => offsetOf(target) > 0);
      world.write(2, group, 600, 100);
      source.offer(2, group);
      await world.time.pass(30);
      expect(target.received.map(({ stored }) => stored.index)).toEqual([600]);
      expect([target.fetcher.progress(), target.store.openFiles]).toEqual([[], 0]);
    }));

  // Node seed 700754: the log had brought what was missing, so nothing was offered any more, and it fetched the same again and again.
  test('fetches nothing twice if what this node has written itself meanwhile reaches further', () =>
    withWorld({ nodes: 2, sendLimits: { bytesPerSecondMax: 50_000 } }, async (world) => {
      const [source, target] = [world.node(1), world.node(2)];
      world.write(1, group, 500, 30_000);
      source.offer(2, group);
      await world.time.until('a beginning', () => offsetOf(target) > 0);
      const own = world.write(2, group, 600, 100);
      await untilReceived(world, target);
      await world.time.pass(1000);
      expect(target.received.map(({ stored }) => stored)).toEqual([own]);
      expect([target.fetcher.progress(), target.fetcher.statistics().begun]).toEqual([[], 1]);
    }));

  describe('when another snapshot is offered meanwhile', () => {
    async function halfFetched(world: TransferWorld): Promise<void> {
      const { bytes } = world.write(1, group, 500, 30_000);
      world.node(1).offer(2, group, { term: 2 });
      await world.time.until('a part of it', () => offsetOf(world.node(2)) > bytes / 4);
    }
    const slow = { nodes: 3, sendLimits: { bytesPerSecondMax: 30_000 } };

    test.each([
      ['its own', 1, 2],
      ["a new leader's", 3, 3],
    ])('keeps on if the one under way reaches the log that goes on from there: %s', (_name, from, term) =>
      withWorld(slow, async (world) => {
        const target = world.node(2);
        await halfFetched(world);
        const first = world.node(1).store.latest(group)!;
        world.write(from, group, 700, 2000);
        world.node(from).offer(2, group, { term, session: 9, logFirstIndex: 501 });
        await untilReceived(world, target);
        const { index, configuration } = first;
        expect(target.received[0]!.stored).toEqual(first);
        expect(target.received[0]!.message).toEqual({
          type: MessageType.installSnapshot,
          from,
          to: 2,
          term,
          session: 9,
          snapshot: { index, term: first.term, configuration },
        });
        expect(target.fetcher.statistics().begun).toBe(1);
      }),
    );

    test.each([
      ['its own', 1, 2],
      ["a new leader's", 3, 3],
    ])('changes over if the one under way ends before that log begins: %s', (_name, from, term) =>
      withWorld(slow, async (world) => {
        const target = world.node(2);
        await halfFetched(world);
        const second = world.write(from, group, 700, 2000);
        world.node(from).offer(2, group, { term, logFirstIndex: 502 });
        await untilReceived(world, target);
        expect(target.received.map(({ stored }) => stored)).toEqual([second]);
        expect(isCopied(world, from, 2)).toBe(true);
      }),
    );

    test('changes over if its source has fallen silent', () =>
      withWorld(slow, async (world) => {
        await halfFetched(world);
        world.network.pause(1);
        await world.time.pass(testFetchLimits.stallMs / 2);
        const second = world.write(3, group, 400, 2000);
        world.node(3).offer(2, group, { term: 3, logFirstIndex: 300 });
        await world.time.pass(20);
        expect(world.node(2).fetcher.progress()[0]!.from).toBe(1);
        // What it had been asked for before the pause still comes.
        await world.time.pass(2 * testFetchLimits.stallMs);
        world.node(3).offer(2, group, { term: 3, logFirstIndex: 300 });
        await untilReceived(world, world.node(2));
        expect(world.node(2).received[0]!.stored).toEqual(second);
        world.network.resume(1);
      }));

    test.each(['lost', 'without it'] as const)('changes over to the other once its source is %s', (ending) =>
      withWorld({ ...slow, sendLimits: { ...slow.sendLimits, idleMs: 30 } }, async (world) => {
        const target = world.node(2);
        await halfFetched(world);
        const second = world.write(3, group, 700, 2000);
        world.node(3).offer(2, group, { term: 3, logFirstIndex: 400 });
        await world.time.pass(20);
        expect(target.fetcher.progress()[0]!.from).toBe(1);
        if (ending === 'lost') {
          world.network.cut(1, 2);
        } else {
          world.network.pause(1);
          await world.time.until('it is closed', () => world.node(1).store.openFiles === 0);
          world.write(1, group, 900, 50);
          world.network.resume(1);
        }
        await untilReceived(world, target);
        expect(target.received[0]!.stored).toEqual(second);
        expect(target.givenUp).toEqual([]);
      }),
    );

    test('keeps nothing else in mind once its own source has offered again', () =>
      withWorld(slow, async (world) => {
        const target = world.node(2);
        await halfFetched(world);
        world.write(3, group, 700, 2000);
        world.node(3).offer(2, group, { term: 3, logFirstIndex: 400 });
        await world.time.pass(20);
        world.node(1).offer(2, group, { term: 4 });
        await world.time.pass(20);
        world.network.cut(1, 2);
        await world.time.pass(20);
        expect(target.fetcher.progress()).toMatchObject([{ from: 1, index: 500, state: 'waiting' }]);
      }));

    test('finishes what is being made durable, and then fetches the other', () =>
      withWorld({ nodes: 2 }, async (world) => {
        const target = world.node(2);
        const first = world.write(1, group, 500, 2000);
        world.node(1).offer(2, group);
        await world.time.until('it finishes', () => target.fetcher.progress()[0]?.state === 'finishing');
        const second = world.write(1, group, 700, 2000);
        const { index, term, configuration } = second;
        const snapshot = { index, term, configuration };
        const message = { type: MessageType.installSnapshot, from: 1, to: 2, term: 1, session: 1, snapshot } as const;
        target.fetcher.offered(group, 1, { message, snapshotId: second.id, bytes: second.bytes, logFirstIndex: 701 });
        await untilReceived(world, target, 2);
        expect(target.received.map(({ stored }) => stored)).toEqual([first, second]);
      }));

    test('follows an older one only of a newer leader', () =>
      withWorld(slow, async (world) => {
        await halfFetched(world);
        const first = world.node(1).store.latest(group)!;
        world.write(1, group, 300, 2000);
        world.node(1).offer(2, group, { term: 2, logFirstIndex: 900 });
        await world.time.pass(20);
        expect(world.node(2).fetcher.progress()[0]).toMatchObject({ index: 500, from: 1 });
        const older = world.write(3, group, 400, 2000);
        world.node(3).offer(2, group, { term: 1, logFirstIndex: 900 });
        await world.time.pass(20);
        expect(world.node(2).fetcher.progress()[0]).toMatchObject({ index: first.index, from: 1 });
        world.node(3).offer(2, group, { term: 3, logFirstIndex: 900 });
        await untilReceived(world, world.node(2));
        expect(world.node(2).received[0]!.stored).toEqual(older);
      }));

    test('goes on where it was if the same snapshot lies elsewhere too', () =>
      withWorld({ ...slow, seed: 3 }, async (world) => {
        await halfFetched(world);
        const target = world.node(2);
        const snapshot = world.node(1).store.latest(group)!;
        world.network.cut(1, 2);
        await world.time.pass(5);
        const copied = target.store.copiedBytes(group);
        expect(copied).toBeGreaterThan(snapshot.bytes / 4);
        // Node 3 has been given it by node 1, and leads now.
        world.node(1).offer(3, group);
        await untilReceived(world, world.node(3));
        world.node(3).offer(2, group, { term: 5 });
        const from = target.sent.length;
        await untilReceived(world, target);
        const later = target.sent.slice(from).flatMap(({ frame }) => (frame.kind === 'snapshotRequest' ? [frame] : []));
        expect(Math.min(...later.map(({ request }) => request.offset))).toBeGreaterThanOrEqual(copied);
        expect(target.received[0]).toMatchObject({ stored: snapshot, message: { from: 3, term: 5 } });
      }));
  });

  test('goes on where it was after a cut, and asks for nothing meanwhile', () =>
    withWorld({ nodes: 2, sendLimits: { bytesPerSecondMax: 40_000 } }, async (world) => {
      const { bytes } = world.write(1, group, 500, 40_000);
      const target = world.node(2);
      world.node(1).offer(2, group);
      for (let cut = 1; cut <= 3; cut++) {
        await world.time.until('a part of it', () => offsetOf(target) > (bytes * cut) / 4);
        world.network.cut(1, 2);
        await world.time.pass(5);
        const asked = requestsOf(target).length;
        expect([target.store.openFiles, world.node(1).store.openFiles]).toEqual([0, 0]);
        await world.time.pass(300);
        expect(requestsOf(target)).toHaveLength(asked);
        const copied = target.store.copiedBytes(group);
        world.network.heal(1, 2);
        await world.time.until('it goes on', () => requestsOf(target).length > asked);
        expect(requestsOf(target)[asked]!.offset).toBe(copied);
      }
      await untilReceived(world, target);
      expect(isCopied(world, 1, 2)).toBe(true);
      // Of each cut, at most a piece of the file that was not whole yet, and what was under way.
      const slack = 3 * (testFetchLimits.requestsMax + 1) * testFetchLimits.chunkBytes;
      expect(target.store.bytesWritten).toBeLessThan(bytes + slack);
    }));

  test.each(['target', 'source'] as const)('goes on where it was after a restart of the %s', (which) =>
    withWorld({ nodes: 2, sendLimits: { bytesPerSecondMax: 40_000 } }, async (world) => {
      const { bytes } = world.write(1, group, 500, 40_000);
      const target = world.node(2);
      world.node(1).offer(2, group);
      await world.time.until('half of it', () => offsetOf(target) > bytes / 2);
      const restarted = which === 'target' ? target : world.node(1);
      expect(await restarted.stop()).toEqual({ timers: 0, files: 0 });
      const copied = target.store.copiedBytes(group);
      const asked = requestsOf(target).length;
      await world.time.pass(100);
      await restarted.start();
      await world.time.pass(10);
      if (which === 'target') world.node(1).offer(2, group);
      await untilReceived(world, target);
      expect(requestsOf(target)[asked]!.offset).toBe(copied);
      expect(copied).toBeGreaterThan(bytes / 3);
      expect(isCopied(world, 1, 2)).toBe(true);
    }),
  );

  test('asks again for damaged pieces, however many, as long as it comes forward', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const target = world.node(2);
      const { bytes } = world.write(1, group, 500, 40_000);
      let chunks = 0;
      target.onArrival = (_from, _group, frame) => {
        if (frame.kind === 'snapshotChunk' && ++chunks % 6 === 3) frame.chunk.bytes[500]! ^= 4;
      };
      world.node(1).offer(2, group);
      await untilReceived(world, target);
      expect(isCopied(world, 1, 2)).toBe(true);
      expect(target.fetcher.statistics()).toMatchObject({ begun: 1, givenUp: 0 });
      expect(chunks / 6).toBeGreaterThan(testFetchLimits.damagesMax + 1);
      expect(target.fetcher.statistics().bytesReceived).toBeGreaterThan(bytes);
    }));

  test('asks again for a damaged piece, and gives up if it is damaged every time', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const target = world.node(2);
      world.write(1, group, 500, 20_000);
      world.faults.damage = 0.3;
      for (let i = 0; target.received.length === 0; i++) {
        expect(i).toBeLessThan(200);
        world.node(1).offer(2, group);
        await world.time.pass(20);
      }
      expect(isCopied(world, 1, 2)).toBe(true);
      expect(target.fetcher.statistics().bytesReceived).toBeGreaterThan(22_000);

      world.faults.damage = 1;
      target.givenUp.length = 0;
      world.write(1, group, 600, 20_000);
      world.node(1).offer(2, group);
      await world.time.until('it is given up', () => target.givenUp.length > 0);
      expect(target.givenUp).toEqual([`${group} of 1: damaged`]);
      expect([target.fetcher.progress(), target.store.openFiles, target.clock.timers]).toEqual([[], 0, 0]);
      world.faults.damage = 0;
      world.node(1).offer(2, group);
      await untilReceived(world, target, 2);
      expect(isCopied(world, 1, 2)).toBe(true);
    }));

  test('gives up what the source does not have any more, and begins with the next offer', () =>
    withWorld({ nodes: 2, sendLimits: { idleMs: 30 }, fetchLimits: { retryFirstMs: 100 } }, async (world) => {
      const [source, target] = [world.node(1), world.node(2)];
      const { bytes } = world.write(1, group, 500, 20_000);
      source.offer(2, group);
      await world.time.until('a part of it', () => offsetOf(target) > bytes / 4);
      world.network.pause(1);
      await world.time.pass(60);
      const second = world.write(1, group, 600, 5000);
      world.network.resume(1);
      await world.time.until('it is given up', () => target.givenUp.length > 0);
      expect(target.givenUp).toEqual([`${group} of 1: gone`]);
      expect(target.fetcher.statistics()).toMatchObject({ begun: 1, finished: 0, givenUp: 1 });
      source.offer(2, group);
      await untilReceived(world, target);
      expect(target.received[0]!.stored).toEqual(second);
    }));

  test('asks again for what does not come, less and less often', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const [source, target] = [world.node(1), world.node(2)];
      world.write(1, group, 500, 20_000);
      source.onArrival = () => {};
      world.node(1).offer(2, group);
      await world.time.until('the first requests', () => requestsOf(target).length > 0);
      world.faults.loss = 1;
      const before = requestsOf(target).length;
      await world.time.pass(1000);
      const rounds = (requestsOf(target).length - before) / testFetchLimits.requestsMax;
      // After 40, 80, 160, then every 200 ms.
      expect(rounds).toBeGreaterThan(4);
      expect(rounds).toBeLessThan(9);
      world.faults.loss = 0;
      await world.time.until('an answer', () => offsetOf(target) > 0);
      // Once something has come, it is impatient again.
      world.faults.loss = 1;
      await world.time.pass(15);
      const again = requestsOf(target).length;
      await world.time.pass(testFetchLimits.retryFirstMs + 20);
      expect(requestsOf(target).length).toBeGreaterThan(again);
      world.faults.loss = 0;
      await untilReceived(world, target);
    }));

  test('gives up what nothing is heard of, and lets others have their turn', () =>
    withWorld({ nodes: 3, fetchLimits: { fetchesMax: 1 } }, async (world) => {
      const target = world.node(2);
      world.write(1, 1, 500, 5000);
      world.write(3, 2, 500, 5000);
      world.node(1).offer(2, 1);
      await world.time.until('it begins', () => target.fetcher.statistics().begun === 1);
      world.network.pause(1);
      world.node(3).offer(2, 2);
      await world.time.pass(testFetchLimits.silenceMs - 200);
      expect(target.fetcher.progress().map(({ state }) => state)).toEqual(['fetching', 'waiting']);
      await untilReceived(world, target);
      expect(target.givenUp).toEqual(['1 of 1: silent']);
      expect(isCopied(world, 3, 2, 2)).toBe(true);
      world.network.resume(1);
    }));

  test('knows from an offer that its source is there, even before the connection to it', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const target = world.node(2);
      world.write(1, group, 500, 20_000);
      world.node(1).offer(2, group);
      await world.time.until('a beginning', () => offsetOf(target) > 0);
      target.fetcher.peerDown(1);
      await world.time.pass(100);
      expect(target.fetcher.progress()[0]!.state).toBe('waiting');
      world.node(1).offer(2, group);
      await untilReceived(world, target);
    }));

  test('forgets a source that does not come back', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const target = world.node(2);
      world.write(1, group, 500, 20_000);
      world.node(1).offer(2, group);
      await world.time.until('a beginning', () => offsetOf(target) > 0);
      world.network.cut(1, 2);
      await world.time.pass(testFetchLimits.silenceMs + 100);
      expect(target.givenUp).toEqual([`${group} of 1: silent`]);
      expect(target.clock.timers).toBe(0);
    }));

  test('fetches a few groups at a time, one from each node, until it has them all', () =>
    withWorld({ nodes: 4, fetchLimits: { fetchesMax: 2 } }, async (world) => {
      const target = world.node(4);
      const groups = Array.from({ length: 30 }, (_, i) => i + 1);
      const leaderOf = (of: number): number => 1 + (Math.floor(of / 4) % 3);
      for (const of of groups) {
        const leader = leaderOf(of);
        world.write(leader, of, 500, 3000);
        world.node(leader).offer(4, of);
      }
      let together = 0;
      await world.time.until('all of them', () => {
        const busy = target.fetcher.progress().filter(({ state }) => state !== 'waiting');
        expect(busy.length).toBeLessThanOrEqual(2);
        expect(new Set(busy.map(({ from }) => from)).size).toBe(busy.length);
        expect(target.store.openFiles).toBeLessThanOrEqual(2);
        together = Math.max(together, busy.length);
        return target.received.length === groups.length;
      });
      expect(together).toBe(2);
      for (const of of groups) expect(isCopied(world, leaderOf(of), 4, of)).toBe(true);
    }));

  test('does not wait for a source that is cut off while others are there', () =>
    withWorld({ nodes: 3, fetchLimits: { fetchesMax: 1 } }, async (world) => {
      const target = world.node(2);
      world.write(1, 1, 500, 20_000);
      world.write(3, 2, 500, 5000);
      world.node(1).offer(2, 1);
      await world.time.until('a beginning', () => offsetOf(target, 1) > 0);
      world.node(3).offer(2, 2);
      world.network.cut(1, 2);
      await untilReceived(world, target);
      expect(target.received[0]!.group).toBe(2);
      world.network.heal(1, 2);
      await untilReceived(world, target, 2);
    }));

  test('hands on a failure of the disk, and is ready for the next offer', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const target = world.node(2);
      world.write(1, group, 500, 20_000);
      target.store.failure = new Error('no space is left');
      world.node(1).offer(2, group);
      await world.time.until('it fails', () => target.failures.length > 0);
      target.store.failure = undefined;
      world.node(1).offer(2, group);
      await world.time.until('a part of it', () => offsetOf(target) > 3000);
      target.store.failure = new Error('no space is left');
      await world.time.until('it fails again', () => target.failures.length > 1);
      expect([target.fetcher.progress(), target.store.openFiles, target.clock.timers]).toEqual([[], 0, 0]);
      target.store.failure = undefined;
      world.node(1).offer(2, group);
      await untilReceived(world, target);
    }));

  test('can be told that a group needs nothing any more, and then that it does again', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const target = world.node(2);
      world.write(1, group, 500, 100_000);
      for (let turns = 0; turns < 12; turns++) {
        world.node(1).offer(2, group);
        await world.time.until('it begins', () => target.fetcher.progress().length > 0);
        for (let i = 0; i < turns; i++) await new Promise(setImmediate);
        target.fetcher.cancel(group);
        target.fetcher.cancel(group);
        expect(target.fetcher.progress()).toEqual([]);
      }
      world.node(1).offer(2, group);
      await untilReceived(world, target);
      expect(target.received).toHaveLength(1);
      expect(isCopied(world, 1, 2)).toBe(true);
    }));

  test('when it is stopped, says nothing more and leaves nothing open', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const target = world.node(2);
      world.write(1, group, 500, 4000);
      for (let turns = 0; turns < 40; turns++) {
        await target.store.remove(group);
        world.node(1).offer(2, group);
        await world.time.until('it begins', () => target.fetcher.statistics().begun > 0);
        for (let i = 0; i < turns; i++) await new Promise(setImmediate);
        const before = target.received.length;
        expect(await target.stop()).toEqual({ timers: 0, files: 0 });
        expect(target.received).toHaveLength(before);
        await target.start();
        await world.time.pass(5);
      }
      expect(target.received.length).toBeGreaterThan(0);
    }));

  test('takes chunks only from whom it has asked', () =>
    withWorld({ nodes: 3, sendLimits: { bytesPerSecondMax: 20_000 } }, async (world) => {
      const target = world.node(2);
      const { id } = world.write(1, group, 500, 20_000);
      world.node(1).offer(2, group);
      await world.time.until('a beginning', () => offsetOf(target) > 0);
      const chunk = { snapshotId: id, offset: offsetOf(target), bytes: Buffer.alloc(10) };
      const { bytesReceived } = target.fetcher.statistics();
      target.fetcher.chunkArrived(group, 3, chunk);
      target.fetcher.chunkArrived(group, 3, { ...chunk, bytes: Buffer.alloc(0) });
      target.fetcher.chunkArrived(group + 1, 1, chunk);
      target.fetcher.chunkArrived(group, 1, { ...chunk, snapshotId: id + 1, bytes: Buffer.alloc(0) });
      expect(target.fetcher.statistics()).toMatchObject({ bytesReceived, givenUp: 0 });
      await untilReceived(world, target);
    }));

  test('is content with nothing: a snapshot without bytes', () =>
    withWorld({ nodes: 2 }, async (world) => {
      const target = world.node(2);
      const empty = world.write(1, group, 500, 0);
      world.node(1).offer(2, group);
      await untilReceived(world, target);
      expect(target.received[0]!.stored).toEqual(empty);
      expect(requestsOf(target)).toEqual([]);
    }));

  test('manages with a sender that gives less than it is asked for', () =>
    withWorld({ nodes: 2, sendLimits: { ...testSendLimits, chunkBytesMax: 300 } }, async (world) => {
      world.write(1, group, 500, 20_000);
      const kinds: PeerFrame['kind'][] = [];
      world.node(2).onArrival = (_from, _group, { kind }) => kinds.push(kind);
      world.node(1).offer(2, group);
      await untilReceived(world, world.node(2));
      expect(isCopied(world, 1, 2)).toBe(true);
      expect(kinds.length).toBeGreaterThan(20_000 / 300);
    }));
});
