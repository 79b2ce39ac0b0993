// Sessions in the order of their last activity: a list through the sessions themselves. A Map whose keys are inserted again
// would do, but each look at its first key passes by all that were removed before it.

import type { Index } from '@balsa/raft';
import type { Session } from './session.ts';

export class SessionOrder {
  /** The one that was silent longest. */
  #oldest: Session | undefined;
  #newest: Session | undefined;

  get oldest(): Session | undefined {
    return this.#oldest;
  }

  get newest(): Session | undefined {
    return this.#newest;
  }

  /** A new session, active at its `lastActiveIndex`. */
  add(session: Session): void {
    this.#expectLater(session.lastActiveIndex);
    this.#append(session);
  }

  /** Active again at `index`. */
  touch(session: Session, index: Index): void {
    this.#expectLater(index);
    session.lastActiveIndex = index;
    if (session === this.#newest) return;
    this.remove(session);
    this.#append(session);
  }

  remove(session: Session): void {
    const { older, newer } = session;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    session.older = undefined;
    session.newer = undefined;
  }

  /** From the one that was silent longest on. */
  *[Symbol.iterator](): Generator<Session> {
    for (let session = this.#oldest; session !== undefined; session = session.newer) yield session;
  }

  #append(session: Session): void {
    session.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = session;
    else this.#newest.newer = session;
    this.#newest = session;
  }

  /** Entries are applied in order, and each concerns one session. */
  #expectLater(index: Index): void {
    const last = this.#newest?.lastActiveIndex;
    if (last !== undefined && index <= last) throw new Error(`entry ${index} is applied after entry ${last}`);
  }
}
