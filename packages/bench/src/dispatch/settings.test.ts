import { defaultLimits } from '@balsa/replica';
import { expect, test } from 'vitest';
import { clustersFor, strategies } from './settings.ts';

test('strategies share their nodes, but for those without a window', () => {
  const { windowEntriesMax } = defaultLimits;
  expect(clustersFor(['direct', 'relay'])).toEqual([{ hasWindow: true, windowEntriesMax, weakBytesMax: 0 }]);
  expect(clustersFor(['relay-ordered'])).toEqual([{ hasWindow: false, windowEntriesMax: 0, weakBytesMax: 0 }]);
});

test('only nodes of which some strategy wants to be told early report what they have in memory', () => {
  const clusters = clustersFor(['relay-ordered', 'relay-committed', 'relay-weak']);
  expect(clusters.map(({ hasWindow, weakBytesMax }) => [hasWindow, weakBytesMax > 0])).toEqual([
    [true, true],
    [false, false],
  ]);
});

test('of the three, one thing differs from each to the next', () => {
  const [ordered, committed, weak] = [
    strategies['relay-ordered'],
    strategies['relay-committed'],
    strategies['relay-weak'],
  ];
  expect({ ...ordered, hasWindow: true }).toEqual(committed);
  expect({ ...committed, acknowledge: 'weak' }).toEqual(weak);
});
