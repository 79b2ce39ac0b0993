// What a member keeps across role changes: log, term and vote, commit index, clock, and the effects of the input at hand.
// Roles act on it; what belongs to one role only lives in that role's object and ends with it.

import { assert } from './assert.ts';
import { type Batch, lastIndexOf } from './batch.ts';
import type { RaftConfig, RecoveredState } from './config.ts';
import type { Effect } from './effects.ts';
import { type Message, MessageType } from './messages.ts';
import { Quorum } from './quorum.ts';
import { RaftLog } from './raft-log.ts';
import { SeededRandom } from './random.ts';
import type { HardState, Index, NodeId, Term } from './types.ts';

/** Messages that wait for a hard state to become durable. More than a slow disk can ever need; the network may lose messages anyway. */
const heldMessagesMax = 4096;

interface HeldMessage {
  readonly afterSave: number;
  readonly message: Message;
}

export class Core {
  readonly config: RaftConfig;
  readonly id: NodeId;
  readonly quorum: Quorum;
  readonly log: RaftLog;
  readonly random: SeededRandom;
  /** Ticks since the start. */
  nowTick = 0;
  commitIndex: Index = 0;
  appliedIndex: Index = 0;
  leader: NodeId | undefined;

  #hardState: HardState;
  #requestedSave = 0;
  #completedSave = 0;
  #held: HeldMessage[] = [];
  #effects: Effect[] = [];

  constructor(config: RaftConfig, recovered: RecoveredState) {
    assert(
      config.heartbeatTicks >= 1 && config.electionTicks > config.heartbeatTicks,
      'heartbeats are more frequent than elections',
    );
    this.config = config;
    this.id = config.id;
    this.quorum = new Quorum(config.voters);
    assert(this.quorum.includes(config.id), 'a member belongs to its own group');
    this.log = new RaftLog(recovered.termRuns, recovered.lastIndex, config.cacheBytesMax);
    this.random = new SeededRandom(config.seed);
    // The term is durable before any entry of it is acknowledged, but an entry can reach the disk before the term does.
    const knowsLastTerm = recovered.hardState.term >= this.log.lastTerm;
    this.#hardState = knowsLastTerm
      ? recovered.hardState
      : { ...recovered.hardState, term: this.log.lastTerm, votedFor: undefined };
  }

  get term(): Term {
    return this.#hardState.term;
  }

  get votedFor(): NodeId | undefined {
    return this.#hardState.votedFor;
  }

  /** See `HardState.incident`: unless it is 0, this member must not vote, campaign or count. */
  get incident(): number {
    return this.#hardState.incident;
  }

  /** The other voters. */
  peers(): NodeId[] {
    return this.quorum.voters().filter((node) => node !== this.id);
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /**
   * Sends, unless term and vote are not durable yet: no message may speak for a term or a vote that a crash could undo.
   * Pre-vote messages promise nothing and go at once.
   */
  send(message: Message): void {
    const promisesNothing = message.type === MessageType.preVoteRequest || message.type === MessageType.preVoteResponse;
    if (promisesNothing || this.#completedSave === this.#requestedSave) {
      this.emit({ type: 'send', message });
    } else if (this.#held.length < heldMessagesMax) {
      this.#held.push({ afterSave: this.#requestedSave, message });
    }
  }

  /** Returns the sequence under which the disk will confirm it. */
  setVote(term: Term, votedFor: NodeId | undefined): number {
    assert(term >= this.term, 'terms never fall');
    assert(term > this.term || this.votedFor === undefined || this.votedFor === votedFor, 'one vote per term');
    assert(votedFor === undefined || this.incident === 0, 'a member that lost entries does not vote');
    return this.#saveHardState({ term, votedFor, incident: this.incident });
  }

  /** What was lost is made up for. If the save is lost in a crash, it is merely made up for again. */
  closeIncident(): void {
    this.#saveHardState({ term: this.term, votedFor: this.votedFor, incident: 0 });
  }

  #saveHardState(hardState: HardState): number {
    this.#hardState = hardState;
    const sequence = ++this.#requestedSave;
    this.emit({ type: 'saveHardState', sequence, hardState });
    return sequence;
  }

  hardStateSaved(sequence: number): void {
    assert(sequence <= this.#requestedSave, 'only what was asked for is saved');
    this.#completedSave = Math.max(this.#completedSave, sequence);
    const stillHeld: HeldMessage[] = [];
    for (const held of this.#held) {
      if (held.afterSave <= this.#completedSave) this.emit({ type: 'send', message: held.message });
      else stillHeld.push(held);
    }
    this.#held = stillHeld;
  }

  appendToLog(batch: Batch): void {
    if (batch.firstIndex <= this.log.lastIndex) {
      assert(batch.firstIndex > this.commitIndex, 'a committed entry is never truncated');
      this.log.truncateFrom(batch.firstIndex);
    }
    const sequence = this.log.append(batch);
    assert(this.log.lastIndex === lastIndexOf(batch), 'the log ends with what was appended last');
    this.emit({ type: 'append', sequence, batch });
  }

  appliedTo(index: Index): void {
    assert(index >= this.appliedIndex && index <= this.commitIndex, 'only what is committed is applied, in order');
    this.appliedIndex = index;
  }

  /** Moves the commit index forward; never back. */
  commitTo(index: Index): void {
    assert(index <= this.log.lastIndex, 'only what is in the log is committed');
    if (index <= this.commitIndex) return;
    this.commitIndex = index;
    this.emit({ type: 'commit', index });
  }
}
