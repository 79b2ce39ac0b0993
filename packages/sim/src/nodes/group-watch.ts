// Looks at one group on one node after every event that may have changed it, and holds it to what all members are held to.

import { lastIndexOf, Role } from '@balsa/raft';
import type { Group, GroupStatus } from '@balsa/replica';
import { isVoter } from '../majorities.ts';
import { Violation } from '../oracles.ts';
import type { GroupHistories } from './group-histories.ts';
import type { ObservedGroup } from './observed-group.ts';
import type { NodesScenario } from './scenario.ts';
import type { VoteOracle } from './vote-oracle.ts';

export interface GroupWatchPorts {
  readonly group: Group;
  readonly observed: ObservedGroup;
  readonly histories: GroupHistories;
  readonly votes: VoteOracle;
  readonly everyone: () => readonly ObservedGroup[];
  readonly limits: NodesScenario['limits'];
  /** See `GroupOptions`. */
  readonly weakBytesMax: number;
  /** The largest batch that clients can cause. */
  readonly batchBytesMax: number;
  /** Does another member's state take the place of this one's, which may be an earlier one? */
  readonly isReplaced: () => boolean;
  readonly onRole: (role: Role, term: number, leader: number | undefined) => void;
  readonly onCommit: (index: number) => void;
  /** Nobody had committed it before. */
  readonly onCommitted: (index: number) => void;
  /** Something came ahead of a gap, and waits. */
  readonly onWindowWait: () => void;
}

/** For one life of the process. */
export class GroupWatch {
  readonly #ports: GroupWatchPorts;
  #committedBatches = 0;
  #commitIndex = 0;
  #appliedIndex = 0;
  #term = 0;
  #role: Role = Role.follower;
  #leader: number | undefined;
  #windowBytes = 0;
  #weaklyAcceptedIndex = 0;

  constructor(ports: GroupWatchPorts) {
    this.#ports = ports;
  }

  /** @throws Violation */
  look(): void {
    const status = this.#ports.group.status();
    this.#watchRole(status);
    this.#watchCommit(status);
    this.#watchWeak(status);
    this.#leadsByRight(status);
    this.#keepsToLimits(status);
    if (status.windowBytes > this.#windowBytes) this.#ports.onWindowWait();
    this.#windowBytes = status.windowBytes;
  }

  #watchRole({ role, term, leader }: GroupStatus): void {
    const { group, observed, histories, votes, onRole } = this.#ports;
    if (role === this.#role && term === this.#term && leader === this.#leader) return;
    if (term < this.#term) throw new Violation('terms never fall', `node ${observed.id} from ${this.#term} to ${term}`);
    const isElected = role === Role.leader && !(this.#role === Role.leader && this.#term === term);
    this.#term = term;
    this.#role = role;
    this.#leader = leader;
    this.#weaklyAcceptedIndex = 0;
    observed.ledTerm = group.isLeader ? term : undefined;
    onRole(role, term, leader);
    if (!isElected || !group.isLeader) return;
    histories.of(term).oracles.leaderElected(observed, term);
    histories.of(term).weak.leaderElected(observed, term);
    votes.leaderElected(observed, term);
  }

  #watchCommit({ commitIndex, appliedIndex, term, configuration, configurationIndex }: GroupStatus): void {
    const { observed, histories, everyone, onCommit, onCommitted } = this.#ports;
    const goesBack = appliedIndex < this.#appliedIndex && !this.#ports.isReplaced();
    if (commitIndex < this.#commitIndex || goesBack) {
      throw new Violation(
        'commit order',
        `node ${observed.id} goes back from ${this.#commitIndex}, ${this.#appliedIndex} to ${commitIndex}, ${appliedIndex}`,
      );
    }
    if (appliedIndex > commitIndex) {
      throw new Violation(
        'commit order',
        `node ${observed.id} applies ${appliedIndex}, and ${commitIndex} is committed`,
      );
    }
    this.#appliedIndex = appliedIndex;
    if (commitIndex === this.#commitIndex) return;
    this.#commitIndex = commitIndex;
    const { oracles, configurations, weak } = histories.of(term);
    onCommit(commitIndex);
    for (; this.#committedBatches < observed.visible.length; this.#committedBatches++) {
      const batch = observed.visible[this.#committedBatches]!;
      if (lastIndexOf(batch) > commitIndex) break;
      if (!oracles.batchCommitted(observed, term, this.#committedBatches, batch, everyone())) continue;
      configurations.committed(batch);
      weak.committed(batch);
      onCommitted(lastIndexOf(batch));
    }
    if (configurationIndex <= commitIndex) configurations.believed(observed.id, commitIndex, configuration);
  }

  #watchWeak({ weaklyAcceptedIndex: index, commitIndex, term }: GroupStatus): void {
    const { observed, histories, everyone, weakBytesMax } = this.#ports;
    if (index <= commitIndex || index === this.#weaklyAcceptedIndex) return;
    this.#weaklyAcceptedIndex = index;
    histories.of(term).weak.accepted(observed, { term, index, commitIndex, bytesMax: weakBytesMax }, everyone());
  }

  /** Who knows that it may vote no more leads no more. */
  #leadsByRight({ role, configuration, configurationIndex, commitIndex }: GroupStatus): void {
    const { id } = this.#ports.observed;
    if (role !== Role.leader || commitIndex < configurationIndex || isVoter(id, configuration)) return;
    throw new Violation('removed leader', `node ${id} leads, and is no voter as of ${configurationIndex}`);
  }

  /** Every buffer keeps to its limit, except that one batch may always pass, however large. */
  #keepsToLimits(status: GroupStatus): void {
    const { followers, uncommittedBytes, unappliedBytes, cachedBytes, windowBytes, queuedBytes } = status;
    const { limits, batchBytesMax } = this.#ports;
    const messageBytesMax = Math.max(batchBytesMax, limits.appendBytesMax);
    const inflightBytes = Math.max(0, ...followers.map((follower) => follower.inflightBytes));
    this.#keepsTo('bytes in flight', inflightBytes, limits.inflightBytesMax + messageBytesMax);
    this.#keepsTo('uncommitted bytes', uncommittedBytes, limits.uncommittedBytesMax + batchBytesMax);
    this.#keepsTo('unapplied bytes', unappliedBytes, limits.uncommittedBytesMax + batchBytesMax);
    this.#keepsTo('bytes ahead of a gap', windowBytes, limits.windowBytesMax);
    this.#keepsTo('cached bytes', cachedBytes, limits.cacheBytesMax + batchBytesMax);
    // The queue and the waiting room each have the limit for themselves.
    this.#keepsTo('queued bytes', queuedBytes, 2 * limits.queuedBytesMax + batchBytesMax);
  }

  #keepsTo(what: string, bytes: number, bytesMax: number): void {
    if (bytes <= bytesMax) return;
    throw new Violation(
      'bounds',
      `node ${this.#ports.observed.id} has ${bytes} ${what}, at most ${bytesMax} are allowed`,
    );
  }
}
