// Proposals that take seconds are told about while they still wait, with what they wait for: afterwards nobody can tell
// any more. Looks at the oldest only, once a tick, so it costs the others nothing.

import type { FollowerStatus, GroupId, Index, RaftStatus } from '@balsa/raft';

/** A proposal is reported when it is this old, and once more when it has become that old. */
const reportAgesMs = [5_000, 15_000] as const;

export interface OldestProposal {
  /** When its first entry was submitted. */
  readonly submittedMs: number;
  readonly entries: number;
  /** Absent while it waits to be proposed. */
  readonly proposed?: { readonly atMs: number; readonly lastIndex: Index };
}

export interface SlowProposal {
  readonly group: GroupId;
  readonly entries: number;
  /** Since its first entry was submitted. */
  readonly ageMs: number;
  /** How much of that it waited to be proposed. */
  readonly queuedMs: number;
  readonly lastIndex: Index | undefined;
  readonly waitsFor: 'earlier proposals' | 'a quorum' | 'the own disk and a quorum' | 'the state machine';
  readonly durableIndex: Index;
  readonly commitIndex: Index;
  readonly appliedIndex: Index;
  readonly followers: readonly FollowerStatus[];
}

export class SlowWatch {
  readonly #group: GroupId;
  readonly #report: (slow: SlowProposal) => void;
  /** Submission time of the proposal that was reported last, and how often it was. */
  #reportedMs: number | undefined;
  #reports = 0;

  constructor(group: GroupId, report: (slow: SlowProposal) => void) {
    this.#group = group;
    this.#report = report;
  }

  check(nowMs: number, oldest: OldestProposal | undefined, status: () => RaftStatus): void {
    if (oldest === undefined) return;
    const ageMs = nowMs - oldest.submittedMs;
    if (ageMs < reportAgesMs[0]) return;
    if (this.#reportedMs !== oldest.submittedMs) {
      this.#reportedMs = oldest.submittedMs;
      this.#reports = 0;
    }
    const dueMs = reportAgesMs[this.#reports];
    if (dueMs === undefined || ageMs < dueMs) return;
    this.#reports++;
    this.#report(describe(this.#group, nowMs, oldest, status()));
  }
}

function describe(group: GroupId, nowMs: number, oldest: OldestProposal, status: RaftStatus): SlowProposal {
  const { submittedMs, entries, proposed } = oldest;
  const { durableIndex, commitIndex, appliedIndex, followers } = status;
  return {
    group,
    entries,
    ageMs: Math.round(nowMs - submittedMs),
    queuedMs: Math.round((proposed?.atMs ?? nowMs) - submittedMs),
    lastIndex: proposed?.lastIndex,
    waitsFor: stageOf(proposed?.lastIndex, durableIndex, commitIndex),
    durableIndex,
    commitIndex,
    appliedIndex,
    followers,
  };
}

function stageOf(lastIndex: Index | undefined, durableIndex: Index, commitIndex: Index): SlowProposal['waitsFor'] {
  if (lastIndex === undefined) return 'earlier proposals';
  if (lastIndex <= commitIndex) return 'the state machine';
  return lastIndex <= durableIndex ? 'a quorum' : 'the own disk and a quorum';
}
