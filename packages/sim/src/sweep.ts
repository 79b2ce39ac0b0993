// Many seeds, one after the other, until all are clean or one is not.

import { type SimulationResult, simulate } from './simulation.ts';
import type { TraceWindow } from './trace.ts';

export interface SweepOptions {
  readonly from: number;
  readonly seeds: number;
  /** What to keep of a run that fails. */
  readonly trace: TraceWindow;
  /** Called after every clean seed. */
  readonly onClean?: (done: number) => void;
  /** What runs a seed; the simulation, unless a test has something to show. */
  readonly simulate?: typeof simulate;
}

export interface Sweep {
  readonly from: number;
  /** Seeds run, the failed one included. */
  readonly done: number;
  readonly failure: SimulationResult | undefined;
  readonly totals: Totals;
}

const counted = [
  'simulatedMs',
  'messages',
  'committedBatches',
  'readsServed',
  'elections',
  'crashes',
  'diskLosses',
] as const;

export type Totals = Record<(typeof counted)[number], number>;

export function sweep({ from, seeds, trace, onClean, simulate: run = simulate }: SweepOptions): Sweep {
  const totals: Totals = {
    simulatedMs: 0,
    messages: 0,
    committedBatches: 0,
    readsServed: 0,
    elections: 0,
    crashes: 0,
    diskLosses: 0,
  };
  for (let done = 1; done <= seeds; done++) {
    const result = run(from + done - 1);
    for (const name of counted) totals[name] += result[name];
    if (result.violation !== undefined) {
      // Nothing is kept of a run unless that was asked for; but the same seed gives the same run.
      return { from, done, failure: run(result.seed, trace), totals };
    }
    onClean?.(done);
  }
  return { from, done: seeds, failure: undefined, totals };
}
