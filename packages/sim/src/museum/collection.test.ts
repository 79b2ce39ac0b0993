import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collection } from './collection.ts';
import { readKnownSeeds } from './known-seeds.ts';
import { applyPatch } from './mutant.ts';
import { notOnShow } from './not-on-show.ts';
import { root } from './workshop.ts';

/** The original's safety and liveness defects are numbered S1 to S29 and L1 to L23. */
const defects = [...numbered('S', 29), ...numbered('L', 23)];

describe('the collection', () => {
  it('has at least 40 mutants, each with a name of its own', () => {
    expect(collection.length).toBeGreaterThanOrEqual(40);
    expect(new Set(collection.map(({ id }) => id)).size).toBe(collection.length);
  });

  it.each(collection)('$id fits the code as it is', ({ patches }) => {
    expect(patches.length).toBeGreaterThan(0);
    for (const patch of patches) {
      const text = readFileSync(join(root, patch.file), 'utf8');
      expect(applyPatch(text, patch)).not.toBe(text);
    }
  });

  it('shows every defect of the original, or says why not', () => {
    const shown = new Set(collection.flatMap(({ seen }) => defectsIn(seen)));
    const missing = new Set(notOnShow.flatMap((entry) => defectsIn(entry.defects)));
    expect(defects.filter((defect) => !shown.has(defect) && !missing.has(defect))).toEqual([]);
  });

  it('is shown, all of it, in docs/museum.md', () => {
    const page = readFileSync(join(root, 'docs', 'museum.md'), 'utf8');
    const shown = [...page.matchAll(/^\| \*\*.*?\*\* \(`([a-z0-9-]+)`\)/gm)].map((match) => match[1]);
    expect(shown).toEqual(collection.map(({ id }) => id));
  });

  it('knows seeds only of what it has', () => {
    const ids = new Set(collection.map(({ id }) => id));
    expect(Object.keys(readKnownSeeds()).filter((id) => !ids.has(id))).toEqual([]);
  });
});

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${letter}${i + 1}`);
}

function defectsIn(text: string): string[] {
  return text.match(/\b[SL]\d+\b/g) ?? [];
}
