// The whole run as one object, and as text. docs/benchmarks.md documents every field.

import type { Machine } from '../measure/environment.ts';
import { type Spread, spreadOf } from '../measure/spread.ts';
import { fineSpread, wholeSpread } from '../measure/spread-text.ts';
import { textTable } from '../text-table.ts';
import type { Shape } from './load.ts';
import type { CodesRound, MeasuredShape } from './run-codes.ts';
import type { CodesSettings } from './settings.ts';

/** Spreads over the rounds, in megabytes of batches per second of processor time. */
export type CodesShapeReport = MeasuredShape & {
  readonly megabytesPerSecond: Readonly<Record<keyof CodesRound, Spread>>;
  /** How many times as fast as JavaScript, in the same round. */
  readonly ratios: { readonly encode: Spread; readonly rebuild: Spread };
};

export interface CodesReport {
  readonly benchmark: 'codes';
  readonly settings: CodesSettings;
  readonly machine: Machine;
  readonly shapes: readonly CodesShapeReport[];
}

export function codesReport(
  settings: CodesSettings,
  machine: Machine,
  measured: readonly MeasuredShape[],
): CodesReport {
  return { benchmark: 'codes', settings, machine, shapes: measured.map(shapeReport) };
}

function shapeReport(shape: MeasuredShape): CodesShapeReport {
  const spread = (figure: (round: CodesRound) => number): Spread => spreadOf(shape.rounds.map(figure));
  return {
    ...shape,
    megabytesPerSecond: {
      encode: spread(({ encode }) => encode),
      encodeJavaScript: spread(({ encodeJavaScript }) => encodeJavaScript),
      rebuild: spread(({ rebuild }) => rebuild),
      rebuildJavaScript: spread(({ rebuildJavaScript }) => rebuildJavaScript),
      split: spread(({ split }) => split),
      join: spread(({ join }) => join),
    },
    ratios: {
      encode: spread(({ encode, encodeJavaScript }) => encode / encodeJavaScript),
      rebuild: spread(({ rebuild, rebuildJavaScript }) => rebuild / rebuildJavaScript),
    },
  };
}

export function describeCodes({ settings, shapes }: CodesReport): string {
  const { rounds, roundMs } = settings;
  const heading =
    `MB of batches per second of processor time on WebAssembly SIMD, and how many times as fast as on JavaScript that is; ` +
    `${rounds} x ${roundMs} ms each, in turns; median (min-max)`;
  const rows = shapes.map((shape) => {
    const { megabytesPerSecond, ratios } = shape;
    return [
      describeShape(shape),
      wholeSpread(megabytesPerSecond.encode),
      fineSpread(ratios.encode),
      wholeSpread(megabytesPerSecond.rebuild),
      fineSpread(ratios.rebuild),
      wholeSpread(megabytesPerSecond.split),
      wholeSpread(megabytesPerSecond.join),
    ];
  });
  return [heading, '', textTable([['', 'encode', 'ratio', 'rebuild', 'ratio', 'split', 'join'], ...rows])].join('\n');
}

export function describeShape({ dataCount, parityCount, batchBytes }: Shape): string {
  return `${dataCount} + ${parityCount}, ${(batchBytes / 1024).toLocaleString('en')} KiB`;
}
