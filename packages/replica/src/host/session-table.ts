// Exactly-once (Raft dissertation, section 6.3). A client opens a session, numbers its commands, and re-sends under the
// same number whatever it has no answer to; the answers that it may still ask for are kept here. The table is part of
// the replicated state: it changes only by applying entries, so it is the same on every replica.

import type { Index } from '@balsa/raft';
import type { PayloadHeader } from './payload.ts';

export interface SessionLimits {
  /** Most sessions; opening one more ends the one that was silent longest. */
  readonly sessionsMax: number;
  /** Most unacknowledged answers kept per session; a client must not have more commands under way. */
  readonly resultsPerSessionMax: number;
}

/** What became of a command: its result, or why it was not applied. */
export type SessionOutcome =
  | { readonly kind: 'result'; readonly result: Uint8Array }
  /** The session ended, or never was. */
  | { readonly kind: 'unknown' }
  /** The client said that it has this answer already, or runs too far ahead of its acknowledgements. */
  | { readonly kind: 'refused' };

interface Session {
  lastActiveIndex: Index;
  acknowledgedBelow: number;
  readonly results: Map<number, SessionOutcome>;
}

const unknown: SessionOutcome = { kind: 'unknown' };
const refused: SessionOutcome = { kind: 'refused' };

export class SessionTable {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<number, Session>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** What it holds, in pieces. */
  encode(): Iterable<Uint8Array> {
    return [];
  }

  /** Takes over what another held. */
  restore(_pieces: readonly Uint8Array[]): void {}

  /** Opens the session whose id is the index of the entry that asks for it. */
  open(index: Index): void {
    if (this.#sessions.size >= this.#limits.sessionsMax) this.#endMostSilent();
    this.#sessions.set(index, { lastActiveIndex: index, acknowledgedBelow: 1, results: new Map() });
  }

  /** Runs the command unless this session has run it before. */
  apply(index: Index, header: PayloadHeader, run: () => Uint8Array): SessionOutcome {
    const session = this.#sessions.get(header.session);
    if (session === undefined) return unknown;
    session.lastActiveIndex = index;
    forget(session, header.acknowledgedBelow);
    const { sequence } = header;
    if (sequence < session.acknowledgedBelow) return refused;
    const earlier = session.results.get(sequence);
    if (earlier !== undefined) return earlier;
    if (session.results.size >= this.#limits.resultsPerSessionMax) return refused;
    const outcome: SessionOutcome = { kind: 'result', result: run() };
    session.results.set(sequence, outcome);
    return outcome;
  }

  #endMostSilent(): void {
    let silent: number | undefined;
    let silentSince = Number.POSITIVE_INFINITY;
    for (const [id, session] of this.#sessions) {
      if (session.lastActiveIndex < silentSince) {
        silent = id;
        silentSince = session.lastActiveIndex;
      }
    }
    if (silent !== undefined) this.#sessions.delete(silent);
  }
}

/** Drops the answers that the client says it has. Work is bounded by what is held, whatever number the client sends. */
function forget(session: Session, acknowledgedBelow: number): void {
  const { results } = session;
  if (acknowledgedBelow - session.acknowledgedBelow <= results.size) {
    for (let sequence = session.acknowledgedBelow; sequence < acknowledgedBelow; sequence++) results.delete(sequence);
  } else {
    for (const sequence of results.keys()) if (sequence < acknowledgedBelow) results.delete(sequence);
  }
  session.acknowledgedBelow = Math.max(session.acknowledgedBelow, acknowledgedBelow);
}
