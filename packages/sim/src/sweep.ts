// Many seeds, one after the other, until all are clean or one is not.

import type { AnyScenario, Level } from './level.ts';
import type { RunResult } from './run-result.ts';

export interface SweepOptions {
  readonly from: number;
  /** How many. */
  readonly seeds: number;
  /** Every so many; 1: all. Several sweeps can share the seeds among them. */
  readonly stride?: number;
  /** Called after every clean seed. */
  readonly onClean?: (done: number) => void;
}

export interface Sweep<S, Action> {
  /** Seeds run, the failed one included. */
  readonly done: number;
  readonly failure: RunResult<S, Action> | undefined;
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
  'snapshotsInstalled',
  'relayedAppends',
  'windowWaits',
  'weakAcceptances',
  'weakLosses',
  'liesTold',
] as const;

export type Totals = Record<(typeof counted)[number], number>;

export async function sweep<S extends AnyScenario, Action>(
  { draw, simulate }: Pick<Level<S, Action>, 'draw' | 'simulate'>,
  { from, seeds, stride = 1, onClean }: SweepOptions,
): Promise<Sweep<S, Action>> {
  let totals = noTotals;
  for (let done = 1; done <= seeds; done++) {
    const result = await simulate(draw(from + (done - 1) * stride));
    totals = addTotals(totals, result);
    if (result.violation !== undefined) return { done, failure: result, totals };
    onClean?.(done);
  }
  return { done: seeds, failure: undefined, totals };
}

export const noTotals: Totals = {
  simulatedMs: 0,
  messages: 0,
  committedBatches: 0,
  readsServed: 0,
  elections: 0,
  crashes: 0,
  diskLosses: 0,
  snapshotsInstalled: 0,
  relayedAppends: 0,
  windowWaits: 0,
  weakAcceptances: 0,
  weakLosses: 0,
  liesTold: 0,
};

export function addTotals(totals: Totals, more: Totals): Totals {
  const sum = { ...totals };
  for (const name of counted) sum[name] += more[name];
  return sum;
}
