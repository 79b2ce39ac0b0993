import { expect, test } from 'vitest';
import { cutToWidth, padToWidth, shownText, textWidth } from './text-width.ts';

test.each([
  ['abc', 3],
  ['', 0],
  ['äöü', 3],
  ['日本語', 6],
  ['e\u0301', 1],
  ['😀', 2],
])('%j takes %i columns', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('what would move the cursor or the direction of text is shown as an escape', () => {
  expect(shownText('a\nb\tc\x1b[2Jd\u202ee')).toBe('a\\nb\\tc\\x1b[2Jd\\u202ee');
  expect(shownText('日本')).toBe('日本');
});

test('what is too long is cut with a sign, at either end', () => {
  expect(cutToWidth('abcdef', 6)).toBe('abcdef');
  expect(cutToWidth('abcdef', 4)).toBe('abc…');
  expect(cutToWidth('abcdef', 4, 'end')).toBe('…def');
  expect(cutToWidth('日本語', 4)).toBe('日…');
  expect(padToWidth('日', 4, 'right')).toBe('  日');
  expect(padToWidth('日', 4, 'left')).toBe('日  ');
});
