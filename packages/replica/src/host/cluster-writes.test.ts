// Writes through a cluster of hosts: from any node, once, the same everywhere.

import { expect, test } from 'vitest';
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
