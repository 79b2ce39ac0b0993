// The seeds at which mutants were found when the page was written: an everyday tour tries them first, and is much shorter.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KnownSeeds, Verdict } from './tour.ts';
import { root } from './workshop.ts';

const file = join(root, 'packages', 'sim', 'src', 'museum', 'known-seeds.json');

export function readKnownSeeds(): KnownSeeds {
  return JSON.parse(readFileSync(file, 'utf8')) as KnownSeeds;
}

/** Of each mutant that a simulator killed: where the first of its hunts ended. */
export function writeKnownSeeds(verdicts: readonly Verdict[]): void {
  const seeds = verdicts.flatMap(({ mutant, kills }) => {
    const seed = kills[0]?.seed;
    return seed === undefined ? [] : [[mutant.id, seed] as const];
  });
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(seeds), null, 2)}\n`);
}
