import { describe, expect, it } from 'vitest';
import type { Scenario } from './core/scenario.ts';
import type { Level } from './level.ts';
import { coreLevel, nodesLevel } from './levels.ts';
import { describeFailure, describeSweep, replayOf, summarize } from './report.ts';
import { sweep } from './sweep.ts';
import type { TraceWindow } from './trace.ts';

const lastWords = 'election safety: 1 and 2 both lead term 3';

/** The real simulation, but seed 12 is said to have broken something. */
const withAFind: Pick<Level<Scenario, unknown>, 'draw' | 'simulate'> = {
  draw: coreLevel.draw,
  simulate: async (scenario: Scenario, window?: TraceWindow) => {
    const result = await coreLevel.simulate(scenario, window);
    return scenario.seed === 12 ? { ...result, oracle: 'election safety', violation: lastWords } : result;
  },
};

describe('a sweep', () => {
  it('runs every seed and adds up what happened', async () => {
    const clean: number[] = [];
    const swept = await sweep(coreLevel, { from: 10, seeds: 4, onClean: (done) => clean.push(done) });
    const results = await Promise.all([10, 11, 12, 13].map((seed) => coreLevel.simulate(coreLevel.draw(seed))));
    expect(clean).toEqual([1, 2, 3, 4]);
    expect(swept).toMatchObject({ done: 4, failure: undefined });
    for (const name of ['messages', 'simulatedMs', 'elections', 'crashes'] as const) {
      expect(swept.totals[name]).toBe(results.reduce((sum, result) => sum + result[name], 0));
    }
    const told = describeSweep({ ...swept, level: 'core', from: 10, seconds: 2 });
    expect(told).toContain('✔ 4 seeds from 10 on, whole groups: no violation');
    expect(told).toMatch(/relays {2}[1-9][0-9,]* appends passed on by followers, [1-9][0-9,]* that waited/);
  });

  it('shares the seeds with others', async () => {
    const seeds: number[] = [];
    const level: typeof coreLevel = {
      ...coreLevel,
      draw: (seed) => {
        seeds.push(seed);
        return coreLevel.draw(seed);
      },
    };
    await sweep(level, { from: 11, seeds: 3, stride: 2 });
    expect(seeds).toEqual([11, 13, 15]);
  });

  it('ends at the first violation, and tells how to see it again', async () => {
    const swept = await sweep(withAFind, { from: 10, seeds: 100 });
    const outcome = { ...swept, level: 'core', from: 10, seconds: 1.5 } as const;
    expect(swept.done).toBe(3);
    expect(describeFailure(swept.failure!, replayOf('core', 12)).split('\n').slice(-2)).toEqual([
      `seed 12: ${lastWords}`,
      'replay: npm run sim -- --level core --seeds 1 --from 12',
    ]);
    expect(describeSweep(outcome)).toContain('✘ 3 seeds from 10 on, whole groups: a violation');
    expect(summarize(outcome)).toMatchObject({
      level: 'core',
      from: 10,
      seeds: 3,
      failedSeed: 12,
      violation: lastWords,
      seedsPerSecond: 2,
    });
  });

  it('of clean seeds says so in its summary', async () => {
    const swept = await sweep(nodesLevel, { from: 1, seeds: 1 });
    const summary = summarize({ ...swept, level: 'nodes', from: 1, seconds: 1 });
    expect(summary).toMatchObject({ level: 'nodes', seeds: 1, failedSeed: null, violation: null });
  });
});
