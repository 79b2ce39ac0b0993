import { describe, expect, it } from 'vitest';
import { drawScenario, type Scenario } from './core/scenario.ts';
import type { SimulationResult } from './core/simulation.ts';
import type { Level } from './level.ts';
import { coreLevel, nodesLevel } from './levels.ts';
import { drawNodesScenario, type NodesScenario } from './nodes/scenario.ts';
import { describeShrunk, replayOf } from './report.ts';
import type { RunResult } from './run-result.ts';
import { formatScenario, parseNodesScenario, parseScenario } from './scenario-file.ts';
import { shrink } from './shrink.ts';

/** The real simulation under an oracle that is wrong, so that it finds something in healthy code. */
function under<S extends { readonly seed: number }, Action>(
  level: Level<S, Action>,
  oracle: string,
  isBroken: (result: RunResult<S, Action>) => boolean,
): Level<S, Action> {
  return {
    ...level,
    simulate: async (scenario, window) => {
      const result = await level.simulate(scenario, window);
      return isBroken(result) ? { ...result, oracle, violation: `${oracle}: seen` } : result;
    },
  };
}

const nobodyCrashes = under(coreLevel, 'nobody crashes', ({ crashes }) => crashes > 0);

/** A seed of a scenario that has everything in it, and fails. */
async function failing({ simulate }: Pick<Level<Scenario, unknown>, 'simulate'>): Promise<SimulationResult> {
  for (let seed = 1; seed < 500; seed++) {
    const scenario = drawScenario(seed);
    if (scenario.members < 5 || scenario.faults.crashMeanMs === 0 || scenario.network.lossProbability === 0) continue;
    const result = await simulate(scenario);
    if (result.oracle !== undefined) return result as SimulationResult;
  }
  throw new Error('no seed fails');
}

const someCrash = await failing(nobodyCrashes);

describe('a failing run', () => {
  it('is left with what its failure needs', async () => {
    const first = someCrash;
    const { result, runs, steps } = await shrink(nobodyCrashes, first, { runsMax: 400 });
    expect(result.oracle).toBe('nobody crashes');
    const { members, faults, network, workload, endsWithRejoin } = result.scenario;
    expect([members, faults.partitionMeanMs, faults.pauseMeanMs, faults.diskLossProbability]).toEqual([1, 0, 0, 0]);
    expect([network.lossProbability, network.duplicateProbability, network.straggleProbability]).toEqual([0, 0, 0]);
    expect([workload.batchEntriesMax, endsWithRejoin]).toEqual([1, false]);
    expect(result.scenario.safetyPhaseMs).toBeLessThan(first.scenario.safetyPhaseMs);
    expect(steps).toBeGreaterThan(5);
    expect(runs).toBeLessThanOrEqual(400);
  });

  it('of whole nodes too', async () => {
    const level = under(nodesLevel, 'nobody crashes', ({ crashes }) => crashes > 1);
    let first: RunResult<NodesScenario, unknown> | undefined;
    for (let seed = 1; first?.oracle === undefined && seed < 100; seed++) {
      // Short, for what is shrunk is run again and again.
      const scenario = { ...level.draw(seed), safetyPhaseMs: 800 };
      const hasAll =
        scenario.faults.crashMeanMs > 0 && scenario.network.lossProbability > 0 && scenario.disk.damageMeanMs > 0;
      if (scenario.nodes === 3 && hasAll) first = await level.simulate(scenario);
    }
    const { result } = await shrink(level, first as never, { runsMax: 40 });
    const { nodes, network, disk } = result.scenario;
    expect([nodes, network.lossProbability, disk.damageMeanMs]).toEqual([1, 0, 0]);
    const replayed = await level.simulate(parseNodesScenario(formatScenario(result.scenario)));
    expect([replayed.oracle, replayed.traceHash]).toEqual(['nobody crashes', result.traceHash]);
  }, 120_000);

  it('keeps what it does need, and fails again when replayed from the file', async () => {
    const level = under(coreLevel, 'calm', ({ elections, crashes }) => elections > 2 && crashes > 1);
    const { result } = await shrink(level, await failing(level), { runsMax: 300 });
    expect([result.elections > 2, result.crashes > 1]).toEqual([true, true]);
    const replayed = await level.simulate(parseScenario(formatScenario(result.scenario)));
    expect([replayed.oracle, replayed.traceHash]).toEqual(['calm', result.traceHash]);
  });

  it('stays as it is if nothing smaller fails, or if there is no time', async () => {
    const first = someCrash;
    const onlyThis: typeof coreLevel = {
      ...coreLevel,
      simulate: async (scenario) => ({ ...(await coreLevel.simulate(scenario)), oracle: 'another' }),
    };
    expect(await shrink(onlyThis, first, { runsMax: 20 })).toMatchObject({ result: first, runs: 20, steps: 0 });
    expect(await shrink(coreLevel, first, { runsMax: 20, isOver: () => true })).toEqual({
      result: first,
      runs: 0,
      steps: 0,
    });
  });

  it('is told with the seed that was found, the scenario that is left and how to see both', async () => {
    const first = someCrash;
    const told = describeShrunk(first, { result: first, runs: 20, steps: 3 }, replayOf('core', first.seed));
    expect(told).toContain(formatScenario(first.scenario));
    expect(told.split('\n').slice(-2)).toEqual([
      `seed ${first.seed}: nobody crashes: seen`,
      `replay: npm run sim -- --level core --seeds 1 --from ${first.seed}`,
    ]);
  });
});

describe('a scenario file', () => {
  const scenario = drawScenario(7);
  const changed = (change: object): string => JSON.stringify({ ...scenario, ...change });

  it('is read back as it was written', () => {
    for (let seed = 0; seed < 200; seed++) {
      expect(parseScenario(formatScenario(drawScenario(seed)))).toEqual(drawScenario(seed));
      expect(parseNodesScenario(formatScenario(drawNodesScenario(seed)))).toEqual(drawNodesScenario(seed));
    }
  });

  it.each([
    ['{', 'this is not JSON'],
    ['[]', 'the whole: an object is expected'],
    [changed({ wind: 3 }), 'wind: there is no such field'],
    [changed({ members: 0 }), 'members: a whole number from 1 to 9 is expected'],
    [changed({ members: 2.5 }), 'members: a whole number'],
    [changed({ endsWithRejoin: 'yes' }), 'endsWithRejoin: a boolean is expected'],
    [changed({ disk: null }), 'disk: an object is expected'],
    [changed({ disk: { flushMsMin: 0, flushMsMax: 3 } }), 'disk.stallProbability: is missing'],
    [changed({ disk: { ...scenario.disk, stallProbability: 1.1 } }), 'disk.stallProbability: a number from 0 to 1'],
    [changed({ disk: { ...scenario.disk, flushMsMin: 9, flushMsMax: 3 } }), 'flushMsMin is above flushMsMax'],
    [changed({ network: { ...scenario.network, delayMsMin: 9, delayMsMax: 3 } }), 'delayMsMin is above delayMsMax'],
  ])('that says %s is refused', (text, message) => {
    expect(() => parseScenario(text)).toThrowError(expect.objectContaining({ code: 'SCENARIO_INVALID' }));
    expect(() => parseScenario(text)).toThrowError(message);
  });
});
