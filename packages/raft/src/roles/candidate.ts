// Both rounds of an election: the pre-vote, which asks without changing anything, and the vote itself.
// They differ in what is asked and in what winning means; the counting is the same.

import { assert } from '../assert.ts';
import type { BatchHeader } from '../batch.ts';
import type { Core } from '../core.ts';
import { leaderOf, type Message, MessageType } from '../messages.ts';
import { type NodeId, Role } from '../types.ts';
import type { Freshness, ProposeResult, RoleBehaviour, Transition } from './role.ts';

export class Candidate implements RoleBehaviour {
  readonly role: typeof Role.preCandidate | typeof Role.candidate;
  readonly hibernates = false;
  readonly #core: Core;
  readonly #granted = new Set<NodeId>();
  readonly #refused = new Set<NodeId>();
  readonly #giveUpTick: number;
  #askAgainTick: number;
  /** The leader asked for this campaign. */
  readonly #transfer: boolean;
  /** The save that makes the own vote durable; until then it does not count. Unused in the pre-vote. */
  readonly #ownVoteSave: number;

  constructor(core: Core, role: typeof Role.preCandidate | typeof Role.candidate, transfer = false) {
    assert(core.isVoter, 'only voters campaign');
    this.#core = core;
    this.role = role;
    this.#transfer = transfer;
    const { electionTicks, heartbeatTicks } = core.config;
    this.#giveUpTick = core.nowTick + core.random.integerBetween(Math.ceil(electionTicks / 2), electionTicks + 1);
    this.#askAgainTick = core.nowTick + heartbeatTicks;
    if (role === Role.candidate) {
      this.#ownVoteSave = core.setVote(core.term + 1, core.id);
    } else {
      this.#ownVoteSave = 0;
      this.#granted.add(core.id);
    }
    this.#ask();
  }

  /** A group of one needs nobody else's vote. */
  start(): Transition | undefined {
    return this.#outcome();
  }

  tick(): Transition | undefined {
    const { nowTick, config } = this.#core;
    if (nowTick >= this.#giveUpTick) {
      // Nobody won. Asking for a pre-vote first keeps terms from racing while no quorum can be reached.
      return { role: Role.preCandidate };
    }
    if (nowTick >= this.#askAgainTick) {
      this.#askAgainTick = nowTick + config.heartbeatTicks;
      this.#ask();
    }
    return undefined;
  }

  step(message: Message): Transition | undefined {
    switch (message.type) {
      case MessageType.append:
      case MessageType.heartbeat:
      case MessageType.installSnapshot:
        return { role: Role.follower, leader: leaderOf(message) };
      case MessageType.preVoteResponse:
        if (this.role !== Role.preCandidate || message.campaignTerm !== this.#core.term + 1) return undefined;
        this.#core.toldOfRemoval(message);
        return this.#count(message.from, message.granted);
      case MessageType.voteResponse:
        if (this.role !== Role.candidate) return undefined;
        return this.#count(message.from, message.granted);
      default:
        return undefined;
    }
  }

  durable(): undefined {}

  hardStateSaved(sequence: number): Transition | undefined {
    if (this.role === Role.preCandidate || sequence < this.#ownVoteSave) return undefined;
    return this.#count(this.#core.id, true);
  }

  peerUp(): void {
    this.#ask();
  }

  peerDown(): void {}

  hearsLeader(): boolean {
    return false;
  }

  /** A rival whom this member refused is without a leader too, so its own earlier refusal no longer says anything. */
  rivalRefused(rival: NodeId): void {
    if (this.role === Role.preCandidate && this.#refused.delete(rival)) this.#ask();
  }

  propose(_count: number, _payloadBytes: number, _seal: (header: BatchHeader) => Uint8Array): ProposeResult {
    return { accepted: false, reason: 'notLeader', leader: undefined };
  }

  readIndex(requestId: number): void {
    this.#core.emit({ type: 'readReady', requestId, readIndex: undefined });
  }

  freshness(): Freshness | undefined {
    return this.#core.freshness;
  }

  wake(): void {}

  leave(): void {}

  #ask(): void {
    const core = this.#core;
    for (const to of core.peers()) {
      if (this.#granted.has(to) || this.#refused.has(to)) continue;
      if (this.role === Role.candidate) core.askForVote(to, this.#transfer);
      else core.askForPreVote(to);
    }
  }

  #count(voter: NodeId, granted: boolean): Transition | undefined {
    // The first answer of a term stands: a vote is not given twice, and not taken back.
    if (!this.#granted.has(voter) && !this.#refused.has(voter)) (granted ? this.#granted : this.#refused).add(voter);
    return this.#outcome();
  }

  #outcome(): Transition | undefined {
    if (!this.#core.quorum.isReachedBy((node) => this.#granted.has(node))) return undefined;
    return this.role === Role.preCandidate ? { role: Role.candidate, transfer: false } : { role: Role.leader };
  }
}
