// One member of one Raft group, as a pure state machine: inputs go in one at a time, effects come out in order.
// It does no I/O, reads no clock and draws no randomness but from its seed: the same inputs give the same effects.
//
// This file decides what concerns every role alike (terms, votes, changes of role); the roles do the rest.

import type { Batch, BatchHeader } from './batch.ts';
import type { RaftConfig, RecoveredState } from './config.ts';
import { Core } from './core.ts';
import type { Effect } from './effects.ts';
import { type Message, MessageType, type PreVoteRequest, type VoteRequest } from './messages.ts';
import { Candidate } from './roles/candidate.ts';
import { Follower } from './roles/follower.ts';
import { Leader } from './roles/leader.ts';
import type { ProposeResult, RoleBehaviour, Transition } from './roles/role.ts';
import type { RaftStatus } from './status.ts';
import { type Index, type NodeId, Role, type Term } from './types.ts';

export class Raft {
  readonly #core: Core;
  #role: RoleBehaviour;

  constructor(config: RaftConfig, recovered: RecoveredState) {
    this.#core = new Core(config, recovered);
    const follower = new Follower(this.#core);
    follower.campaignSoon();
    this.#role = follower;
    // Alone in its group, there is nobody to wait for.
    if (config.voters.length === 1 && this.#core.incident === 0) this.#become({ role: Role.preCandidate });
  }

  // --- inputs ------------------------------------------------------------------------------------------------------

  /** Time has moved on by one tick. */
  tick(): void {
    this.#core.nowTick++;
    this.#become(this.#role.tick());
  }

  /** A message has arrived. It may be late, repeated, or of any term. */
  step(message: Message): void {
    if (message.to !== this.#core.id || !this.#core.quorum.includes(message.from)) return;
    if (message.type === MessageType.preVoteRequest) this.#onPreVoteRequest(message);
    else if (message.type === MessageType.voteRequest) this.#onVoteRequest(message);
    else if (message.term < this.#core.term) this.#onOlderTerm(message);
    else this.#onCurrentOrNewerTerm(message);
  }

  /**
   * Appends `count` entries as one batch, if this member leads. `seal` gets the header with the term and the indexes
   * that the batch was given and returns the record; it is called only if the proposal is accepted.
   */
  propose(count: number, payloadBytes: number, seal: (header: BatchHeader) => Uint8Array): ProposeResult {
    return this.#role.propose(count, payloadBytes, seal);
  }

  /** Asks for a linearizable read; the answer is a `readReady` effect, or none at all if a message is lost. Ids are not reused. */
  readIndex(requestId: number): void {
    this.#role.readIndex(requestId);
  }

  /** Every append effect up to `sequence` is durable. */
  appended(sequence: number): void {
    this.#core.log.confirm(sequence);
    this.#role.durable();
  }

  /** Every saveHardState effect up to `sequence` is durable. */
  hardStateSaved(sequence: number): void {
    this.#core.hardStateSaved(sequence);
    this.#become(this.#role.hardStateSaved(sequence));
  }

  /** The state machine has applied everything up to `index`. */
  applied(index: Index): void {
    this.#core.appliedTo(index);
  }

  /** Answers a `readLog` effect. Empty: the read failed, and is tried again later. */
  logRead(to: NodeId, term: Term, session: number, batches: readonly Batch[]): void {
    if (this.#role instanceof Leader && this.#role.term === term) this.#role.logRead(to, session, batches);
  }

  /** A connection to this peer was made. A hint, never needed for safety or progress: it saves waiting. */
  peerUp(peer: NodeId): void {
    this.#role.peerUp(peer);
  }

  /** The connection to this peer was lost. A hint, like `peerUp`. */
  peerDown(peer: NodeId): void {
    this.#role.peerDown(peer);
  }

  // --- outputs -----------------------------------------------------------------------------------------------------

  /** The effects of the inputs since the last call, in the order in which they are to be carried out. */
  takeEffects(): Effect[] {
    return this.#core.takeEffects();
  }

  /** Newest batches from memory, starting with the one that holds `fromIndex`; `undefined`: ask the log store. */
  cachedBatches(fromIndex: Index, bytesMax: number): Batch[] | undefined {
    return this.#core.log.cachedFrom(fromIndex, bytesMax);
  }

  /** The term of the entry at `index`; `undefined` if there is no such entry. */
  termAt(index: Index): Term | undefined {
    return this.#core.log.termAt(index);
  }

  get role(): Role {
    return this.#role.role;
  }

  get term(): Term {
    return this.#core.term;
  }

  get leader(): NodeId | undefined {
    return this.#core.leader;
  }

  get commitIndex(): Index {
    return this.#core.commitIndex;
  }

  status(): RaftStatus {
    const { id, term, votedFor, leader, log, commitIndex, appliedIndex } = this.#core;
    const leading = this.#role instanceof Leader ? this.#role : undefined;
    return {
      id,
      role: this.#role.role,
      term,
      votedFor,
      leader,
      lastIndex: log.lastIndex,
      durableIndex: log.durableIndex,
      commitIndex,
      appliedIndex,
      uncommittedBytes: leading?.uncommittedBytes ?? 0,
      cachedBytes: log.cachedBytes,
      followers: leading?.followerStatus() ?? [],
    };
  }

  // --- terms and votes ---------------------------------------------------------------------------------------------

  #onPreVoteRequest(request: PreVoteRequest): void {
    const { id, log, term, incident } = this.#core;
    const better = log.isUpToDate(request.lastIndex, request.lastTerm);
    // Two pre-candidates with equal logs would split the vote: the lower id yields.
    const yields =
      this.#role.role === Role.preCandidate &&
      id > request.from &&
      request.lastIndex === log.lastIndex &&
      request.lastTerm === log.lastTerm;
    const mayVote = incident === 0 && !this.#role.hearsLeader();
    const granted = request.campaignTerm > term && better && !yields && mayVote;
    this.#core.send({
      type: MessageType.preVoteResponse,
      from: id,
      to: request.from,
      term,
      campaignTerm: request.campaignTerm,
      granted,
      removedAt: undefined,
    });
    if (!granted) this.#role.rivalRefused(request.from);
  }

  #onVoteRequest(request: VoteRequest): void {
    const core = this.#core;
    // Whoever hears from a live leader must not help to depose it, not even by adopting a higher term.
    if (request.term > core.term && this.#role.hearsLeader()) return;
    const free =
      request.term > core.term ||
      (request.term === core.term && core.leader === undefined && (core.votedFor ?? request.from) === request.from);
    const granted = free && core.incident === 0 && core.log.isUpToDate(request.lastIndex, request.lastTerm);
    if (granted) this.#grantVote(request);
    else if (request.term > core.term) this.#followInTerm(request.term, undefined, undefined);
    core.send({ type: MessageType.voteResponse, from: core.id, to: request.from, term: core.term, granted });
  }

  #grantVote(request: VoteRequest): void {
    if (request.term > this.#core.term) {
      this.#followInTerm(request.term, request.from, undefined);
    } else {
      if (this.#core.votedFor === undefined) this.#core.setVote(request.term, request.from);
      if (this.#role.role === Role.preCandidate) this.#become({ role: Role.follower, leader: undefined });
    }
    if (this.#role instanceof Follower) this.#role.postponeElection();
  }

  /** Tells a leader of an earlier term that its time is over; drops the rest. */
  #onOlderTerm(message: Message): void {
    const { id, term, appliedIndex } = this.#core;
    if (message.type === MessageType.append || message.type === MessageType.heartbeat) {
      this.#core.send({
        type: MessageType.heartbeatAck,
        from: id,
        to: message.from,
        term,
        session: message.session,
        round: 0,
        receivedIndex: 0,
        durableIndex: 0,
        durableTerm: 0,
        incident: this.#core.incident,
        appliedIndex,
      });
    } else if (message.type === MessageType.preVoteResponse) {
      // The voter's term may be lower: the campaign's term is in the answer.
      this.#become(this.#role.step(message));
    }
  }

  #onCurrentOrNewerTerm(message: Message): void {
    const fromLeader = message.type === MessageType.append || message.type === MessageType.heartbeat;
    if (message.term > this.#core.term) {
      this.#followInTerm(message.term, undefined, fromLeader ? message.from : undefined);
    }
    const transition = this.#role.step(message);
    this.#become(transition);
    // A candidate that learns of the winner becomes its follower, and as such takes the message in.
    if (fromLeader && transition?.role === Role.follower) this.#become(this.#role.step(message));
  }

  #followInTerm(term: Term, votedFor: NodeId | undefined, leader: NodeId | undefined): void {
    this.#core.setVote(term, votedFor);
    this.#become({ role: Role.follower, leader });
  }

  #become(first: Transition | undefined): void {
    for (let transition = first; transition !== undefined; ) transition = this.#enter(transition);
  }

  /** Ends the current role, begins the next, and returns the transition to which that may lead at once. */
  #enter(transition: Transition): Transition | undefined {
    const core = this.#core;
    this.#role.leave();
    switch (transition.role) {
      case Role.follower: {
        core.leader = transition.leader;
        this.#role = new Follower(core);
        this.#announceRole();
        return undefined;
      }
      case Role.leader: {
        core.leader = core.id;
        const leader = new Leader(core);
        this.#role = leader;
        this.#announceRole();
        leader.start();
        return undefined;
      }
      default: {
        core.leader = undefined;
        const candidate = new Candidate(core, transition.role);
        this.#role = candidate;
        this.#announceRole();
        return candidate.start();
      }
    }
  }

  #announceRole(): void {
    const { term, leader } = this.#core;
    this.#core.emit({ type: 'role', role: this.#role.role, term, leader });
  }
}
