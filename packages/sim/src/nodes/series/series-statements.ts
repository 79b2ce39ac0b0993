// Random queries over the series of a run that make sense, as texts: ranges, filters, aggregations, windows, the newest values, pages.

import type { SeededRandom } from '@balsa/raft';
import { devices, measurements, texts } from './series-commands.ts';
import { fleet } from './series-log.ts';

const numbers = ['i', 'l', 'd'];
const sources = [...devices, `${fleet}.a.*`, `${fleet}.**`, `${fleet}.*.d1`, `${devices[2]}, ${devices[0]}`];
const signs = ['=', '!=', '<', '<=', '>', '>='];
/** A little more than the times that are written. */
const timesMax = 250;

export class SeriesStatements {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  next(): string {
    const draw = this.#any([
      () => this.#rows(),
      () => this.#aggregates(),
      () => this.#aggregates(),
      () => this.#last(),
    ]);
    return draw();
  }

  #rows(): string {
    const columns = this.#random.chance(0.3) ? '*' : this.#list(() => this.#column());
    const where = this.#maybe(0.7, () => ` where ${this.#conditions(() => this.#condition())}`);
    const order = this.#maybe(0.4, () => ` order by time ${this.#any(['asc', 'desc'])}`);
    const devicewise = this.#maybe(0.2, () => ' align by device');
    return `select ${columns} from ${this.#any(sources)}${where}${order}${this.#page()}${devicewise}`;
  }

  #aggregates(): string {
    const columns = this.#list(() => this.#aggregate());
    const where = this.#maybe(0.6, () => ` where ${this.#conditions(() => this.#condition())}`);
    const window = this.#maybe(0.6, () => ` group by (${this.#range()}, ${this.#between(5, 80)}ms)`);
    const order = window === '' ? '' : this.#maybe(0.3, () => ` order by time ${this.#any(['asc', 'desc'])}`);
    const devicewise = this.#maybe(0.2, () => ' align by device');
    const page = window === '' ? '' : this.#page();
    return `select ${columns} from ${this.#any(sources)}${where}${window}${order}${page}${devicewise}`;
  }

  #last(): string {
    const columns = this.#random.chance(0.6) ? '*' : this.#list(() => this.#any(measurements));
    const where = this.#maybe(0.5, () => ` where ${this.#conditions(() => this.#timeCondition())}`);
    return `select last ${columns} from ${this.#any(sources)}${where}${this.#page()}`;
  }

  #column(): string {
    if (this.#random.chance(0.8)) return this.#any(measurements);
    return `${this.#any(numbers)} ${this.#any(['+', '-', '*'])} ${this.#any(numbers)}`;
  }

  #aggregate(): string {
    const name = this.#any([
      'count',
      'first_value',
      'last_value',
      'min_time',
      'max_time',
      'sum',
      'avg',
      'min_value',
      'max_value',
    ]);
    const isOfNumbers = ['sum', 'avg', 'min_value', 'max_value'].includes(name);
    return `${name}(${this.#any(isOfNumbers ? numbers : measurements)})`;
  }

  #condition(): string {
    const draws = [
      () => this.#timeCondition(),
      () => `${this.#any(numbers)} ${this.#any(signs)} ${this.#between(-9, 9)}`,
      () => `${this.#any(['t', 'n'])} ${this.#any(['=', '!='])} '${this.#any(texts)}'`,
      () => `b = ${this.#any(['true', 'false'])}`,
      () => `${this.#any(measurements)} is ${this.#any(['null', 'not null'])}`,
    ];
    return this.#any(draws)();
  }

  #timeCondition(): string {
    const time = this.#between(0, timesMax);
    if (this.#random.chance(0.6)) return `time ${this.#any(signs)} ${time}`;
    return `time between ${time} and ${time + this.#between(0, timesMax)}`;
  }

  #conditions(draw: () => string): string {
    return this.#random.chance(0.5) ? draw() : `${draw()} ${this.#any(['and', 'or'])} ${draw()}`;
  }

  #range(): string {
    const start = this.#between(0, timesMax);
    const end = start + this.#between(1, timesMax);
    return this.#random.chance(0.7) ? `[${start}, ${end})` : `(${start}, ${end}]`;
  }

  #page(): string {
    const limit = this.#maybe(0.3, () => ` limit ${this.#between(1, 20)}`);
    return `${limit}${this.#maybe(0.2, () => ` offset ${this.#between(0, 10)}`)}`;
  }

  #list(draw: () => string): string {
    return Array.from({ length: this.#between(1, 3) }, draw).join(', ');
  }

  #maybe(probability: number, clause: () => string): string {
    return this.#random.chance(probability) ? clause() : '';
  }

  #any<T>(list: readonly T[]): T {
    return list[this.#random.integerBetween(0, list.length)]!;
  }

  #between(low: number, high: number): number {
    return this.#random.integerBetween(low, high + 1);
  }
}
