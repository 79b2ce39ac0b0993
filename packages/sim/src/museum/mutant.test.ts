import { describe, expect, it } from 'vitest';
import { applyPatch } from './mutant.ts';

const patch = { file: 'code.ts', find: 'a > b', replace: "'$&' < b" };

describe('a patch', () => {
  it('replaces its one place, by exactly its text', () => {
    expect(applyPatch('if (a > b) return;', patch)).toBe("if ('$&' < b) return;");
  });

  it('that no longer fits says so', () => {
    expect(() => applyPatch('if (a >= b) return;', patch)).toThrow('code.ts has 0 places that read "a > b", not one');
  });

  it('that fits twice says so', () => {
    expect(() => applyPatch('a > b || a > b', patch)).toThrow('has 2 places');
  });
});
