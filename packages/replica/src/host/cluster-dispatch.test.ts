// Every strategy by which a leader gets entries to its followers, held to the same: everything acknowledged is everywhere, whoever
// dies, is cut off, has other settings or is of an older release, and whatever is changed while it runs.

import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../disk/seeded-random.ts';
import type { DispatchOptions } from '../dispatch/dispatch-options.ts';
import { ReplicaError } from '../errors.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import { type TestNode, testTiming } from './testing/test-node.ts';
import { Writers } from './testing/writers.ts';

const coded: DispatchOptions = { strategy: 'coded', fragmentBytesMin: 100 };
const strategies: readonly (readonly [string, DispatchOptions])[] = [
  ['direct', { strategy: 'direct' }],
  ['relay', { strategy: 'relay' }],
  ['relay, in two trees', { strategy: 'relay', firstLevelSize: 2, replanBatches: 5 }],
  ['relay, in a chain', { strategy: 'relay', depth: 9, replanMs: 200 }],
  ['coded', coded],
  ['auto', { strategy: 'auto' }],
];

function use(cluster: TestCluster, options: DispatchOptions): void {
  for (const node of cluster.running()) node.group().setDispatch(options);
}

async function write(node: TestNode, ...texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => node.propose(text)));
}

/** `count` texts of 200 bytes. */
const texts = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name} ${i} `.padEnd(200, '.'));

/** Appends that relays have passed on. */
function passedOn(cluster: TestCluster): number {
  return cluster.running().reduce((sum, node) => sum + node.group().statistics().follower.passedOnAppends, 0);
}

describe.each(strategies)('%s', (_name, options) => {
  test('brings what is written to everybody', () =>
    withCluster({ size: 5 }, async (cluster) => {
      const leader = await cluster.leader();
      use(cluster, options);
      const all = texts('a', 100);
      for (const text of all) await write(leader, text);
      expect(await cluster.agreedTexts()).toEqual(all);
    }));

  test.each([1, 2, 3])('loses nothing while nodes die, links break and leaders change (seed %i)', (seed) =>
    withCluster({ size: 5, seed }, async (cluster) => {
      const random = new SeededRandom(seed);
      await cluster.leader();
      use(cluster, options);
      const writers = new Writers(cluster, random, 'w');
      for (let step = 0; step < 8; step++) {
        await cluster.time.pass(random.between(20, 150));
        const victim = cluster.node(random.between(1, 5));
        const other = (victim.id % 5) + 1;
        if (step % 2 === 0) {
          cluster.network.cut(victim.id, other);
          await cluster.time.pass(random.between(20, 400));
          cluster.network.heal(victim.id, other);
        } else {
          await victim.crash('power');
          await cluster.time.pass(random.between(20, 300));
          await victim.start();
          victim.group().setDispatch(options);
        }
      }
      await writers.stop();
      const held = await cluster.agreedTexts();
      expect(writers.acknowledged.length).toBeGreaterThan(50);
      for (const text of writers.acknowledged) expect(held.filter((it) => it === text)).toHaveLength(1);
    }),
  );

  test('goes on with members of the release before it, and with members that have other settings', () =>
    withCluster({ size: 5 }, async (cluster) => {
      for (const id of [2, 4]) {
        const node = cluster.node(id);
        await node.stop();
        node.versions = { oldest: 1, newest: 3 };
        await node.start();
      }
      const leader = await cluster.leader();
      leader.group().setDispatch(options);
      cluster
        .node((leader.id % 5) + 1)
        .group()
        .setDispatch({ strategy: 'relay', firstLevelSize: 3 });
      const all = texts('b', 60);
      for (const text of all) await write(leader, text);
      expect(await cluster.agreedTexts()).toEqual(all);
    }));

  test('can be changed to any other while entries are under way', () =>
    withCluster({ size: 5 }, async (cluster) => {
      cluster.networkDelayMs = 3;
      const leader = await cluster.leader();
      const all = texts('c', 120);
      const written: Promise<void>[] = [];
      for (const [i, text] of all.entries()) {
        leader.group().setDispatch(i % 3 === 0 ? options : strategies[i % strategies.length]![1]);
        written.push(write(leader, text));
        await cluster.time.pass(1);
      }
      await Promise.all(written);
      expect((await cluster.agreedTexts()).toSorted()).toEqual(all.toSorted());
    }));
});

describe('a leader with relays', () => {
  test('sends each batch once, and its followers pass it on', () =>
    withCluster({ size: 5, statistics: { collect: 'always' } }, async (cluster) => {
      const leader = await cluster.leader();
      await write(leader, 'before');
      leader.group().setDispatch({ strategy: 'relay' });
      await cluster.quiet();
      const before = passedOn(cluster);
      for (const text of texts('d', 40)) await write(leader, text);
      await cluster.quiet();
      // Three of four followers each time; a few batches may have gone directly, to who was not in step.
      expect(passedOn(cluster) - before).toBeGreaterThan(3 * 40 * 0.9);
      expect(cluster.running().filter((node) => node.group().statistics().follower.passedOnAppends > 0)).toHaveLength(
        4,
      );
      // What they were to pass on, and what was to come to them in that way, are the same appends.
      const { peers } = leader.group().statistics();
      const entrusted = peers.reduce((sum, { entrustedAppends }) => sum + entrustedAppends, 0);
      expect(entrusted).toBe(passedOn(cluster));
      expect(peers.reduce((sum, { indirectAppends }) => sum + indirectAppends, 0)).toBe(entrusted);
      expect(peers.filter(({ entrustedBytes }) => entrustedBytes > 0)).toHaveLength(4);
      const { relays, batches } = leader.group().routing();
      expect(relays).toHaveLength(4);
      expect(batches.relay).toBeGreaterThanOrEqual(40);
    }));

  test('does without one that is killed, at once', () =>
    withCluster({ size: 5 }, async (cluster) => {
      const leader = await cluster.leader();
      leader.group().setDispatch({ strategy: 'relay', replanBatches: 1_000_000 });
      for (const text of texts('e', 10)) await write(leader, text);
      const relay = leader
        .group()
        .status()
        .followers.find(({ relay: through }) => through !== undefined)!.relay!;
      await cluster.node(relay).crash('power');
      const beganMs = cluster.time.nowMs;
      await write(leader, 'without it');
      // Two heartbeats, and the way there and back.
      expect(cluster.time.nowMs - beganMs).toBeLessThanOrEqual(3 * testTiming.heartbeatIntervalMs);
      await cluster.node(relay).start();
      await cluster.agreedTexts();
    }));
});

describe('zones', () => {
  const zones = ['a', 'a', 'b', 'b', 'b', 'c'];

  /** Bytes that nodes have sent from one zone into another. */
  function crossed(cluster: TestCluster): number {
    let bytes = 0;
    for (const { id, host } of cluster.running()) {
      for (const { zone, sentBytes } of host.statistics().peers) if (zone !== host.zoneOf(id)) bytes += sentBytes;
    }
    return bytes;
  }

  /** How often what was written has crossed into another zone. */
  async function crossedBy(cluster: TestCluster, leader: TestNode, options: DispatchOptions): Promise<number> {
    leader.group().setDispatch(options);
    for (const text of texts('warm', 5)) await write(leader, text);
    await cluster.quiet();
    const before = crossed(cluster);
    for (let i = 0; i < 20; i++) await write(leader, `${i} `.padEnd(20_000, '.'));
    await cluster.quiet();
    return (crossed(cluster) - before) / (20 * 20_000);
  }

  test('are entered once by each batch', () =>
    withCluster({ size: 6, zones }, async (cluster) => {
      const leader = await cluster.leader();
      const others = new Set(zones.filter((zone) => zone !== zones[leader.id - 1])).size;
      for (const depth of [2, 3]) {
        const times = await crossedBy(cluster, leader, { strategy: 'relay', depth });
        expect(times).toBeGreaterThan(0.99 * others);
        expect(times).toBeLessThan(1.1 * others);
      }
      expect(leader.group().routing().zoneCrossings).toBe(others);
      const far = zones.filter((zone) => zone !== zones[leader.id - 1]).length;
      expect(await crossedBy(cluster, leader, { strategy: 'direct' })).toBeGreaterThan(0.99 * far);
      // With fragments in the leader’s zone, too.
      const coded: DispatchOptions = { strategy: 'coded', fragmentBytesMin: 1000 };
      expect(await crossedBy(cluster, leader, coded)).toBeLessThan(1.1 * others);
      await cluster.agreedTexts();
    }));

  test('are entered by way of another node, at once, when the one that was is killed', () =>
    withCluster({ size: 5, zones: ['a', 'b', 'b', 'b', 'b'] }, async (cluster) => {
      let leader = await cluster.leader();
      await leader
        .group()
        .transferLeadership(1, { timeoutMs: 1000 })
        .catch(() => {});
      leader = await cluster.leader();
      leader.group().setDispatch({ strategy: 'relay', replanBatches: 1_000_000 });
      for (const text of texts('e', 10)) await write(leader, text);
      const relay = leader
        .group()
        .status()
        .followers.find(({ relay: through }) => through !== undefined)!.relay!;
      await cluster.node(relay).crash('power');
      const beganMs = cluster.time.nowMs;
      await write(leader, 'without it');
      expect(cluster.time.nowMs - beganMs).toBeLessThanOrEqual(3 * testTiming.heartbeatIntervalMs);
      await cluster.node(relay).start();
      await cluster.agreedTexts();
    }));

  test('can be told while all runs, and lose nothing while they change', () =>
    withCluster({ size: 5 }, async (cluster) => {
      const leader = await cluster.leader();
      expect(leader.group().routing().zoneCrossings).toBeUndefined();
      leader.group().setDispatch({ strategy: 'relay', depth: 3 });
      const all = texts('z', 60);
      for (const [i, text] of all.entries()) {
        for (const { host } of cluster.running()) host.setZone((i % 5) + 1, i % 7 === 0 ? undefined : `z${i % 3}`);
        await write(leader, text);
      }
      expect(await cluster.agreedTexts()).toEqual(all);
      expect(() => leader.host.setZone(2, 'no name')).toThrow(ReplicaError);
    }));
});

describe('fragments', () => {
  test('are what large batches travel in, and small ones do not', () =>
    withCluster({ size: 5, statistics: { collect: 'always' } }, async (cluster) => {
      const leader = await cluster.leader();
      const followers = cluster.running().filter((node) => node !== leader);
      await write(leader, 'before');
      leader.group().setDispatch({ strategy: 'coded', fragmentBytesMin: 1000 });
      await cluster.quiet();
      await write(leader, 'x'.repeat(5000));
      await cluster.quiet();
      expect(leader.group().status().followers).toMatchObject(followers.map(() => ({ takesFragments: true })));
      await write(leader, 'small');
      await cluster.quiet();
      expect(leader.group().statistics().proposals.codedBatches).toBe(1);
      expect(leader.group().statistics().peers).toMatchObject(followers.map(() => ({ fragmentBatches: 1 })));
      expect(leader.group().status().followers).toMatchObject(followers.map(() => ({ takesFragments: false })));
      for (const follower of followers) {
        expect(follower.group().statistics().follower).toMatchObject({ passedOnFragments: 3, joinedBatches: 1 });
      }
    }));
});

test('options that make no sense are refused, and change nothing', () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const wrong = [
      { strategy: 'relay', firstLevelSize: 0 },
      { strategy: 'relay', depth: 1.5 },
      { strategy: 'relay', replanMs: -1 },
      { strategy: 'coded', fragmentBytesMin: Number.NaN },
      { strategy: 'fast' },
    ];
    for (const options of wrong) {
      expect(() => leader.group().setDispatch(options as DispatchOptions)).toThrow(ReplicaError);
    }
    await write(leader, 'a');
    expect(await cluster.agreedTexts()).toEqual(['a']);
  }));
