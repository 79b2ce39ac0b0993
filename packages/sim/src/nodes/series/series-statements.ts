// Random queries over the series of a run that make sense, as texts: ranges, filters, aggregations, windows, the newest values, pages.

import type { SeededRandom } from '@balsa/raft';
import { Draws } from './draws.ts';
import { devices, measurements, texts, timesMax } from './series-commands.ts';
import { fleet } from './series-log.ts';

const numbers = ['i', 'l', 'd'];
const sources = [...devices, `${fleet}.a.*`, `${fleet}.**`, `${fleet}.*.d1`, `${devices[2]}, ${devices[0]}`];
const signs = ['=', '!=', '<', '<=', '>', '>='];

export class SeriesStatements {
  readonly #draws: Draws;

  constructor(random: SeededRandom) {
    this.#draws = new Draws(random);
  }

  next(): string {
    const draw = this.#draws.any([
      () => this.#rows(),
      () => this.#aggregates(),
      () => this.#aggregates(),
      () => this.#last(),
    ]);
    return draw();
  }

  #rows(): string {
    const columns = this.#draws.chance(0.3) ? '*' : this.#list(() => this.#column());
    const where = this.#maybe(0.7, () => ` where ${this.#conditions(() => this.#condition())}`);
    const order = this.#maybe(0.4, () => ` order by time ${this.#draws.any(['asc', 'desc'])}`);
    const devicewise = this.#maybe(0.2, () => ' align by device');
    return `select ${columns} from ${this.#draws.any(sources)}${where}${order}${this.#page()}${devicewise}`;
  }

  #aggregates(): string {
    const columns = this.#list(() => this.#aggregate());
    const where = this.#maybe(0.6, () => ` where ${this.#conditions(() => this.#condition())}`);
    const window = this.#maybe(0.6, () => ` group by (${this.#range()}, ${this.#draws.between(5, 80)}ms)`);
    const order = window === '' ? '' : this.#maybe(0.3, () => ` order by time ${this.#draws.any(['asc', 'desc'])}`);
    const devicewise = this.#maybe(0.2, () => ' align by device');
    const page = window === '' ? '' : this.#page();
    return `select ${columns} from ${this.#draws.any(sources)}${where}${window}${order}${page}${devicewise}`;
  }

  #last(): string {
    const columns = this.#draws.chance(0.6) ? '*' : this.#list(() => this.#draws.any(measurements));
    const where = this.#maybe(0.5, () => ` where ${this.#conditions(() => this.#timeCondition())}`);
    return `select last ${columns} from ${this.#draws.any(sources)}${where}${this.#page()}`;
  }

  #column(): string {
    if (this.#draws.chance(0.8)) return this.#draws.any(measurements);
    return `${this.#draws.any(numbers)} ${this.#draws.any(['+', '-', '*'])} ${this.#draws.any(numbers)}`;
  }

  #aggregate(): string {
    const name = this.#draws.any([
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
    return `${name}(${this.#draws.any(isOfNumbers ? numbers : measurements)})`;
  }

  #condition(): string {
    const draws = [
      () => this.#timeCondition(),
      () => `${this.#draws.any(numbers)} ${this.#draws.any(signs)} ${this.#draws.between(-9, 9)}`,
      () => `${this.#draws.any(['t', 'n'])} ${this.#draws.any(['=', '!='])} '${this.#draws.any(texts)}'`,
      () => `b = ${this.#draws.any(['true', 'false'])}`,
      () => `${this.#draws.any(measurements)} is ${this.#draws.any(['null', 'not null'])}`,
    ];
    return this.#draws.any(draws)();
  }

  #timeCondition(): string {
    const time = this.#draws.between(0, timesMax);
    if (this.#draws.chance(0.6)) return `time ${this.#draws.any(signs)} ${time}`;
    return `time between ${time} and ${time + this.#draws.between(0, timesMax)}`;
  }

  #conditions(draw: () => string): string {
    return this.#draws.chance(0.5) ? draw() : `${draw()} ${this.#draws.any(['and', 'or'])} ${draw()}`;
  }

  #range(): string {
    const start = this.#draws.between(0, timesMax);
    const end = start + this.#draws.between(1, timesMax);
    return this.#draws.chance(0.7) ? `[${start}, ${end})` : `(${start}, ${end}]`;
  }

  #page(): string {
    const limit = this.#maybe(0.3, () => ` limit ${this.#draws.between(1, 20)}`);
    return `${limit}${this.#maybe(0.2, () => ` offset ${this.#draws.between(0, 10)}`)}`;
  }

  #list(draw: () => string): string {
    return Array.from({ length: this.#draws.between(1, 3) }, draw).join(', ');
  }

  #maybe(probability: number, clause: () => string): string {
    return this.#draws.chance(probability) ? clause() : '';
  }
}
