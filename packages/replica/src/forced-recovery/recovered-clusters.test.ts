// Whole nodes: a majority is lost, one of those that are left is recovered, and the group goes on.

import { configurationOf, MessageType, type NodeId } from '@balsa/raft';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../disk/seeded-random.ts';
import { type TestCluster, withCluster } from '../host/testing/test-cluster.ts';
import type { TestNode } from '../host/testing/test-node.ts';
import type { StoredGroup } from './stored-group.ts';
import { openStoppedNode } from './testing/stopped-folder.ts';

async function lose(cluster: TestCluster, ...ids: readonly NodeId[]): Promise<void> {
  for (const id of ids) await cluster.node(id).crash('power');
}

/** What the folder of a node that is down says of group 1. */
async function look(node: TestNode): Promise<StoredGroup> {
  const stopped = await openStoppedNode(node);
  const [stored] = stopped.groups();
  await stopped.close();
  return stored!;
}

async function recover(node: TestNode, ...members: readonly NodeId[]): Promise<void> {
  const stopped = await openStoppedNode(node);
  await stopped.recover({ members });
  await stopped.close();
  expect(node.disk.openFiles).toBe(0);
}

/** As docs/recovery.md says: the higher term of the last entry, then the higher index. */
async function newestOf(nodes: readonly TestNode[]): Promise<TestNode> {
  const logs = await Promise.all(nodes.map(async (node) => ({ node, ...(await look(node)) })));
  return logs.sort((a, b) => b.lastTerm - a.lastTerm || b.lastIndex - a.lastIndex)[0]!.node;
}

async function write(node: TestNode, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await node.propose(text);
}

function leading(cluster: TestCluster, ...ids: readonly NodeId[]): Promise<TestNode> {
  return cluster.leader(
    1,
    ids.map((id) => cluster.node(id)),
  );
}

function failuresOf(cluster: TestCluster): Error[] {
  return cluster.nodes.flatMap((node) => [...node.fatalErrors, ...node.groupFailures.map(({ error }) => error)]);
}

test('of three, one is left: it goes on alone with all that it had, and grows again', () =>
  withCluster({ size: 3, spares: 2 }, async (cluster) => {
    await write(await cluster.leader(), 'a', 'b', 'c');
    await cluster.time.until('node 3 has all', () => cluster.node(3).journal().texts().length === 3);
    await lose(cluster, 1, 2, 3);
    await recover(cluster.node(3), 3);
    await cluster.node(3).start();
    const survivor = await leading(cluster, 3);
    expect(survivor.group().status()).toMatchObject({ forcedRecoveries: 1, configuration: { voters: [3] } });
    await write(survivor, 'd');
    await survivor.group().changeMembers({ addVoters: [4, 5] }, { timeoutMs: 5000 });
    await write(survivor, 'e');
    expect(await cluster.agreedTexts()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([4, 5].map((id) => cluster.node(id).group().status().forcedRecoveries)).toEqual([1, 1]);
    expect(failuresOf(cluster)).toEqual([]);
  }));

test('of five, two are left: recovered on one, and the other joins as it is', () =>
  withCluster({ size: 5 }, async (cluster) => {
    await write(await cluster.leader(), 'a', 'b');
    await cluster.agreedTexts();
    await lose(cluster, 1, 2, 3, 4, 5);
    const survivors = [cluster.node(2), cluster.node(4)];
    await recover(await newestOf(survivors), 2, 4);
    for (const node of survivors) await node.start();
    await write(await leading(cluster, 2, 4), 'c');
    expect(await cluster.agreedTexts()).toEqual(['a', 'b', 'c']);
    expect(survivors.map((node) => node.group().status().configuration.voters)).toEqual([[2, 4], [2, 4]]); // biome-ignore format: a table
    expect(failuresOf(cluster)).toEqual([]);
  }));

test('a survivor that never stopped takes part as soon as the other is back', () =>
  withCluster({ size: 5 }, async (cluster) => {
    await write(await cluster.leader(), 'a', 'b');
    await cluster.agreedTexts();
    await lose(cluster, 1, 2, 3, 4);
    await recover(cluster.node(4), 4, 5);
    await cluster.node(4).start();
    await write(await leading(cluster, 4, 5), 'c');
    expect(await cluster.agreedTexts()).toEqual(['a', 'b', 'c']);
    expect(failuresOf(cluster)).toEqual([]);
  }));

test('recovered from a snapshot, with hardly any log behind it', () =>
  withCluster({ size: 3, limits: { snapshotLogBytes: 1, logTailBytes: 0 } }, async (cluster) => {
    await write(await cluster.leader(), ...Array.from({ length: 50 }, (_, i) => `line ${i}`));
    await cluster.quiet();
    for (const node of cluster.nodes) await node.group().takeSnapshot();
    await lose(cluster, 1, 2, 3);
    const before = await look(cluster.node(1));
    expect(before.appliedIndexMin).toBeGreaterThan(0);
    expect(before.configuration?.voters).toEqual([1, 2, 3]);
    await recover(cluster.node(1), 1);
    await cluster.node(1).start();
    await write(await leading(cluster, 1), 'on');
    expect(await cluster.agreedTexts()).toHaveLength(51);
  }));

test('a session that is lost is nobody else’s afterwards, though the same index opens one again', () =>
  withCluster({ size: 3 }, async (cluster) => {
    await write(await cluster.leader(), 'a');
    await cluster.agreedTexts();
    await lose(cluster, 3);
    const options = { timeoutMs: 5000 };
    const lost = new Set<number>();
    for (let i = 0; i < 5; i++) lost.add(await (await leading(cluster, 1, 2)).group().openSession(options));
    await lose(cluster, 1, 2);
    await recover(cluster.node(3), 3);
    await cluster.node(3).start();
    const survivor = await leading(cluster, 3);
    const opened: number[] = [];
    for (let i = 0; i < 8; i++) opened.push(await survivor.group().openSession(options));
    expect(opened.filter((id) => lost.has(id))).toEqual([]);
    const { sessions } = survivor.group().status();
    await survivor.group().takeSnapshot();
    await survivor.crash('power');
    await survivor.start();
    await cluster.time.until('its sessions are there again', () => survivor.group().status().sessions === sessions);
  }));

describe('members that were given up and come back', () => {
  test('offer a snapshot in vain: what lay in it would take the place of the new log', () =>
    withCluster({ size: 3 }, async (cluster) => {
      await write(await cluster.leader(), 'a');
      await lose(cluster, 1, 2, 3);
      await recover(cluster.node(1), 1);
      await cluster.node(1).start();
      await leading(cluster, 1);
      const asked: number[] = [];
      const stranger = cluster.network.transport(2);
      await stranger.start({
        onFrame: (_from, _group, { kind }) => {
          if (kind === 'snapshotRequest') asked.push(term);
        },
        onPeerUp: () => {},
        onPeerDown: () => {},
      });
      await cluster.time.pass(10);
      let term = 0;
      // The last is of the lineage that the group is in: the same offer is taken.
      for (term of [1, 90, 2 ** 32 - 1, 2 ** 33 - 1]) {
        const snapshot = { index: 1000, term: 1, configuration: configurationOf([1, 2, 3]) };
        const message = { type: MessageType.installSnapshot, from: 2, to: 1, term, session: 1, snapshot } as const;
        stranger.send(1, 1, {
          kind: 'snapshotOffer',
          offer: { message, snapshotId: term, bytes: 5000, logFirstIndex: 1 },
        });
        await cluster.time.pass(20);
      }
      expect(asked).toContain(2 ** 33 - 1);
      expect(new Set(asked).size).toBe(1);
      await stranger.close();
    }));

  test('do not go on sending a snapshot to a member that has moved on', () =>
    withCluster({ size: 3 }, async (cluster) => {
      await lose(cluster, 1, 2);
      let asked = 0;
      const old = cluster.network.transport(2);
      await old.start({
        onFrame: (_from, _group, { kind }) => {
          if (kind === 'snapshotRequest') asked++;
        },
        onPeerUp: () => {},
        onPeerDown: () => {},
      });
      const recovered = cluster.network.transport(1);
      await recovered.start({ onFrame: () => {}, onPeerUp: () => {}, onPeerDown: () => {} });
      await cluster.time.pass(10);
      const snapshot = { index: 1000, term: 1, configuration: configurationOf([1, 2, 3]) };
      const message = { type: MessageType.installSnapshot, from: 2, to: 3, term: 900, session: 1, snapshot } as const;
      old.send(3, 1, { kind: 'snapshotOffer', offer: { message, snapshotId: 7, bytes: 5000, logFirstIndex: 1 } });
      await cluster.time.until('it is asked for', () => asked > 0);
      const request = { type: MessageType.voteRequest, from: 1, to: 3, term: 2 ** 32 + 1, transfer: true } as const;
      recovered.send(3, 1, { kind: 'raft', message: { ...request, lastIndex: 9, lastTerm: 2 ** 32 } });
      await cluster.time.until('it has moved on', () => cluster.node(3).group().status().forcedRecoveries === 1);
      asked = 0;
      await cluster.time.pass(5000);
      expect(asked).toBe(0);
      await Promise.all([old.close(), recovered.close()]);
    }));

  test('as a majority of the old group change nothing in the new one, and learn nothing from it', () =>
    withCluster({ size: 5 }, async (cluster) => {
      await write(await cluster.leader(), 'a');
      await cluster.agreedTexts();
      await lose(cluster, 1, 2, 3, 4, 5);
      await recover(cluster.node(1), 1, 3);
      for (const id of [1, 3]) await cluster.node(id).start();
      await write(await leading(cluster, 1, 3), 'new');
      for (const id of [2, 4, 5]) await cluster.node(id).start();
      const oldLeader = await leading(cluster, 2, 4, 5);
      await write(oldLeader, 'old 1', 'old 2');
      const newLeader = await leading(cluster, 1, 3);
      await write(newLeader, 'newer');
      await cluster.time.pass(2000);
      const texts = (id: NodeId): string[] => cluster.node(id).journal().texts();
      expect([1, 3].map(texts)).toEqual([['a', 'new', 'newer'], ['a', 'new', 'newer']]); // biome-ignore format: a table
      expect([2, 4, 5].map(texts)).toEqual(Array.from({ length: 3 }, () => ['a', 'old 1', 'old 2']));
      expect([2, 4, 5].map((id) => cluster.node(id).group().status().forcedRecoveries)).toEqual([0, 0, 0]);
      expect(failuresOf(cluster)).toEqual([]);
    }));

  test('one by one are told that they belong to the group no more', () =>
    withCluster({ size: 3 }, async (cluster) => {
      await write(await cluster.leader(), 'a');
      await cluster.agreedTexts();
      await lose(cluster, 1, 2, 3);
      await recover(cluster.node(1), 1);
      await cluster.node(1).start();
      await write(await leading(cluster, 1), 'b');
      await cluster.node(2).start();
      await cluster.time.until('node 2 is told', () => cluster.node(2).removedFrom.length > 0);
      expect(cluster.node(2).journal().texts()).not.toContain('b');
      expect(cluster.node(2).group().status().term).toBeLessThan(2 ** 32);
    }));

  test('and are added again, with what they had, give up what the others do not have', () =>
    withCluster({ size: 3 }, async (cluster) => {
      await write(await cluster.leader(), 'a');
      await cluster.agreedTexts();
      await lose(cluster, 3);
      await write(await leading(cluster, 1, 2), 'lost');
      await lose(cluster, 1, 2);
      await recover(cluster.node(3), 3);
      await cluster.node(3).start();
      const survivor = await leading(cluster, 3);
      await write(survivor, 'b');
      await cluster.node(1).start();
      await survivor.group().changeMembers({ addVoters: [1] }, { timeoutMs: 5000 });
      await cluster.time.until('node 1 has all', () => cluster.node(1).journal().texts().length === 2);
      expect(cluster.node(1).journal().texts()).toEqual(['a', 'b']);
      expect(failuresOf(cluster)).toEqual([]);
    }));

  test('and are added again, with a snapshot of what the others do not have, stop rather than mix the two', () =>
    withCluster({ size: 3 }, async (cluster) => {
      await write(await cluster.leader(), 'a');
      await cluster.agreedTexts();
      await lose(cluster, 3);
      await write(await leading(cluster, 1, 2), 'lost 1', 'lost 2', 'lost 3', 'lost 4', 'lost 5');
      await cluster.node(1).group().takeSnapshot();
      await lose(cluster, 1, 2);
      await recover(cluster.node(3), 3);
      await cluster.node(3).start();
      const survivor = await leading(cluster, 3);
      await write(survivor, 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i');
      await cluster.node(1).start();
      await survivor
        .group()
        .changeMembers({ addVoters: [1] }, { timeoutMs: 1000 })
        .catch(() => {});
      await cluster.time.pass(1000);
      expect(survivor.journal().texts()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
      const mixed = cluster.node(1).journal().texts();
      expect(mixed.includes('lost 1') && mixed.includes('i')).toBe(false);
      expect(cluster.node(1).groupFailures).not.toEqual([]);
    }));
});

for (let seed = 1; seed <= 10; seed++) {
  test(`whatever a survivor had applied is there afterwards, in its place, and nothing twice (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    const size = random.chance(0.5) ? 3 : 5;
    return withCluster({ size, spares: 2, seed, limits: { cacheBytesMax: 2048 } }, async (cluster) => {
      await cluster.leader();
      for (let step = 0; step < 60; step++) {
        const node = cluster.node(random.between(1, size));
        // Those of nodes that die are never answered.
        node.propose(`${step}`).catch(() => {});
        if (random.chance(0.05)) await node.group().takeSnapshot();
        await cluster.time.pass(random.below(12));
      }
      const left = cluster.nodes
        .slice(0, size)
        .sort(() => random.below(3) - 1)
        .slice(0, (size - 1) / 2);
      const applied = left.map((node) => [...node.journal().texts()]);
      for (const node of cluster.nodes.slice(0, size)) await node.crash(random.chance(0.5) ? 'power' : 'process');
      const ids = left.map(({ id }) => id);
      const chosen = await newestOf(left);
      await recover(chosen, ...ids);
      for (const node of left) await node.start();
      const leader = await leading(cluster, ...ids);
      await write(leader, 'on');
      await leader.group().changeMembers({ addVoters: [size + 1, size + 2] }, { timeoutMs: 5000 });
      const texts = await cluster.agreedTexts();
      for (const before of applied) expect(texts.slice(0, before.length)).toEqual(before);
      expect(new Set(texts).size).toBe(texts.length);
      expect(failuresOf(cluster)).toEqual([]);
    });
  });
}
