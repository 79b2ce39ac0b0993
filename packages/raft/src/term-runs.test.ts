import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { TermRuns } from './term-runs.ts';

/** The terms of a log, one per index from its base on: what `TermRuns` stands for. */
class NaiveTerms {
  baseIndex = 0;
  terms: number[] = [0];

  get lastIndex(): number {
    return this.baseIndex + this.terms.length - 1;
  }

  extend(term: number, count: number): void {
    for (let i = 0; i < count; i++) this.terms.push(term);
  }

  truncateFrom(index: number): void {
    this.terms.length = index - this.baseIndex;
  }

  compactTo(index: number): void {
    this.terms = this.terms.slice(index - this.baseIndex);
    this.baseIndex = index;
  }

  resetTo(index: number, term: number): void {
    this.baseIndex = index;
    this.terms = [term];
  }

  termAt(index: number): number | undefined {
    return this.terms[index - this.baseIndex];
  }

  lastIndexWithTermAtMost(term: number, index: number): number {
    for (let at = Math.min(index, this.lastIndex); at > this.baseIndex; at--) if (this.termAt(at)! <= term) return at;
    return Math.min(index, this.baseIndex);
  }
}

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('extend'),
      by: fc.integer({ min: 0, max: 2 }),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  fc.record({
    kind: fc.constantFrom('truncate', 'compact', 'reset'),
    by: fc.integer({ min: 0, max: 8 }),
    count: fc.constant(0),
  }),
);

describe('term runs', () => {
  it('know the term of every index, as a plain list of terms does', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const runs = new TermRuns();
        const naive = new NaiveTerms();
        for (const { kind, by, count } of steps) {
          if (kind === 'extend') {
            const term = Math.max(1, runs.lastTerm + by);
            runs.extend(runs.lastIndex + 1, term, runs.lastIndex + count);
            naive.extend(term, count);
          } else if (kind === 'truncate') {
            const index = Math.max(naive.baseIndex + 1, runs.lastIndex + 1 - by);
            runs.truncateFrom(index);
            naive.truncateFrom(index);
          } else if (kind === 'compact') {
            const index = Math.min(runs.lastIndex, naive.baseIndex + by);
            runs.compactTo(index);
            naive.compactTo(index);
          } else {
            const base = { index: naive.baseIndex + by, term: runs.lastTerm };
            runs.resetTo(base);
            naive.resetTo(base.index, base.term);
          }
          expect(runs.base).toEqual({ index: naive.baseIndex, term: naive.terms[0] });
          expect(runs.lastIndex).toBe(naive.lastIndex);
          expect(runs.lastTerm).toBe(naive.terms.at(-1));
          for (let index = naive.baseIndex - 2; index <= runs.lastIndex + 2; index++) {
            expect(runs.termAt(index)).toBe(naive.termAt(index));
            for (let term = 0; term <= runs.lastTerm + 1; term++) {
              expect(runs.lastIndexWithTermAtMost(term, index)).toBe(naive.lastIndexWithTermAtMost(term, index));
            }
          }
        }
      }),
    );
  });

  it('start from what a log store recovered', () => {
    const runs = new TermRuns(
      [
        [1, 2],
        [4, 5],
      ],
      9,
    );
    expect([0, 1, 3, 4, 9, 10].map((index) => runs.termAt(index))).toEqual([0, 2, 2, 5, 5, undefined]);
    expect(runs.lastTerm).toBe(5);
    const behindBase = new TermRuns([[5, 3]], 6, { index: 4, term: 2 });
    expect([3, 4, 5, 6, 7].map((index) => behindBase.termAt(index))).toEqual([undefined, 2, 3, 3, undefined]);
    const onlyBase = new TermRuns([], 4, { index: 4, term: 2 });
    expect([onlyBase.lastIndex, onlyBase.lastTerm]).toEqual([4, 2]);
  });

  it('refuse to forget what they do not hold, and to truncate what they forgot', () => {
    const runs = new TermRuns([[5, 3]], 6, { index: 4, term: 2 });
    for (const index of [3, 7]) expect(() => runs.compactTo(index)).toThrow(InvariantError);
    expect(() => runs.truncateFrom(4)).toThrow(InvariantError);
    expect(() => new TermRuns([[4, 3]], 6, { index: 4, term: 2 })).toThrow(InvariantError);
    expect(() => new TermRuns([[5, 1]], 6, { index: 4, term: 2 })).toThrow(InvariantError);
  });

  it.each([
    [
      'a last index before the last run',
      [
        [1, 1],
        [4, 2],
      ],
      3,
    ],
    ['entries of no term', [], 3],
    ['terms without entries', [[1, 1]], 0],
    [
      'terms that fall',
      [
        [1, 2],
        [2, 1],
      ],
      2,
    ],
    [
      'runs that go back',
      [
        [2, 1],
        [2, 2],
      ],
      2,
    ],
  ] as const)('refuse %s', (_name, runs, lastIndex) => {
    expect(() => new TermRuns(runs, lastIndex)).toThrow(InvariantError);
  });
});
