import { describe, expect, it } from 'vitest';
import { checkIn } from './hunt.ts';
import { describeTour, museumPage, summarizeTour } from './museum-report.ts';
import type { Killer, Mutant } from './mutant.ts';
import { medianSeeds, survives, type Verdict } from './tour.ts';

function verdictOn(id: string, killer: Killer, kills: Verdict['kills']): Verdict {
  const mutant: Mutant = { id, title: 'It | forgets', seen: 'an engine', why: 'It must not.', patches: [], killer };
  return { mutant, kills };
}

const core: Killer = { by: 'core', check: 'durability' };
const kill = (seeds: number | undefined, check = 'durability') => ({ check, seeds, seed: seeds });
const found = verdictOn('found', core, [kill(9), kill(1234), kill(70, 'liveness')]);
const tested = verdictOn('tested', { by: 'tests', files: ['x.test.ts'] }, [kill(undefined, 'test: it remembers')]);
const missed = verdictOn('missed', core, [kill(1), undefined, kill(2)]);

describe('the report of a tour', () => {
  it('takes the median over the first seeds', () => {
    expect([found, tested, missed].map(medianSeeds)).toEqual([70, undefined, 2]);
  });

  it('calls a survivor whoever survives once', () => {
    expect([found, tested, missed].map(survives)).toEqual([false, false, true]);
  });

  it('shows a person who killed what', () => {
    const text = describeTour([found, tested, missed], 61.4);
    expect(text).toMatch(/✔ found +70 {2}durability or liveness {2}← an engine/);
    expect(text).toMatch(/✘ missed/);
    expect(text).toContain('3 mutants, 1 SURVIVED, in 61 s');
    expect(describeTour([found], 1)).toContain('1 mutants, all killed');
  });

  it('shows of one hunt the seed, of several the median', () => {
    expect(describeTour([verdictOn('once', core, [kill(1234)])], 1)).toMatch(
      / seed {2}killed by.*once +1234 {2}durability/s,
    );
    expect(describeTour([found], 1)).toMatch(/median {2}killed by.*found +70 {2}durability/s);
  });

  it('says if another check than the expected one was first', () => {
    expect(describeTour([verdictOn('odd', core, [kill(5, 'liveness')])], 1)).toContain(
      'liveness, not durability as expected',
    );
    expect(describeTour([found, tested], 1)).not.toContain('expected');
  });

  it('shows a program the same', () => {
    expect(summarizeTour([found, tested, missed], 2)).toEqual({
      mutants: 3,
      killed: 2,
      survivors: ['missed'],
      seconds: 2,
      results: [
        { id: 'found', seen: 'an engine', by: 'core', killedBy: 'durability or liveness', seed: 9, seeds: 70 },
        { id: 'tested', seen: 'an engine', by: 'tests', killedBy: 'test: it remembers', seed: null, seeds: null },
        { id: 'missed', seen: 'an engine', by: 'core', killedBy: null, seed: 1, seeds: 2 },
      ],
    });
  });

  it('becomes a page whose tables hold whatever a title holds', () => {
    const hosted = verdictOn('hosted', { by: 'nodes', check: 'answers' }, [kill(8, 'answers')]);
    const page = museumPage([found, tested, hosted], [{ defects: 'S1', what: 'locks', reason: 'none here' }], 3);
    expect(page).toContain('3 mutants: 1 are killed in the simulation of the core, 1 in the simulation of whole nodes');
    expect(page).toContain('1 by unit and scenario tests');
    expect(page).toContain(
      '| **It \\| forgets** (`found`) | an engine | It must not. | core | durability or liveness | 70 |',
    );
    expect(page).toContain('| S1 | locks | none here |');
  });
});

describe('the check that a violation comes from', () => {
  it.each([
    ['election safety: 4 and 5 both lead term 1', 'election safety'],
    ['InvariantError: invariant broken: one leader per term\n    at assert', 'invariant: one leader per term'],
    ["TypeError: Cannot read properties of undefined (reading 'x')\n    at y", 'exception: TypeError'],
  ])('%j', (violation, check) => expect(checkIn(violation)).toBe(check));
});
