import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError } from './assert.ts';
import { TermRuns } from './term-runs.ts';

/** The terms of a log, one per index: what `TermRuns` stands for. */
class NaiveTerms {
  terms: number[] = [];

  extend(term: number, count: number): void {
    for (let i = 0; i < count; i++) this.terms.push(term);
  }

  truncateFrom(index: number): void {
    this.terms = this.terms.slice(0, index - 1);
  }

  termAt(index: number): number | undefined {
    return index === 0 ? 0 : this.terms[index - 1];
  }

  lastIndexWithTermAtMost(term: number, index: number): number {
    for (let at = Math.min(index, this.terms.length); at > 0; at--) if (this.terms[at - 1]! <= term) return at;
    return 0;
  }
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('extend'), by: fc.integer({ min: 0, max: 2 }), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('truncate'), by: fc.integer({ min: 0, max: 8 }), count: fc.constant(0) }),
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
          } else {
            const index = Math.max(1, runs.lastIndex + 1 - by);
            runs.truncateFrom(index);
            naive.truncateFrom(index);
          }
          expect(runs.lastIndex).toBe(naive.terms.length);
          expect(runs.lastTerm).toBe(naive.terms.at(-1) ?? 0);
          for (let index = -1; index <= runs.lastIndex + 2; index++) {
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
