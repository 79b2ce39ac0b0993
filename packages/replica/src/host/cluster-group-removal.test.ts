import { expect, test } from 'vitest';
import { Journal } from './testing/journal.ts';
import { withCluster } from './testing/test-cluster.ts';
import type { TestNode } from './testing/test-node.ts';

const timeoutMs = 5000;

/** Takes the group from the disk, and waits to be told again. Returns what the member will hold. */
async function beginAnew({ host }: TestNode): Promise<Journal> {
  await host.removeGroup(1);
  const stateMachine = new Journal();
  host.startGroup({ group: 1, members: [], stateMachine });
  return stateMachine;
}

// Node seed 303: it voted for a member that had not heard of the change, against a leader of its own.
test('a member that removed the group from its disk votes for nobody before a leader has let it in again', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('everybody has this');
    const [removed, unaware] = cluster.running().filter((node) => node !== leader);
    cluster.isolate(unaware!.id);
    await leader.group().changeMembers({ remove: [removed!.id, unaware!.id] }, { timeoutMs });
    await cluster.time.until('it knows', () => removed!.removedFrom.includes(1));
    await beginAnew(removed!);
    cluster.heal();
    cluster.isolate(leader.id);
    await leader.propose('the only voter has this');
    for (let i = 0; i < 100; i++) {
      await cluster.time.pass(20);
      expect(unaware!.group().isLeader).toBe(false);
    }
    cluster.heal();
  });
});

test('a member that removed the group from its disk is let in again, gets everything, and counts', async () => {
  await withCluster({ size: 3, limits: { snapshotEntries: 10, logTailBytes: 0 } }, async (cluster) => {
    const leader = await cluster.leader();
    const others = cluster.running().filter((node) => node !== leader);
    const [removed, other] = others;
    for (let i = 0; i < 30; i++) await leader.propose(`text ${i}`);
    await leader.group().changeMembers({ remove: [removed!.id] }, { timeoutMs });
    await cluster.time.until('it knows', () => removed!.removedFrom.includes(1));
    const journal = await beginAnew(removed!);
    await leader.group().changeMembers({ addVoters: [removed!.id] }, { timeoutMs });
    await cluster.time.until('it has all', () => journal.texts().length === 30);
    cluster.isolate(other!.id);
    await leader.propose('two of three');
    await cluster.time.until('it has that', () => journal.texts().length === 31);
    cluster.heal();
  });
});
