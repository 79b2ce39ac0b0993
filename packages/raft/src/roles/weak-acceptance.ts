// What a leader tells early: entries that a quorum has received, in memory or on disk. What a quorum has survives whoever of it fails, as what
// is committed does, for as long as nobody's memory is lost with it; and, as with commits, only entries of the own term are proof of
// anything (figure 8). Nothing else depends on it.

import type { Core } from '../core.ts';
import type { Index, NodeId } from '../types.ts';

/** A batch of this leader that is not committed yet. */
interface Uncommitted {
  readonly lastIndex: Index;
  readonly bytes: number;
}

export class WeakAcceptance {
  readonly #core: Core;
  readonly #firstOwnIndex: Index;
  #index: Index = 0;

  constructor(core: Core, firstOwnIndex: Index) {
    this.#core = core;
    this.#firstOwnIndex = firstOwnIndex;
  }

  /** Up to here, whoever asked for it has been told. */
  get index(): Index {
    return this.#index;
  }

  /** A node may have received more, or something was committed. `receivedIndexOf`: durable or not, so that each node is one vote. */
  update(receivedIndexOf: (node: NodeId) => Index, uncommitted: readonly Uncommitted[]): void {
    const { config, quorum, commitIndex } = this.#core;
    if (config.weakBytesMax === 0) return;
    const received = quorum.highestReached(receivedIndexOf);
    const index = Math.min(received, lastWithin(config.weakBytesMax, uncommitted));
    if (index < this.#firstOwnIndex || index <= Math.max(commitIndex, this.#index)) return;
    this.#index = index;
    this.#core.emit({ type: 'weaklyAccepted', index });
  }
}

/** The last batch that may be accepted before something is committed. */
function lastWithin(bytesMax: number, uncommitted: readonly Uncommitted[]): Index {
  let last = 0;
  let bytes = 0;
  for (const batch of uncommitted) {
    bytes += batch.bytes;
    if (bytes > bytesMax) break;
    last = batch.lastIndex;
  }
  return last;
}
