import { expect, test } from 'vitest';
import { withCluster } from './testing/test-cluster.ts';

const timeoutMs = 5000;

test('a node is added, catches up, counts, and another goes', async () => {
  await withCluster({ size: 3, spares: 1 }, async (cluster) => {
    const leader = await cluster.leader();
    for (let i = 0; i < 5; i++) await leader.propose(`before ${i}`);
    const grown = await leader.group().changeMembers({ addVoters: [4] }, { timeoutMs });
    expect(grown).toMatchObject({ voters: [1, 2, 3, 4], outgoing: [], learners: [] });
    await leader.propose('with four');
    await cluster.time.until('node 4 has all', () => cluster.node(4).journal().texts().length === 6);
    const other = cluster.running().find(({ id }) => id !== leader.id && id !== 4)!;
    const shrunk = await leader.group().changeMembers({ remove: [other.id] }, { timeoutMs });
    expect(shrunk.voters).toHaveLength(3);
    await cluster.time.until('it knows', () => other.removedFrom.includes(1));
    await leader.propose('without it');
    expect(other.journal().texts()).not.toContain('without it');
  });
});

test('a whole group is replaced, its leader included, while it is written to', async () => {
  await withCluster({ size: 3, spares: 3 }, async (cluster) => {
    let leader = await cluster.leader();
    const change = leader.group().changeMembers({ addVoters: [4, 5, 6], remove: [1, 2, 3] }, { timeoutMs });
    for (let i = 0; i < 20; i++) await cluster.node(4).propose(`text ${i}`);
    expect((await change).voters).toEqual([4, 5, 6]);
    const group = [4, 5, 6].map((id) => cluster.node(id));
    leader = await cluster.leader(1, group);
    await leader.propose('afterwards');
    await cluster.time.until('all have all', () => group.every((node) => node.journal().texts().length === 21));
    expect(new Set(group.map((node) => node.journal().checksum())).size).toBe(1);
    for (const id of [1, 2, 3]) await cluster.time.until(`${id} knows`, () => cluster.node(id).removedFrom.includes(1));
  });
});

test('a change that makes no sense, or would lose the quorum, is refused with a reason', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const follower = await cluster.follower();
    await leader.propose('something');
    const refused = (node: typeof leader, change: Parameters<ReturnType<typeof node.group>['changeMembers']>[0]) =>
      expect(node.group().changeMembers(change, { timeoutMs: 500 })).rejects;
    await refused(follower, { remove: [leader.id] }).toMatchObject({ code: 'NOT_LEADER' });
    await refused(leader, { remove: [1, 2, 3] }).toMatchObject({ code: 'MEMBERS_INVALID' });
    await refused(leader, { preferredLeader: 9 }).toMatchObject({ code: 'MEMBERS_INVALID' });
    // Nobody is there who could catch up.
    await refused(leader, { addVoters: [7] }).toMatchObject({ code: 'MEMBER_BEHIND' });
    expect(leader.group().status().configuration.learners).toEqual([7]);
    await leader.group().changeMembers({ remove: [7] }, { timeoutMs });
    const others = cluster.running().filter(({ id }) => id !== leader.id);
    cluster.isolate(others[0]!.id);
    await cluster.time.pass(200);
    await refused(leader, { remove: [others[1]!.id] }).toMatchObject({ code: 'QUORUM_OUT_OF_REACH' });
    cluster.heal();
  });
});

test('a change waits until every member runs a release that knows changes', async () => {
  await withCluster({ size: 3, versions: { oldest: 1, newest: 2 } }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('something');
    const [old] = cluster.running().filter((node) => node !== leader);
    const change = leader.group().changeMembers({ remove: [old!.id] }, { timeoutMs: 500 });
    await expect(change).rejects.toMatchObject({
      code: 'MEMBERS_INVALID',
      message: expect.stringContaining('upgrade'),
    });
    await leader.propose('and it goes on');
  });
});

test('leadership is handed over to whom it is offered, and writes go on', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const heir = await cluster.follower();
    await leader.propose('first');
    expect(await leader.group().transferLeadership(heir.id, { timeoutMs })).toBe(heir.id);
    await leader.propose('second');
    expect((await cluster.leader()).id).toBe(heir.id);
    await expect(leader.group().transferLeadership(heir.id, { timeoutMs })).rejects.toMatchObject({
      code: 'NOT_LEADER',
    });
    await expect(heir.group().transferLeadership(9, { timeoutMs })).rejects.toMatchObject({ code: 'TRANSFER_REFUSED' });
    expect(await cluster.agreedTexts()).toEqual(['first', 'second']);
  });
});

test('the preferred leader leads, and leads again after it was away', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const preferred = (await cluster.follower()).id;
    await leader.group().changeMembers({ preferredLeader: preferred }, { timeoutMs });
    const leads = () =>
      cluster.running().some(({ id }) => id === preferred) && cluster.node(preferred).group().isLeader;
    await cluster.time.until('it leads', leads);
    await cluster.node(preferred).crash('process');
    await cluster.leader();
    await cluster.node(preferred).start();
    await cluster.time.until('it leads again', leads);
  });
});

test('a node that stops hands over first: nobody waits for an election', async () => {
  await withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    await leader.propose('first');
    const others = cluster.running().filter((node) => node !== leader);
    const term = leader.group().status().term;
    const began = cluster.time.nowMs;
    await leader.stop({ handsOver: true });
    const next = await cluster.leader(1, others);
    await next.propose('second');
    expect(cluster.time.nowMs - began).toBeLessThan(100);
    expect(next.group().status().term).toBe(term + 1);
  });
});
