import { describe, expect, test } from 'vitest';
import { BenchError } from '../bench-error.ts';
import { runTarget } from './run-target.ts';
import { fuzzTargets, targetsNamed } from './targets.ts';

const inputs = 150;
/** The same inputs every time: what is new is for `npm run fuzz` to find. */
const seed = 1;

describe('a bounded part of npm run fuzz:', () => {
  test.each(fuzzTargets.map((target) => [target.name, target] as const))('%s', async (_name, target) => {
    let last: Buffer = Buffer.alloc(0);
    const { report, broken } = await runTarget(target, {
      seed,
      isOver: (executions) => executions >= inputs,
      onInput: (input) => {
        last = input;
      },
    });
    expect(broken, last.toString('hex')).toBeUndefined();
    expect(report.accepted).toBeGreaterThanOrEqual(target.corpus.length);
    // Refused in more ways than one: damage gets beyond the first check.
    expect(report.answers).toBeGreaterThan(2);
  });
});

test('targets have names of their own, by room', () => {
  const names = fuzzTargets.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(
    names.filter((name) => !/^(wire|codes|replica|engine|server|client|cli|sim|tsfile|sql)\/[a-z-]+$/.test(name)),
  ).toEqual([]);
});

test('a name stands for itself, or for all that begin so', () => {
  expect(targetsNamed('wire/tablet').map(({ name }) => name)).toEqual(['wire/tablet']);
  expect(targetsNamed('')).toEqual(fuzzTargets);
  expect(targetsNamed('engine/').length).toBeGreaterThan(1);
  expect(() => targetsNamed('wire/nothing')).toThrow(BenchError);
});
