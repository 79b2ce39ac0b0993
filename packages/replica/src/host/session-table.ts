// Exactly-once (Raft dissertation, section 6.3). A client opens a session, numbers its commands, and re-sends under the
// same number whatever it has no answer to; the answers that it may still ask for are kept here. The table is part of
// the replicated state: it changes only by applying entries, so it is the same on every replica.

import type { Index } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { AnswerCopies } from './answer-copies.ts';
import type { PayloadHeader } from './payload.ts';
import { type Answer, Session, type SessionRecord } from './session.ts';
import { decodeSessions, encodeSessions } from './session-encoding.ts';
import { checkSessionLimits, type SessionLimits } from './session-limits.ts';
import { SessionOrder } from './session-order.ts';

/** What became of a command, or why it was not applied. */
export type SessionOutcome =
  | Answer
  /** The session ended, or never was. */
  | { readonly kind: 'unknown' }
  /** The client said that it has this answer already, or runs too far ahead of its acknowledgements. */
  | { readonly kind: 'refused' };

const unknown: SessionOutcome = { kind: 'unknown' };
const refused: SessionOutcome = { kind: 'refused' };
const tooLarge: Answer = { kind: 'tooLarge' };

export class SessionTable {
  readonly #limits: SessionLimits;
  readonly #copies = new AnswerCopies();
  #sessions = new Map<number, Session>();
  #order = new SessionOrder();
  #bytes = 0;

  /** @throws RangeError */
  constructor(limits: SessionLimits) {
    checkSessionLimits(limits);
    this.#limits = limits;
  }

  /** Reads what `encode` wrote. @throws ReplicaError SNAPSHOT_DAMAGED, RECORD_UNKNOWN, SESSION_LIMITS_DIFFER */
  static decode(limits: SessionLimits, bytes: Uint8Array): SessionTable {
    return SessionTable.from(limits, decodeSessions(limits, bytes));
  }

  /** `records`: most silent first, within the limits. */
  static from(limits: SessionLimits, records: Iterable<SessionRecord>): SessionTable {
    const table = new SessionTable(limits);
    for (const record of records) table.#add(Session.from(record));
    return table;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** What all sessions count for. */
  get bytes(): number {
    return this.#bytes;
  }

  /** When the session that was silent longest was last active; `undefined` without sessions. */
  get oldestActivity(): Index | undefined {
    return this.#order.oldest?.lastActiveIndex;
  }

  get newestActivity(): Index | undefined {
    return this.#order.newest?.lastActiveIndex;
  }

  /** Opens the session that the entry at `index` asks for. `id`: see `sessionIdOf`. */
  open(index: Index, id: number = index): void {
    if (this.#sessions.size >= this.#limits.sessionsMax) this.#endOldest();
    this.#add(new Session(id, index));
    this.#keepToBytes();
  }

  /** Ends the sessions whose last activity lies below `index`. */
  endSilent(index: Index): void {
    for (;;) {
      const { oldest } = this.#order;
      if (oldest === undefined || oldest.lastActiveIndex >= index) return;
      this.#end(oldest);
    }
  }

  /** Runs the command unless its session has run it before. Without a session, it runs as often as it comes. */
  apply(index: Index, header: PayloadHeader, run: () => Uint8Array): SessionOutcome {
    if (header.session === 0) {
      const result = run();
      return this.#isTooLarge(result) ? tooLarge : { kind: 'result', result };
    }
    const session = this.#sessions.get(header.session);
    if (session === undefined) return unknown;
    const bytesBefore = session.bytes;
    this.#order.touch(session, index);
    session.acknowledge(header.acknowledgedBelow);
    const outcome = this.#answer(session, header.sequence, run);
    this.#bytes += session.bytes - bytesBefore;
    this.#keepToBytes();
    return outcome;
  }

  /** The table as it is now, for a snapshot. Commands may be applied while the chunks are being taken. */
  encode(): Iterable<Uint8Array> {
    return encodeSessions(
      this.#limits,
      Array.from(this.#order, (session) => session.record()),
    );
  }

  /** Of the whole table: equal on all replicas that have applied the same index. Takes as long as encoding it. */
  checksum(): number {
    let checksum = 0;
    const records = Array.from(this.#order, (session) => session.peek());
    for (const chunk of encodeSessions(this.#limits, records)) checksum = crc32c(chunk, checksum);
    return checksum;
  }

  /** Takes over what another table holds, which is not to be used any more. */
  replaceBy(other: SessionTable): void {
    this.#sessions = other.#sessions;
    this.#order = other.#order;
    this.#bytes = other.#bytes;
  }

  #answer(session: Session, sequence: number, run: () => Uint8Array): SessionOutcome {
    if (sequence < session.acknowledgedBelow) return refused;
    const earlier = session.answerTo(sequence);
    if (earlier !== undefined) return earlier;
    const { resultsPerSessionMax, sessionResultBytesMax } = this.#limits;
    const isFull = session.answers >= resultsPerSessionMax || session.answersBytes >= sessionResultBytesMax;
    if (isFull) return refused;
    const result = run();
    const answer = this.#isTooLarge(result) ? tooLarge : this.#copies.of(result);
    session.keep(sequence, answer);
    return answer;
  }

  #isTooLarge(result: Uint8Array): boolean {
    return result.length > this.#limits.resultBytesMax;
  }

  #add(session: Session): void {
    this.#order.add(session);
    this.#sessions.set(session.id, session);
    this.#bytes += session.bytes;
  }

  /** Never ends the session that was just active: alone, it is within the limit (`checkSessionLimits`). */
  #keepToBytes(): void {
    while (this.#bytes > this.#limits.sessionsBytesMax) this.#endOldest();
  }

  #endOldest(): void {
    const { oldest } = this.#order;
    if (oldest !== undefined) this.#end(oldest);
  }

  #end(session: Session): void {
    this.#order.remove(session);
    this.#sessions.delete(session.id);
    this.#bytes -= session.bytes;
  }
}
