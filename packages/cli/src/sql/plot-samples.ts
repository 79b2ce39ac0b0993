// What `\plot` draws of a result: each column of numbers over time, in as many points as a picture can show many times over.

import type { Cell } from '../node-client/node-client.ts';
import { isNumeric } from './output/cell-text.ts';
import type { ResultHead, Rows } from './output/result-writer.ts';

/** Beyond, two neighbours become their mean. */
const POINTS_MAX = 16_384;
const CURVES_MAX = 64;

export class Curve {
  readonly name: string;
  /** How many rows a point stands for. */
  #rowsPerPoint = 1;
  #pending = 0;
  readonly times: number[] = [];
  /** NaN: no value. */
  readonly values: number[] = [];
  #timeSum = 0;
  #valueSum = 0;
  #valueCount = 0;

  constructor(name: string) {
    this.name = name;
  }

  add(time: number, value: number): void {
    this.#timeSum += time;
    if (Number.isFinite(value)) {
      this.#valueSum += value;
      this.#valueCount++;
    }
    if (++this.#pending < this.#rowsPerPoint) return;
    this.times.push(this.#timeSum / this.#pending);
    this.values.push(this.#valueCount === 0 ? Number.NaN : this.#valueSum / this.#valueCount);
    this.#pending = this.#timeSum = this.#valueSum = this.#valueCount = 0;
    if (this.times.length >= POINTS_MAX) this.#halve();
  }

  #halve(): void {
    const half = this.times.length >> 1;
    for (let i = 0; i < half; i++) {
      this.times[i] = (this.times[2 * i]! + this.times[2 * i + 1]!) / 2;
      this.values[i] = meanOf(this.values[2 * i]!, this.values[2 * i + 1]!);
    }
    this.times.length = half;
    this.values.length = half;
    this.#rowsPerPoint *= 2;
  }
}

export interface PlotSamples {
  readonly hasTime: boolean;
  readonly curves: readonly Curve[];
  /** Columns and devices beyond those. */
  readonly leftOut: number;
  add(rows: Rows): void;
}

/** Rows of ALIGN BY DEVICE begin with the device: each has curves of its own. */
export function plotSamples({ columns, hasTime }: ResultHead): PlotSamples {
  const curves: Curve[] = [];
  const byName = new Map<string, Curve>();
  const leftOut = new Set<string>();
  const first = hasTime ? 1 : 0;
  const isByDevice = columns[0]?.name === 'Device' && columns[0].dataType === 'TEXT';
  const drawn = columns.flatMap(({ name, dataType }, at) => {
    return isNumeric(dataType) || dataType === 'BOOLEAN' ? [{ name, at: at + first }] : [];
  });
  let row = 0;
  const curveOf = (name: string): Curve | undefined => {
    const known = byName.get(name);
    if (known !== undefined) return known;
    if (curves.length >= CURVES_MAX) {
      leftOut.add(name);
      return undefined;
    }
    const curve = new Curve(name);
    byName.set(name, curve);
    curves.push(curve);
    return curve;
  };
  return {
    hasTime,
    curves,
    get leftOut() {
      return leftOut.size;
    },
    add(rows) {
      for (const cells of rows) {
        const time = hasTime ? Number(cells[0]) : row++;
        const prefix = isByDevice ? `${String(cells[first])}.` : '';
        for (const { name, at } of drawn) curveOf(prefix + name)?.add(time, numberOf(cells[at] ?? null));
      }
    },
  };
}

function numberOf(cell: Cell): number {
  return cell === null ? Number.NaN : Number(cell);
}

function meanOf(a: number, b: number): number {
  if (Number.isNaN(a)) return b;
  return Number.isNaN(b) ? a : (a + b) / 2;
}
