// Failures stay where they belong: a state machine takes its group with it, a disk takes its node.

import { expect, test } from 'vitest';
import { Journal, poison } from './testing/journal.ts';
import { withCluster } from './testing/test-cluster.ts';
import { testTiming } from './testing/test-node.ts';

test('a state machine that throws stops its group, says so, and leaves the other group alone', () =>
  withCluster({ size: 3, groups: [1, 2] }, async (cluster) => {
    await cluster.leader(1);
    const leader = await cluster.leader(2);
    await leader.propose('good', { group: 1 });
    await expect(leader.propose(poison, { group: 1 })).rejects.toMatchObject({ code: 'GROUP_FAILED' });
    // The next leader meets it as well; then there is no quorum left that could tell the third.
    const failed = () => cluster.nodes.filter((node) => node.groupFailures.length > 0);
    await cluster.time.until('a quorum met it', () => failed().length >= 2);
    for (const node of failed()) {
      expect(node.groupFailures.map(({ group, error }) => [group, error.message])).toEqual([
        [1, 'the journal was poisoned'],
      ]);
      expect(node.group(1).status().failure).toBe('the journal was poisoned');
      expect(node.group(1).isLeader).toBe(false);
      await expect(node.propose('more', { group: 1 })).rejects.toMatchObject({ code: 'GROUP_FAILED' });
      await expect(node.group(1).readBarrier({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'GROUP_FAILED' });
      expect(node.fatalErrors).toEqual([]);
    }
    await cluster.node(1).propose('still here', { group: 2 });
    expect(await cluster.agreedTexts(2)).toEqual(['still here']);
    expect(leader.group(2).status().failure).toBeUndefined();
  }));

test('whoever waits for a group when it fails hears of it, wherever his proposal is', () =>
  withCluster({ size: 1, limits: { batchBytesMax: 128, batchesUnderWayMax: 2 } }, async (cluster) => {
    const leader = await cluster.leader();
    const board = cluster.board();
    leader.submit(poison, board, 0);
    for (let token = 1; token < 10; token++) leader.submit(`behind it, ${token}`, board, token);
    await cluster.time.until('everybody has heard', () => board.size === 10, 1000);
    expect(new Set(board.codes())).toEqual(new Set(['GROUP_FAILED']));
  }));

for (const file of ['log', 'hard-state']) {
  test(`a node whose ${file} cannot be written says so once, acknowledges nothing more, and can be stopped`, () =>
    withCluster({ size: 3, groups: [1, 2] }, async (cluster) => {
      const leader = await cluster.leader(1);
      await leader.propose('before');
      const board = cluster.board();
      leader.disk.failNext({ operation: 'write', code: 'EIO', path: `/node/${file}` });
      if (file === 'hard-state') {
        // Terms move on without the node, so that it has two terms to save when it is back.
        cluster.isolate(leader.id);
        await cluster.time.pass(300);
        cluster.heal();
      }
      const reading = leader.group().readBarrier({ timeoutMs: 1000 });
      const readingEnds = expect(reading).rejects.toMatchObject({ code: 'STOPPED' });
      for (let token = 0; token < 20; token++) {
        leader.submit(`after ${token}`, board, token);
        await cluster.time.pass(token % 3);
      }
      await cluster.time.until('the failure is told', () => leader.fatalErrors.length > 0);
      const failedMs = cluster.time.nowMs;
      leader.submit('too late', board, 99);
      expect(board.of(99).code).toBe('STOPPED');
      await cluster.time.until('everybody has heard', () => board.size === 21);
      await cluster.time.pass(200);
      expect(leader.fatalErrors).toHaveLength(1);
      expect(leader.fatalErrors[0]).toMatchObject({ code: 'LOG_FAILED' });
      const acknowledgedLater = Array.from({ length: 20 }, (_, token) => board.of(token)).filter(
        ({ code, atMs }) => code === undefined && atMs > failedMs,
      );
      expect(acknowledgedLater).toEqual([]);
      await readingEnds;
      // Node seed 7200020: it ran on a disk that takes nothing, and whoever asked it was never answered.
      await leader.host.stopGroup(2);
      const again = { group: 2, members: [1, 2, 3], stateMachine: new Journal() };
      expect(() => leader.host.startGroup(again)).toThrow(expect.objectContaining({ code: 'LOG_FAILED' }));
      expect(await leader.stop()).toEqual({ timers: 0, files: 0 });
      await (await cluster.leader(1)).propose('by the others');
      const texts = await cluster.agreedTexts(1);
      expect(texts[0]).toBe('before');
      expect(texts.at(-1)).toBe('by the others');
    }));
}

test('a disk that fails two groups at once is told once', () =>
  withCluster({ size: 1, groups: [1, 2] }, async (cluster) => {
    const node = await cluster.leader();
    await cluster.leader(2);
    await node.crash('process');
    // Alone in their groups, both campaign at once, and save their terms.
    await node.start();
    node.disk.failNext({ operation: 'write', code: 'EIO', path: '/node/hard-state' });
    await cluster.time.until('the disk fails', () => node.fatalErrors.length > 0);
    await cluster.time.pass(100);
    expect(node.fatalErrors).toHaveLength(1);
    expect(node.groupFailures).toEqual([]);
    await expect(node.propose('nothing')).rejects.toMatchObject({ code: 'STOPPED' });
  }));

// Found by seed 302358 of the simulation of whole nodes: of those who waited for the session one was told at each tick.
test('everybody who waits for the session of a group that fails is told at once', () =>
  withCluster({ size: 1 }, async (cluster) => {
    const node = await cluster.leader();
    node.submit(poison, cluster.board(), 1);
    const told: number[] = [];
    const proposals = Array.from({ length: 8 }, (_, i) =>
      node.propose(`in vain ${i}`).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'GROUP_FAILED' });
        told.push(cluster.time.nowMs);
      }),
    );
    await Promise.all(proposals);
    expect(told).toHaveLength(8);
    expect(Math.max(...told) - Math.min(...told)).toBeLessThanOrEqual(testTiming.tickMs);
  }));
