import { describe, expect, it } from 'vitest';
import { simulateNodes, simulateNodesScenario } from './nodes-simulation.ts';
import { drawNodesScenario, mayLoseQuorum, type NodesScenario } from './scenario.ts';

/** What a seed draws, without what a group in which a majority is lost for good cannot have. */
function losingQuorum(seed: number): NodesScenario {
  const { disk, faults, relays, membership, lostQuorum, ...drawn } = drawNodesScenario(seed);
  const scenario = {
    ...drawn,
    nodes: Math.max(drawn.nodes, 2),
    disk: { ...disk, damageMeanMs: 0, rotMeanMs: 0 },
    faults: { ...faults, diskLossProbability: 0, upgradeProbability: 0 },
    relays: { ...relays, oldNodeProbability: 0 },
    membership: {
      ...membership,
      newcomers: 0,
      changeMeanMs: 0,
      transferMeanMs: 0,
      endsWithChange: false,
      leases: false,
    },
    lostQuorum: { ...lostQuorum, happens: true },
  };
  expect(mayLoseQuorum(scenario)).toBe(true);
  return scenario;
}

describe('a cluster of whole nodes', () => {
  it('lives the same life again under the same seed, whatever runs beside it', async () => {
    // Members come and go in the last two.
    const seeds = [11, 12, 84, 303];
    const lives = await Promise.all([...seeds, ...seeds].map((seed) => simulateNodes(seed)));
    const told = lives.map(({ traceHash, simulatedMs, operations }) => [traceHash, simulatedMs, operations]);
    expect(told.slice(seeds.length)).toEqual(told.slice(0, seeds.length));
    expect(new Set(lives.map(({ traceHash }) => traceHash)).size).toBe(seeds.length);
  }, 120_000);

  // `npm test` simulates the seeds from 1 to 300 by themselves.
  it('breaks no property, is busy, and much goes wrong in it', async () => {
    const sums = {
      committedBatches: 0,
      readsServed: 0,
      elections: 0,
      crashes: 0,
      diskLosses: 0,
      snapshotsInstalled: 0,
      relayedAppends: 0,
      windowWaits: 0,
      liesTold: 0,
      changesMade: 0,
      transfersMade: 0,
    };
    for (let seed = 500; seed < 540; seed++) {
      const result = await simulateNodes(seed);
      expect(result.violation, `npm run sim -- --seeds 1 --from ${seed}`).toBeUndefined();
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += result[name];
    }
    const { changesMade, transfersMade, ...usual } = sums;
    for (const [name, sum] of Object.entries(usual)) expect(sum, name).toBeGreaterThan(10);
    // Members do not change in every run.
    expect([changesMade > 0, transfersMade > 0]).toEqual([true, true]);
  }, 120_000);

  it('keeps out nodes that lose their disk and do not say so, until they do', async () => {
    const texts: string[] = [];
    for (let seed = 1; seed <= 20; seed++) {
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

  it('lets members come and go, is told so, and gives up nodes whose disk is lost', async () => {
    const texts: string[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const drawn = drawNodesScenario(seed);
      const faults = { ...drawn.faults, crashMeanMs: 300, diskLossProbability: 0.3, undeclaredLossProbability: 0 };
      const membership = {
        ...drawn.membership,
        newcomers: 3,
        changeMeanMs: 150,
        groupRemovalProbability: 1,
        replacementProbability: 0.5,
        transferMeanMs: 300,
      };
      // A majority is not lost for good where members change anyway.
      const lostQuorum = { ...drawn.lostQuorum, happens: false };
      const scenario = { ...drawn, nodes: 3, faults: { ...faults, upgradeProbability: 0 }, membership, lostQuorum };
      const { violation, trace } = await simulateNodesScenario(scenario, { eventsMax: 100_000 });
      expect(violation, `seed ${seed}`).toBeUndefined();
      texts.push(...trace.events.flatMap((event) => (event.type === 'mark' ? [event.text] : [])));
    }
    const count = (words: string): number => texts.filter((text) => text.includes(words)).length;
    expect(count('is set up')).toBeGreaterThan(15);
    expect(count('is told that it was removed')).toBeGreaterThan(15);
    expect(count('is switched off')).toBeGreaterThan(5);
    expect(count('from its disk')).toBeGreaterThan(5);
    expect(count('and is given up')).toBeGreaterThan(3);
  }, 120_000);

  it('loses a majority for good, is forced to go on with what a survivor has, and is made whole again', async () => {
    const texts: string[] = [];
    let groupsForced = 0;
    for (let seed = 1; seed <= 6; seed++) {
      const { violation, trace, ...result } = await simulateNodesScenario(losingQuorum(seed), { eventsMax: 30_000 });
      expect(violation, `seed ${seed}`).toBeUndefined();
      groupsForced += result.groupsForced;
      texts.push(...trace.events.flatMap((event) => (event.type === 'mark' ? [event.text] : [])));
    }
    const count = (words: string): number => texts.filter((text) => text.includes(words)).length;
    expect(groupsForced).toBeGreaterThan(8);
    expect(count('comes back with all that it had')).toBeGreaterThan(1);
    expect(count('comes back with an empty disk')).toBeGreaterThan(1);
    expect(count('is told that it was removed')).toBeGreaterThan(1);
  }, 120_000);

  it('writes, deletes and outlives series in files, some of which rot, and reads what the log says', async () => {
    let [reads, repairs] = [0, 0];
    for (let seed = 1; seed <= 16; seed++) {
      const drawn = drawNodesScenario(seed);
      const scenario = {
        ...drawn,
        nodes: 3,
        disk: { ...drawn.disk, damageMeanMs: 0, rotMeanMs: 150 },
        faults: { ...drawn.faults, diskLossProbability: 0, upgradeProbability: 0 },
        lostQuorum: { ...drawn.lostQuorum, happens: false },
        storage: { ...drawn.storage, memtableBytes: 1_000 },
        series: {
          ...drawn.series,
          commandMeanMs: 60,
          readMeanMs: 100,
          deleteProbability: 0.15,
          expiryProbability: 0.15,
        },
      };
      const { violation, ...result } = await simulateNodesScenario(scenario);
      expect(violation, `seed ${seed}`).toBeUndefined();
      reads += result.seriesReads;
      repairs += result.repairs;
    }
    expect(reads).toBeGreaterThan(300);
    expect(repairs).toBeGreaterThan(2);
  }, 120_000);
});
