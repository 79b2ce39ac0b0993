import { describe, expect, it } from 'vitest';
import { describeShrunk } from './report.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { formatScenario, parseScenario } from './scenario-file.ts';
import { shrink } from './shrink.ts';
import { type SimulationResult, simulateScenario } from './simulation.ts';

/** The real simulation under an oracle that is wrong, so that it finds something in healthy code. */
function under(oracle: string, isBroken: (result: SimulationResult) => boolean) {
  return (scenario: Scenario): SimulationResult => {
    const result = simulateScenario(scenario);
    return isBroken(result) ? { ...result, oracle, violation: `${oracle}: seen` } : result;
  };
}

/** A seed of a scenario that has everything in it, and fails. */
function failing(simulate: (scenario: Scenario) => SimulationResult): SimulationResult {
  for (let seed = 1; seed < 500; seed++) {
    const scenario = drawScenario(seed);
    if (scenario.members < 5 || scenario.faults.crashMeanMs === 0 || scenario.network.lossProbability === 0) continue;
    const result = simulate(scenario);
    if (result.oracle !== undefined) return result;
  }
  throw new Error('no seed fails');
}

describe('a failing run', () => {
  it('is left with what its failure needs', () => {
    const simulate = under('nobody crashes', ({ crashes }) => crashes > 0);
    const first = failing(simulate);
    const { result, runs, steps } = shrink(first, { runsMax: 400, simulate });
    expect(result.oracle).toBe('nobody crashes');
    const { members, faults, network, workload, endsWithRejoin } = result.scenario;
    expect([members, faults.partitionMeanMs, faults.pauseMeanMs, faults.diskLossProbability]).toEqual([1, 0, 0, 0]);
    expect([network.lossProbability, network.duplicateProbability, network.straggleProbability]).toEqual([0, 0, 0]);
    expect([workload.batchEntriesMax, endsWithRejoin]).toEqual([1, false]);
    expect(result.scenario.safetyPhaseMs).toBeLessThan(first.scenario.safetyPhaseMs);
    expect(steps).toBeGreaterThan(5);
    expect(runs).toBeLessThanOrEqual(400);
  });

  it('keeps what it does need, and fails again when replayed from the file', () => {
    const simulate = under('calm', ({ elections, crashes }) => elections > 2 && crashes > 1);
    const { result } = shrink(failing(simulate), { runsMax: 300, simulate });
    expect([result.elections > 2, result.crashes > 1]).toEqual([true, true]);
    const replayed = simulate(parseScenario(formatScenario(result.scenario)));
    expect([replayed.oracle, replayed.traceHash]).toEqual(['calm', result.traceHash]);
  });

  it('stays as it is if nothing smaller fails, or if there is no time', () => {
    const first = failing(under('nobody crashes', ({ crashes }) => crashes > 0));
    const onlyThis = (scenario: Scenario): SimulationResult => ({ ...simulateScenario(scenario), oracle: 'another' });
    expect(shrink(first, { runsMax: 20, simulate: onlyThis })).toMatchObject({ result: first, runs: 20, steps: 0 });
    expect(shrink(first, { runsMax: 20, isOver: () => true })).toEqual({ result: first, runs: 0, steps: 0 });
  });

  it('is told with the seed that was found, the scenario that is left and how to see both', () => {
    const first = failing(under('nobody crashes', ({ crashes }) => crashes > 0));
    const told = describeShrunk(first, { result: first, runs: 20, steps: 3 });
    expect(told).toContain(formatScenario(first.scenario));
    expect(told.split('\n').slice(-2)).toEqual([
      `seed ${first.seed}: nobody crashes: seen`,
      `replay: npm run sim -- --seeds 1 --from ${first.seed}`,
    ]);
  });
});

describe('a scenario file', () => {
  const scenario = drawScenario(7);
  const changed = (change: object): string => JSON.stringify({ ...scenario, ...change });

  it('is read back as it was written', () => {
    for (let seed = 0; seed < 200; seed++) {
      expect(parseScenario(formatScenario(drawScenario(seed)))).toEqual(drawScenario(seed));
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
