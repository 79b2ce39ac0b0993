import { configurationOf, Role } from '@balsa/raft';
import type { GroupStatus } from '@balsa/replica';
import { expect, test } from 'vitest';
import { memberReport } from './member-report.ts';

const follower = {
  state: 'replicate',
  nextIndex: 11,
  inflightBytes: 0,
  relay: undefined,
  takesFragments: false,
  isCaughtUp: true,
  snapshotIndex: undefined,
} as const;
const status: GroupStatus = {
  group: 1,
  id: 1,
  role: Role.leader,
  term: 3,
  votedFor: 1,
  leader: 1,
  lastIndex: 10,
  lastTerm: 3,
  durableIndex: 9,
  commitIndex: 8,
  commitTerm: 3,
  appliedIndex: 7,
  baseIndex: 0,
  configuration: configurationOf([1]),
  configurationIndex: 0,
  compactableIndex: 0,
  hibernates: false,
  transferringTo: undefined,
  isRestoring: false,
  snapshotIndex: 0,
  forcedRecoveries: 0,
  uncommittedBytes: 0,
  unappliedBytes: 0,
  weaklyAcceptedIndex: 0,
  cachedBytes: 0,
  windowBytes: 0,
  dispatch: { strategy: 'direct', mode: 'direct', reason: undefined },
  followers: [
    { ...follower, id: 2, matchIndex: 8, appliedIndex: 5 },
    { ...follower, id: 3, matchIndex: 4, appliedIndex: undefined },
  ],
  sessions: 0,
  queuedBytes: 0,
  failure: undefined,
};

test('a leader reports how far each member has written and applied, as far as it was told', () => {
  expect([1, 2, 3, 4].map((id) => memberReport(id, status))).toEqual([
    { id: 1, matchIndex: 9, lag: 1, appliedIndex: 7, applyLag: 3 },
    { id: 2, matchIndex: 8, lag: 2, appliedIndex: 5, applyLag: 5 },
    { id: 3, matchIndex: 4, lag: 6 },
    { id: 4 },
  ]);
});

test('who does not lead knows nothing of the others, nor speaks of itself as the leader would', () => {
  const following: GroupStatus = { ...status, role: Role.follower, leader: 2, followers: [] };
  expect([1, 2, 3].map((id) => memberReport(id, following))).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
});
