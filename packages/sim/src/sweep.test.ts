import { describe, expect, it } from 'vitest';
import { describeFailure, describeSweep, summarize } from './report.ts';
import { type SimulationResult, simulate } from './simulation.ts';
import { sweep } from './sweep.ts';
import type { TraceWindow } from './trace.ts';

/** The real simulation, but seed 12 is said to have broken something. */
function simulateWithAFind(seed: number, window?: TraceWindow): SimulationResult {
  const result = simulate(seed, window);
  return seed === 12
    ? { ...result, oracle: 'election safety', violation: 'election safety: 1 and 2 both lead term 3' }
    : result;
}

describe('a sweep', () => {
  it('runs every seed and adds up what happened', () => {
    const clean: number[] = [];
    const swept = sweep({ from: 10, seeds: 4, trace: { eventsMax: 5 }, onClean: (done) => clean.push(done) });
    const results = [10, 11, 12, 13].map((seed) => simulate(seed));
    expect(clean).toEqual([1, 2, 3, 4]);
    expect(swept).toMatchObject({ from: 10, done: 4, failure: undefined });
    for (const name of ['messages', 'simulatedMs', 'elections', 'crashes'] as const) {
      expect(swept.totals[name]).toBe(results.reduce((sum, result) => sum + result[name], 0));
    }
    expect(describeSweep(swept, 2)).toContain('✔ 4 seeds, 10 to 13: no violation');
  });

  it('ends at the first violation, with a trace of it and the way to see it again', () => {
    const swept = sweep({ from: 10, seeds: 100, trace: { eventsMax: 5 }, simulate: simulateWithAFind });
    expect(swept.done).toBe(3);
    expect(swept.failure?.trace.events).toHaveLength(5);
    expect(describeFailure(swept.failure!).split('\n').slice(-2)).toEqual([
      'seed 12: election safety: 1 and 2 both lead term 3',
      'replay: npm run sim -- --seeds 1 --from 12',
    ]);
    expect(describeSweep(swept, 1)).toContain('✘ 3 seeds, 10 to 12: a violation');
    expect(summarize(swept, 1.5)).toMatchObject({
      from: 10,
      seeds: 3,
      failedSeed: 12,
      violation: 'election safety: 1 and 2 both lead term 3',
      seedsPerSecond: 2,
    });
  });

  it('of clean seeds says so in its summary', () => {
    const summary = summarize(sweep({ from: 1, seeds: 1, trace: { eventsMax: 0 } }), 1);
    expect(summary).toMatchObject({ seeds: 1, failedSeed: null, violation: null });
  });
});
