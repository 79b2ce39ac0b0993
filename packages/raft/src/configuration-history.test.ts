import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { type Configuration, configurationOf, noConfiguration } from './configuration.ts';
import { ConfigurationHistory } from './configuration-history.ts';

/** The configuration in force at every index from the log's base on, one after the other. */
class NaiveHistory {
  base: number;
  inForce: Configuration[];

  constructor(base: number, configuration: Configuration) {
    this.base = base;
    this.inForce = [configuration];
  }

  get lastIndex(): number {
    return this.base + this.inForce.length - 1;
  }

  /** An entry; `undefined`: one that does not change the members. */
  append(configuration: Configuration | undefined): void {
    this.inForce.push(configuration ?? this.inForce.at(-1)!);
  }

  truncateFrom(index: number): void {
    this.inForce.length = index - this.base;
  }

  compactTo(index: number): void {
    this.inForce = this.inForce.slice(index - this.base);
    this.base = index;
  }
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append'), by: fc.integer({ min: 0, max: 3 }) }) },
  fc.record({ kind: fc.constantFrom('truncate', 'compact', 'reset'), by: fc.integer({ min: 0, max: 6 }) }),
);

describe('the history of configurations', () => {
  it('knows which one was in force at every index, as a plain list does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const first = configurationOf([1]);
        const history = new ConfigurationHistory([[0, first]], 0);
        const naive = new NaiveHistory(0, first);
        let nextId = 2;
        for (const { kind, by } of steps) {
          if (kind === 'append') {
            // Some entries that change nothing, then one that does.
            for (let i = 0; i < by; i++) naive.append(undefined);
            const configuration = configurationOf([nextId++]);
            naive.append(configuration);
            history.append(naive.lastIndex, configuration);
          } else if (kind === 'truncate') {
            const before = naive.inForce.at(-1)!;
            const index = Math.max(naive.base + 1, naive.lastIndex + 1 - by);
            naive.truncateFrom(index);
            expect(history.truncateFrom(index)).toBe(before !== naive.inForce.at(-1));
          } else if (kind === 'compact') {
            const index = Math.min(naive.lastIndex, naive.base + by);
            naive.compactTo(index);
            history.compactTo(index);
          } else {
            const configuration = configurationOf([nextId++]);
            const index = naive.lastIndex + 1 + by;
            Object.assign(naive, new NaiveHistory(index, configuration));
            history.resetTo(index, configuration);
          }
          expect(history.current).toBe(naive.inForce.at(-1));
          expect(history.at(history.currentIndex).configuration).toBe(history.current);
          for (const [i, configuration] of naive.inForce.entries()) {
            expect(history.at(naive.base + i).configuration).toBe(configuration);
            expect(new Set(history.since(naive.base + i))).toEqual(new Set(naive.inForce.slice(i)));
          }
        }
      }),
    );
  });

  it('of a newcomer begins with none', () => {
    const history = new ConfigurationHistory([], 0);
    expect([history.current, history.currentIndex]).toEqual([noConfiguration, 0]);
    history.append(3, configurationOf([1]));
    expect(history.at(2).configuration).toBe(noConfiguration);
    expect(history.truncateFrom(1)).toBe(true);
    expect(history.current).toBe(noConfiguration);
  });

  it('starts from what a log store recovered', () => {
    const [first, second] = [configurationOf([1]), configurationOf([1, 2])];
    const entries = [
      [4, first],
      [7, second],
    ] as const;
    const history = new ConfigurationHistory(entries, 5);
    expect(history.at(6)).toEqual({ index: 4, configuration: first });
    expect(history.at(7)).toEqual({ index: 7, configuration: second });
  });

  it('of a newcomer that was restarted does not keep what is truncated', () => {
    const history = new ConfigurationHistory([[8, configurationOf([1])]], 0);
    expect(history.current).toEqual(configurationOf([1]));
    expect(history.truncateFrom(8)).toBe(true);
    expect([history.current, history.currentIndex]).toEqual([noConfiguration, 0]);
  });

  it('keeps the one that is in force where the log begins', () => {
    const history = new ConfigurationHistory([[0, configurationOf([1])]], 0);
    history.append(3, configurationOf([2]));
    history.append(8, configurationOf([3]));
    history.compactTo(7);
    expect(history.at(7)).toEqual({ index: 3, configuration: configurationOf([2]) });
    expect(history.truncateFrom(8)).toBe(true);
    expect(history.truncateFrom(8)).toBe(false);
    expect(history.current).toEqual(configurationOf([2]));
  });

  it('only goes on', () => {
    const history = new ConfigurationHistory([[5, configurationOf([1])]], 5);
    expect(() => history.append(5, configurationOf([2]))).toThrow(InvariantError);
  });
});
