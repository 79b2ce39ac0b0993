import { expect, test } from 'vitest';
import type { Journal } from './testing/journal.ts';
import { OutcomeBoard } from './testing/outcome-board.ts';
import { withCluster } from './testing/test-cluster.ts';

/** From now on it can take no more until it is relieved. */
function press(journal: Journal): () => void {
  let relieve = (): void => {};
  const relieved = new Promise<void>((resolve) => {
    relieve = resolve;
  });
  let isPressed = true;
  Object.assign(journal, { pressure: () => (isPressed ? relieved : undefined) });
  return () => {
    isPressed = false;
    relieve();
  };
}

test('a leader whose state machine has taken in all it can lets those wait who write, and goes on when it is relieved', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('before');
    const relieve = press(leader.journal());
    const outcomes: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      outcomes.push(leader.propose(`text ${i}`, { timeoutMs: 5000 }));
      await cluster.time.pass(10);
    }
    await cluster.time.pass(500);
    const { appliedIndex, commitIndex } = leader.group().status();
    expect(appliedIndex).toBeLessThan(commitIndex);
    // What had been applied when it asked is applied; the others do not wait for it.
    const applied = leader.journal().lines.length;
    await cluster.time.pass(500);
    expect(leader.journal().lines).toHaveLength(applied);
    expect((await cluster.follower()).journal().lines).toHaveLength(21);
    relieve();
    await Promise.all(outcomes);
    expect(await cluster.agreedTexts()).toHaveLength(21);
  });
});

test('nor does it go on proposing what nobody waits for until it is applied', async () => {
  const limits = { uncommittedBytesMax: 1000, queuedBytesMax: 1000 };
  await withCluster({ size: 3, limits }, async (cluster) => {
    const leader = await cluster.leader();
    const board = new OutcomeBoard();
    const relieve = press(leader.journal());
    for (let token = 0; token < 100; token++) {
      leader.submit(`text ${token}`, board, token, { acknowledge: 'committed' });
      await cluster.time.pass(10);
    }
    expect(leader.group().status().unappliedBytes).toBeLessThanOrEqual(limits.uncommittedBytesMax);
    const told = board.early.size;
    expect(told).toBeGreaterThan(3);
    expect(board.codes()).toContain('BUSY');
    relieve();
    await cluster.time.pass(500);
    const { appliedIndex, lastIndex, unappliedBytes, queuedBytes } = leader.group().status();
    expect([lastIndex - appliedIndex, unappliedBytes, queuedBytes]).toEqual([0, 0, 0]);
    // What waited to be proposed follows by itself.
    expect(board.codes().filter((code) => code === 'applied').length).toBeGreaterThan(told);
  });
});

test('a follower that can take no more keeps nobody waiting', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    const relieve = press(follower.journal());
    for (let i = 0; i < 50; i++) await leader.propose(`text ${i}`);
    expect(follower.journal().lines.length).toBeLessThan(50);
    expect(await follower.stop()).toEqual({ timers: 0, files: 0 });
    relieve();
    await follower.start();
    expect(await cluster.agreedTexts()).toHaveLength(50);
  });
});
