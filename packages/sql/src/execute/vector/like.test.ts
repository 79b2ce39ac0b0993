import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { likeMatcher } from './like.ts';

const character = fc.constantFrom('a', 'b', '%', '_', '\n', '😀');
const text = fc.array(character, { maxLength: 8 }).map((characters) => characters.join(''));

describe('LIKE', () => {
  it('is what an expression would say', () => {
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        const form = pattern.replaceAll('%', '[^]*').replaceAll('_', '[^]');
        expect(likeMatcher(pattern)(value)).toBe(new RegExp(`^${form}$`, 'u').test(value));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    [String.raw`100\%`, '100%', true],
    [String.raw`100\%`, '1000', false],
    [String.raw`a\_b`, 'axb', false],
    ['\\\\', '\\', true],
    ['a\\', 'a\\', true],
  ])('%s and %s', (pattern, value, expected) => {
    expect(likeMatcher(pattern)(value)).toBe(expected);
  });

  it('takes no more than the product of the lengths', () => {
    expect(likeMatcher(`${'%a'.repeat(200)}b`)('a'.repeat(5000))).toBe(false);
  });
});
