// The values of one series, row by row, from the seed alone.

import { Random } from '../chaos/random.ts';
import { type DataShape, kindOf, type ValueKind } from './data-shape.ts';

export interface ValueSource {
  /** Of the next row. */
  next(): number;
}

const counterStartMax = 1_000_000;
const counterStepMax = 20;
const gaugeStarts = [1_500, 2_500] as const;
const gaugeStepMax = 3;
/** Of a hundred rows. */
const gaugeChanges = 40;
const noiseMean = 100;
const noiseDeviation = 10;
const stateMax = 7;
const stateChanges = 2;

export function valueSource(shape: DataShape, device: number, sensor: number): ValueSource {
  const random = new Random(shape.seed).fork(device).fork(sensor);
  return sources[kindOf(shape, sensor)](random);
}

const sources: Readonly<Record<ValueKind, (random: Random) => ValueSource>> = {
  counter: (random) => {
    let value = random.between(0, counterStartMax);
    return {
      next: () => {
        value += random.between(0, counterStepMax);
        return value;
      },
    };
  },
  gauge: (random) => {
    let hundredths = random.between(...gaugeStarts);
    return {
      next: () => {
        if (random.between(1, 100) <= gaugeChanges) hundredths += random.between(-gaugeStepMax, gaugeStepMax);
        return hundredths / 100;
      },
    };
  },
  noisy: (random) => ({ next: () => noiseMean + noiseDeviation * normal(random) }),
  states: (random) => {
    let state = random.between(0, stateMax);
    return {
      next: () => {
        if (random.between(1, 100) <= stateChanges) state = random.between(0, stateMax);
        return state;
      },
    };
  },
};

/** Box and Muller (1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
