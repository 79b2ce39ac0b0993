import { describe, expect, it } from 'vitest';
import { simulateNodes, simulateNodesScenario } from './nodes-simulation.ts';
import { drawNodesScenario } from './scenario.ts';

describe('a cluster of whole nodes', () => {
  it.each([1, 1001, 2001, 3001])('breaks no property under the faults of the seeds from %i on', async (from) => {
    for (let seed = from; seed < from + 15; seed++) {
      const { violation } = await simulateNodes(seed);
      expect(violation, `npm run sim -- --seeds 1 --from ${seed}`).toBeUndefined();
    }
  });

  it('lives the same life again under the same seed, whatever runs beside it', async () => {
    for (const seed of [11, 12, 13]) {
      const [first, ...others] = await Promise.all([seed, seed + 100, seed].map((each) => simulateNodes(each)));
      const again = others.at(-1)!;
      expect([again.traceHash, again.simulatedMs, again.operations]).toEqual([
        first!.traceHash,
        first!.simulatedMs,
        first!.operations,
      ]);
      expect(others[0]!.traceHash).not.toBe(first!.traceHash);
    }
  });

  it('is busy, and much goes wrong in it', async () => {
    const sums = { committedBatches: 0, readsServed: 0, elections: 0, crashes: 0, diskLosses: 0 };
    for (let seed = 500; seed < 560; seed++) {
      const result = await simulateNodes(seed);
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += result[name];
    }
    for (const [name, sum] of Object.entries(sums)) expect(sum, name).toBeGreaterThan(10);
  });

  it('keeps out nodes that lose their disk and do not say so, until they do', async () => {
    const texts: string[] = [];
    for (let seed = 1; seed <= 12; seed++) {
      const drawn = drawNodesScenario(seed);
      const faults = { ...drawn.faults, crashMeanMs: 300, diskLossProbability: 0.5, undeclaredLossProbability: 1 };
      const { violation, trace } = await simulateNodesScenario({ ...drawn, nodes: 3, faults }, { eventsMax: 100_000 });
      expect(violation, `seed ${seed}`).toBeUndefined();
      texts.push(...trace.events.flatMap((event) => (event.type === 'mark' ? [event.text] : [])));
    }
    const count = (words: string): number => texts.filter((text) => text.includes(words)).length;
    expect(count('nobody says so')).toBeGreaterThan(10);
    expect(count('is stopped, for it is refused')).toBeGreaterThan(10);
  });

  // What each of them found is in the history of the file that it names, with a test of its own beside the code.
  it.each([
    [77, 'transport/folder-guard.ts: elected by a node that had forgotten all, a leader lacked what was committed'],
    [143, 'log/segment-supply.ts: each retry to prepare a segment opened another file, and none was closed'],
    [1019, 'log/recovery.ts: with its first block, all of the first segment was passed over'],
    [10177, 'log/layout.ts: a block that was written to another one’s place was taken for it'],
    [10023, 'log/hard-state-file.ts: after a crash in its very first moments a node never started again'],
    [10480, 'log/data-folder.ts: a name that was not durable was relied on'],
    [10452, 'log/hard-state-file.ts: a vote that the kernel took for written was relied on'],
  ])('survives seed %i (%s)', async (seed) => {
    expect((await simulateNodes(seed)).violation).toBeUndefined();
  });
});
