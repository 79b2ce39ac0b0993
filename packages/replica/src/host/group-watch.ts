// Watching a group. Nothing is queued for a watcher: whoever is slow sees the newest state, and not every step on the way to
// it, so watching costs the same however slow it is, and who stops asking leaves nothing behind.

import type { Configuration, Index, NodeId, Role, Term } from '@balsa/raft';

/** Where a member stands. */
export interface GroupState {
  readonly role: Role;
  /** Rises with every election, so that a leadership that came and went unseen can be told. */
  readonly term: Term;
  /** `undefined`: none is known here. */
  readonly leader: NodeId | undefined;
  /** The newest, committed or not. */
  readonly configuration: Configuration;
  /** What local reads see. */
  readonly appliedIndex: Index;
  /** The state machine is being replaced by a snapshot: nothing can be read from it. */
  readonly isRestoring: boolean;
}

export class GroupWatch {
  readonly #state: () => GroupState;
  readonly #waiting = new Set<() => void>();
  #ending: { readonly error: Error | undefined } | undefined;

  constructor(state: () => GroupState) {
    this.#state = state;
  }

  /** Something may have changed. */
  changed(): void {
    if (this.#waiting.size === 0) return;
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  /** Nothing will change any more. The watches end; with `error`, by throwing it. */
  end(error?: Error): void {
    this.#ending ??= { error };
    this.changed();
  }

  /** The state as it is, and then as it is whenever it differs from the one before. */
  async *changes(signal: AbortSignal | undefined): AsyncGenerator<GroupState, void, undefined> {
    let last: GroupState | undefined;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#ending?.error !== undefined) throw this.#ending.error;
      if (this.#ending !== undefined) return;
      const state = this.#state();
      if (last !== undefined && isSame(last, state)) {
        await this.#change(signal);
      } else {
        last = state;
        yield state;
      }
    }
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      signal?.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}

function isSame(a: GroupState, b: GroupState): boolean {
  return (
    a.role === b.role &&
    a.term === b.term &&
    a.leader === b.leader &&
    a.configuration === b.configuration &&
    a.appliedIndex === b.appliedIndex &&
    a.isRestoring === b.isRestoring
  );
}
