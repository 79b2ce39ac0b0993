import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { collection } from './collection.ts';
import { applyPatch } from './mutant.ts';
import { root } from './workshop.ts';

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

  it('is shown, all of it, in docs/museum.md', () => {
    const page = readFileSync(join(root, 'docs', 'museum.md'), 'utf8');
    const shown = [...page.matchAll(/^\| \*\*.*?\*\* \(`([a-z0-9-]+)`\)/gm)].map((match) => match[1]);
    expect(shown).toEqual(collection.map(({ id }) => id));
  });
});
