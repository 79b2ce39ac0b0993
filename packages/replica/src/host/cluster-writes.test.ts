// Writes through a cluster of hosts: from any node, once, the same everywhere.

import { expect, test } from 'vitest';
import { encodePayload } from './payload.ts';
import { withCluster } from './testing/test-cluster.ts';

for (const size of [1, 2, 3, 5]) {
  test(`${size} members: what any of them proposes is applied once, by all, in one order`, () =>
    withCluster({ size, seed: size }, async (cluster) => {
      await cluster.leader();
      const texts = cluster.nodes.flatMap(({ id }) => Array.from({ length: 20 }, (_, i) => `${id}/${i}`));
      const outcomes = await Promise.all(texts.map((text) => cluster.node(Number(text[0])).propose(text)));
      const applied = await cluster.agreedTexts();
      expect(applied.toSorted()).toEqual(texts.toSorted());
      for (const [i, { index, result }] of outcomes.entries()) {
        const position = applied.indexOf(texts[i]!);
        expect(Buffer.from(result).toString()).toBe(String(position + 1));
        expect(cluster.node(1).journal().lines[position]!.index).toBe(index);
      }
    }));
}

test('two groups on the same nodes are led and filled apart', () =>
  withCluster({ size: 3, groups: [1, 7] }, async (cluster) => {
    await Promise.all([cluster.node(1).propose('a', { group: 1 }), cluster.node(1).propose('b', { group: 7 })]);
    expect(await cluster.agreedTexts(1)).toEqual(['a']);
    expect(await cluster.agreedTexts(7)).toEqual(['b']);
  }));

test('a payload that is submitted on two nodes is applied once, and both hear the same result', () =>
  withCluster({ size: 3 }, async (cluster) => {
    await cluster.leader();
    const session = await cluster.node(1).group().openSession({ timeoutMs: 1000 });
    await cluster.node(1).propose('before');
    const payload = encodePayload({ session, sequence: 1, acknowledgedBelow: 1 }, Buffer.from('once'));
    const board = cluster.board();
    for (const node of cluster.nodes) node.group().submit(payload, cluster.time.nowMs + 1000, board, node.id);
    await cluster.time.until('three outcomes', () => board.size === 3);
    expect(board.codes()).toEqual(['applied', 'applied', 'applied']);
    expect([1, 2, 3].map((token) => board.of(token).result)).toEqual(['2', '2', '2']);
    expect(await cluster.agreedTexts()).toEqual(['before', 'once']);
  }));

test('a session that never was, or a sequence that was acknowledged, is refused wherever it is submitted', () =>
  withCluster({ size: 3 }, async (cluster) => {
    await cluster.leader();
    const session = await cluster.node(2).group().openSession({ timeoutMs: 1000 });
    const board = cluster.board();
    const submit = async (token: number, header: { session: number; sequence: number; acknowledgedBelow: number }) => {
      const node = cluster.node((token % 3) + 1);
      node.group().submit(encodePayload(header, Buffer.from(`${token}`)), cluster.time.nowMs + 1000, board, token);
      await cluster.time.until(`outcome ${token}`, () => board.has(token));
      return board.of(token).code;
    };
    expect(await submit(1, { session: session + 1000, sequence: 1, acknowledgedBelow: 1 })).toBe('SESSION_UNKNOWN');
    expect(await submit(2, { session, sequence: 5, acknowledgedBelow: 5 })).toBeUndefined();
    expect(await submit(3, { session, sequence: 4, acknowledgedBelow: 5 })).toBe('SESSION_REFUSED');
    expect(await submit(4, { session, sequence: 6, acknowledgedBelow: 7 })).toBe('SESSION_REFUSED');
    expect(await cluster.agreedTexts()).toEqual(['2']);
  }));

test('what no node could ever apply is refused before it gets into a log', () =>
  withCluster({ size: 3, limits: { proposalBytesMax: 100 } }, async (cluster) => {
    const leader = await cluster.leader();
    const before = leader.group().status().lastIndex;
    const huge = Buffer.alloc(24);
    huge.writeBigUInt64LE(1n << 53n, 16);
    const board = cluster.board();
    for (const [i, payload] of [Buffer.alloc(101), Buffer.alloc(23), Buffer.alloc(0), huge].entries()) {
      for (const { id, host } of cluster.nodes) host.group(1)!.submit(payload, 1e9, board, i * 10 + id);
    }
    // Each was refused within the call.
    const expected = ['TOO_LARGE', 'PAYLOAD_MALFORMED', 'PAYLOAD_MALFORMED', 'PAYLOAD_MALFORMED'];
    expect(board.codes()).toEqual(expected.flatMap((code) => [code, code, code]));
    await cluster.time.pass(50);
    expect(leader.group().status().lastIndex).toBe(before);
  }));

test('a leader that cannot commit refuses what exceeds its queue as BUSY, and applies the rest later', () =>
  withCluster({ size: 3, limits: { queuedBytesMax: 4096, batchBytesMax: 1024 } }, async (cluster) => {
    const leader = await cluster.leader();
    for (const node of cluster.nodes) node.stickDisk();
    const board = cluster.board();
    for (let token = 0; token < 400; token++) {
      leader.submit(`${token}`.padStart(40), board, token);
      expect(leader.group().status().queuedBytes).toBeLessThanOrEqual(4096 + 128);
      if (token % 10 === 0) await cluster.time.pass(1);
    }
    const refused = board.codes().length;
    expect(refused).toBeGreaterThan(200);
    expect(new Set(board.codes())).toEqual(new Set(['BUSY']));
    for (const node of cluster.nodes) node.freeDisk();
    expect(await cluster.agreedTexts()).toHaveLength(400 - refused);
    expect(board.codes().filter((code) => code === 'applied')).toHaveLength(400 - refused);
    expect(board.repeated).toEqual([]);
  }));

test("an answer to a node's earlier run is not taken for an answer to its present one", () =>
  withCluster({ size: 3 }, async (cluster) => {
    const leader = await cluster.leader();
    const [follower, other] = cluster.nodes.filter((node) => node !== leader);
    await other!.crash('power');
    // Nothing commits: one disk is gone, one is stuck.
    leader.stickDisk();
    const board = cluster.board();
    follower!.submit('from the earlier run', board, 1);
    await cluster.time.pass(10);
    await follower!.crash('process');
    await follower!.start();
    await cluster.time.until('the leader is known again', () => follower!.group().leader === leader.id);
    follower!.submit('from the present run', board, 2);
    await cluster.time.pass(10);
    leader.freeDisk();
    await cluster.time.until('the present answer', () => board.has(2));
    expect(board.has(1)).toBe(false);
    expect(await cluster.agreedTexts()).toEqual(['from the earlier run', 'from the present run']);
    expect(board.of(2).result).toBe('2');
  }));

test('a command without a session is applied by every replica, not only where somebody waits for it', () =>
  withCluster({ size: 3 }, async (cluster) => {
    await cluster.leader();
    const board = cluster.board();
    for (const node of cluster.nodes) node.submit('again and again', board, node.id);
    await cluster.time.until('three outcomes', () => board.size === 3);
    expect(await cluster.agreedTexts()).toEqual(['again and again', 'again and again', 'again and again']);
  }));
