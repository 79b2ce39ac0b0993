import { expect, test } from 'vitest';
import { readTime } from './read-time.ts';
import { parseZone } from './zone.ts';

test.each([
  ['0', 0],
  ['-1500', -1500],
  ['1767225600000', 1_767_225_600_000],
  ['2026-01-01', Date.UTC(2026, 0, 1) - 8 * 3_600_000],
  ['2026-01-01T00:00:00', Date.UTC(2026, 0, 1) - 8 * 3_600_000],
  ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
  ['2026/1/1 00:00:00.250+01:00', Date.UTC(2026, 0, 1) - 3_600_000 + 250],
  ['', undefined],
  ['yesterday', undefined],
  ['2026-13-01', undefined],
  ['9007199254740992', undefined],
  ['1.5', undefined],
])('%j', (text, expected) => {
  expect(readTime(text, parseZone('+08:00'))).toBe(expected);
});
