import { describe, expect, test } from 'vitest';
import { withCluster } from './testing/test-cluster.ts';
import type { TestNode } from './testing/test-node.ts';

const limits = { snapshotEntries: 0, logTailBytes: 0 };
const options = { timeoutMs: 20_000 };

/** What a damaged disk would do to a state that lies in files. */
function spoil(node: TestNode): void {
  node.journal().replaceBy([{ index: 1, text: 'nobody wrote this' }], 0);
}

/** Up to where the state went whenever it could be read. */
async function shownIndexes(node: TestNode, signal: AbortSignal): Promise<number[]> {
  const shown: number[] = [];
  try {
    for await (const { appliedIndex, isRestoring } of node.group().changes(signal)) {
      if (!isRestoring) shown.push(appliedIndex);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return shown;
}

describe.each([{ keepsFiles: false }, { keepsFiles: true }])('of journals, $keepsFiles', ({ keepsFiles }) => {
  test.each(['follower', 'leader'] as const)(
    'the state of a %s is that of another member again, while others write, and its log and votes stay',
    async (role) => {
      await withCluster({ size: 3, limits, keepsFiles }, async (cluster) => {
        const leader = await cluster.leader();
        const follower = await cluster.follower();
        const [damaged, other] = role === 'leader' ? [leader, follower] : [follower, leader];
        for (let i = 0; i < 50; i++) await leader.propose(`text ${i}`);
        await cluster.quiet();
        const snapshot = (await other.group().takeSnapshot())!;
        for (let i = 50; i < 100; i++) await leader.propose(`text ${i}`);
        await cluster.quiet();
        spoil(damaged);
        const { term, lastIndex, baseIndex, appliedIndex } = damaged.group().status();
        const ending = new AbortController();
        const shown = shownIndexes(damaged, ending.signal);
        const restored = damaged.group().restoreFrom(other.id, snapshot, options);
        for (let i = 100; i < 120; i++) await leader.propose(`text ${i}`);
        await restored;
        ending.abort();
        // Nothing is shown that is earlier than what was shown before.
        expect(Math.min(...(await shown))).toBeGreaterThanOrEqual(appliedIndex);
        const after = damaged.group().status();
        expect(after).toMatchObject({ term, role: role === 'leader' ? 'leader' : 'follower', baseIndex });
        expect(after.lastIndex).toBeGreaterThanOrEqual(lastIndex);
        await cluster.quiet();
        expect(await cluster.agreedTexts()).toHaveLength(120);
        // What was applied again counts once for those who wrote it, and a restart finds the same.
        await damaged.stop();
        await damaged.start();
        await cluster.quiet();
        expect(await cluster.agreedTexts()).toHaveLength(120);
      });
    },
  );

  test('a crash on the way leaves what the log has', async () => {
    await withCluster({ size: 3, limits, keepsFiles }, async (cluster) => {
      const leader = await cluster.leader();
      const damaged = await cluster.follower();
      for (let i = 0; i < 50; i++) await leader.propose(`text ${i}`);
      await cluster.quiet();
      const snapshot = (await leader.group().takeSnapshot())!;
      spoil(damaged);
      // Nothing is heard any more of a node whose power fails.
      void damaged.group().restoreFrom(leader.id, snapshot, options);
      await damaged.crash('power');
      await damaged.start();
      await cluster.quiet();
      expect(await cluster.agreedTexts()).toHaveLength(50);
    });
  });
});

test('what is not of this log, or no later than what is here, is refused before anything is fetched', async () => {
  await withCluster({ size: 3, limits }, async (cluster) => {
    const leader = await cluster.leader();
    const member = await cluster.follower();
    for (let i = 0; i < 10; i++) await leader.propose(`text ${i}`);
    await cluster.quiet();
    const snapshot = (await leader.group().takeSnapshot())!;
    const refused = { code: 'OPTIONS_INVALID' };
    const group = member.group();
    await expect(group.restoreFrom(member.id, snapshot, options)).rejects.toMatchObject(refused);
    const foreign = { ...snapshot, term: snapshot.term + 1 };
    await expect(group.restoreFrom(leader.id, foreign, options)).rejects.toMatchObject(refused);
    await group.takeSnapshot();
    await expect(group.restoreFrom(leader.id, snapshot, options)).rejects.toMatchObject(refused);
    const late = { ...snapshot, index: snapshot.index + 1000 };
    await expect(group.restoreFrom(leader.id, late, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(member.host.statistics().snapshotsFetched.begun).toBe(0);
  });
});

test('a snapshot that does not come is not waited for, and it is one at a time', async () => {
  await withCluster({ size: 3, limits }, async (cluster) => {
    const leader = await cluster.leader();
    const member = await cluster.follower();
    for (let i = 0; i < 10; i++) await leader.propose(`text ${i}`);
    await cluster.quiet();
    const snapshot = (await leader.group().takeSnapshot())!;
    const gone = { ...snapshot, id: snapshot.id + 1 };
    const waiting = member.group().restoreFrom(leader.id, gone, options);
    const busy = { code: 'BUSY' };
    await expect(member.group().restoreFrom(leader.id, snapshot, options)).rejects.toMatchObject(busy);
    await expect(waiting).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' });
    spoil(member);
    await member.group().restoreFrom(leader.id, snapshot, options);
    expect(await cluster.agreedTexts()).toHaveLength(10);
  });
});

test('a snapshot that is being written while another member gives back the state is given up, which is no failure', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const damaged = await cluster.follower();
    for (let i = 0; i < 50; i++) await leader.propose(`text ${i}`);
    await cluster.quiet();
    const snapshot = (await leader.group().takeSnapshot())!;
    const restored = damaged.group().restoreFrom(leader.id, snapshot, options);
    async function* cutShort(): AsyncGenerator<Uint8Array> {
      await restored;
      yield* [];
      throw new Error('what was to be written is not there any more');
    }
    Object.assign(damaged.journal(), { snapshot: cutShort });
    expect(await damaged.group().takeSnapshot()).toEqual(snapshot);
    expect(await cluster.agreedTexts()).toHaveLength(50);
  });
});
