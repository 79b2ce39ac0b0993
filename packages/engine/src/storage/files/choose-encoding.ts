// Which encoding a chunk gets where it is not that of every chunk of its type. Sensors give decimal numbers of few digits, and
// those take a tenth of the space as whole numbers with a decimal point (TS_2DIFF) of what they take as bits (GORILLA).

import { Encoding } from '@balsa/tsfile';
import type { ColumnValues } from '@balsa/wire';

const samplesMax = 128;
/** Four digits behind the point. */
const scale = 10_000;
/** Beyond this, a number with four digits behind its point may not be had back from it. */
const magnitudeMax = 1e9;

/** A switch or a state stands for long: of a hundred neighbours more than these are equal. Each run then takes a few bytes (RLE). */
const standingPercent = 95;

/** `undefined`: what the type has by default. A few values that do not fit are kept as bits: nothing is lost. */
export function chooseEncoding(values: ColumnValues): Encoding | undefined {
  if (values instanceof Int32Array || values instanceof BigInt64Array) {
    return isStanding(values) ? Encoding.RLE : undefined;
  }
  if (values instanceof Float64Array || values instanceof Float32Array) {
    return isDecimal(values) ? Encoding.TS_2DIFF : undefined;
  }
  return undefined;
}

function isStanding(values: Int32Array | BigInt64Array): boolean {
  const step = sampleStep(values.length);
  let samples = 0;
  let equal = 0;
  for (let i = step; i < values.length; i += step) {
    samples++;
    if (values[i] === values[i - 1]) equal++;
  }
  return equal > (samples * standingPercent) / 100;
}

function isDecimal(values: Float32Array | Float64Array): boolean {
  const rounded = values instanceof Float32Array ? Math.fround : (value: number): number => value;
  const step = sampleStep(values.length);
  let samples = 0;
  let decimals = 0;
  for (let i = 0; i < values.length; i += step) {
    const value = values[i]!;
    samples++;
    if (Math.abs(value) < magnitudeMax && rounded(Math.round(value * scale) / scale) === value) decimals++;
  }
  return decimals > samples * 0.9;
}

function sampleStep(count: number): number {
  return Math.max(1, Math.floor(count / samplesMax));
}
