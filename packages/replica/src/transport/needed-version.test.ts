import { type Append, MessageType } from '@balsa/raft';
import { expect, test } from 'vitest';
import { neededVersion } from './needed-version.ts';

const direct: Append = {
  type: MessageType.append,
  from: 1,
  to: 2,
  term: 3,
  leader: 1,
  session: 1,
  prevIndex: 0,
  prevTerm: 0,
  commitIndex: 0,
  batches: [],
  mayOvertake: true,
  routes: [],
};

const needed = (message: Append): number => neededVersion({ kind: 'raft', message });

test('what a relay passes on, and what is to be passed on, is not for releases that know no relays', () => {
  expect(needed({ ...direct, leader: 4 })).toBe(4);
  expect(needed({ ...direct, routes: [{ node: 4, session: 1, prevIndex: 0, lastIndex: 1, routes: [] }] })).toBe(4);
});

test('what a leader sends itself is for every release, whether it may overtake or not', () => {
  expect(needed(direct)).toBe(1);
});
