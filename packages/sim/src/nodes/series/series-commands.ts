// Random commands about series that meet: the same few devices, measurements and times, in order and late, written again, deleted and
// outlived.

import type { Command } from '@balsa/engine/testing';
import type { SeededRandom } from '@balsa/raft';
import { columnOf } from '@balsa/sql/testing';
import { DataType } from '@balsa/wire';
import type { NodesScenario } from '../scenario.ts';
import { Draws } from './draws.ts';
import { fleet } from './series-log.ts';

type Value = number | bigint | string;

export const devices: readonly string[] = [`${fleet}.a.d1`, `${fleet}.a.d2`, `${fleet}.b.d1`];
/** A measurement has one type on all devices, so that they can be aligned. */
const typeOf: Readonly<Record<string, DataType>> = {
  i: DataType.INT32,
  l: DataType.INT64,
  d: DataType.DOUBLE,
  b: DataType.BOOLEAN,
  t: DataType.TEXT,
  n: DataType.STRING,
};
export const measurements: readonly string[] = Object.keys(typeOf);
export const texts: readonly string[] = ['', 'a', 'ab', 'b'];
const patterns = [
  `${fleet}.**`,
  `${fleet}.a.**`,
  `${fleet}.*.d1.i`,
  `${fleet}.a.d*.*`,
  `${fleet}.b.d1.d`,
  `${fleet}.a.d1.*`,
  `${fleet}.a.d2.l`,
];
const rulePaths = [`${fleet}.**`, `${fleet}.a.**`, `${fleet}.a.d1`, `${fleet}.b.d1`];
/** A little more than the times that are written. */
export const timesMax = 250;
/** How far writes come before the first, and how far late ones fall behind. */
const historyMs = 60;

export class SeriesCommands {
  readonly #draws: Draws;
  readonly #scenario: NodesScenario['series'];
  /** The latest time that was written. */
  #frontMs = historyMs;
  /** Paths of rules that may be in force. */
  readonly #rules = new Set<string>();

  constructor(random: SeededRandom, scenario: NodesScenario['series']) {
    this.#draws = new Draws(random);
    this.#scenario = scenario;
  }

  next(): Command {
    const { deleteProbability, expiryProbability } = this.#scenario;
    if (this.#draws.chance(deleteProbability)) return this.#delete();
    if (this.#draws.chance(expiryProbability)) return this.#expire();
    return this.#draws.chance(0.05) ? this.#create() : this.#insert();
  }

  #insert(): Command {
    const rows = this.#draws.between(1, this.#scenario.rowsMax);
    const isLate = this.#draws.chance(0.4);
    const startMs = isLate ? this.#draws.between(0, this.#frontMs) : this.#frontMs + 1;
    const stepMs = this.#draws.between(0, 3);
    const timestamps = Float64Array.from({ length: rows }, (_, row) => startMs + row * stepMs);
    this.#frontMs = Math.max(this.#frontMs, timestamps.at(-1)!);
    const chosen = this.#some(measurements);
    const tablet = {
      device: this.#draws.any(devices),
      measurements: chosen,
      dataTypes: chosen.map((name) => typeOf[name]!),
      timestamps,
      columns: chosen.map((name) =>
        columnOf(
          typeOf[name]!,
          Array.from({ length: rows }, () => (this.#draws.chance(0.1) ? undefined : this.#value(typeOf[name]!))),
        ),
      ),
    };
    return { kind: 'insert', tablet };
  }

  #delete(): Command {
    const taken = [this.#draws.any(patterns), ...(this.#draws.chance(0.2) ? [this.#draws.any(patterns)] : [])];
    if (this.#draws.chance(0.15)) return { kind: 'deleteSeries', patterns: taken };
    const startMs = this.#draws.chance(0.1) ? Number.NEGATIVE_INFINITY : this.#draws.between(0, this.#frontMs);
    const endMs = this.#draws.chance(0.1)
      ? Number.POSITIVE_INFINITY
      : Math.max(startMs, 0) + this.#draws.between(1, historyMs);
    return { kind: 'deleteRange', range: { patterns: taken, startMs, endMs } };
  }

  /** Much of what is there expires, and rules come and go between: what has expired must not be there again. */
  #expire(): Command {
    if (this.#draws.chance(0.4)) {
      return { kind: 'clock', nowMs: this.#frontMs + this.#draws.between(-historyMs / 2, historyMs / 2) };
    }
    if (this.#rules.size > 0 && this.#draws.chance(0.5)) {
      const path = this.#draws.any([...this.#rules]);
      // It may not be known whether a command was applied: sometimes there is no such rule, sometimes there still is.
      this.#rules.delete(path);
      return { kind: 'unsetTtl', path };
    }
    const path = this.#draws.any(rulePaths);
    this.#rules.add(path);
    return { kind: 'setTtl', rule: { path, ttlMs: this.#draws.between(1, historyMs) } };
  }

  #create(): Command {
    const chosen = this.#some(measurements);
    const dataTypes = chosen.map((name) => typeOf[name]!);
    const isAligned = this.#draws.chance(0.5);
    return { kind: 'create', series: { device: this.#draws.any(devices), isAligned, measurements: chosen, dataTypes } };
  }

  /** Halves: their sums are exact in any order. */
  #value(type: DataType): Value {
    const small = this.#draws.between(-9, 9);
    if (type === DataType.INT64) return BigInt(small);
    if (type === DataType.BOOLEAN) return small & 1;
    if (type === DataType.TEXT || type === DataType.STRING) return this.#draws.any(texts);
    return type === DataType.DOUBLE ? small / 2 : small;
  }

  /** At least one. */
  #some(names: readonly string[]): string[] {
    const chosen = names.filter(() => this.#draws.chance(0.5));
    return chosen.length > 0 ? chosen : [this.#draws.any(names)];
  }
}
