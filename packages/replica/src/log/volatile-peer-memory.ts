// Which data folders the other nodes have had, in memory only: what the file keeps, and all that tests need.

import type { NodeId } from '@balsa/raft';
import type { PeerFolders, PeerMemory } from '../ports.ts';

/** A peer that has lost more disks than this is not known by the first of them any more. */
export const earlierFoldersMax = 64;

export class VolatilePeerMemory implements PeerMemory {
  readonly #peers: Map<NodeId, PeerFolders>;

  constructor(peers: Iterable<readonly [NodeId, PeerFolders]> = []) {
    this.#peers = new Map(peers);
  }

  known(peer: NodeId): PeerFolders | undefined {
    return this.#peers.get(peer);
  }

  async remember(peer: NodeId, folder: number): Promise<void> {
    this.note(peer, folder);
  }

  /** Was it news? */
  note(peer: NodeId, folder: number): boolean {
    const known = this.#peers.get(peer);
    if (known?.current === folder) return false;
    const earlier = known === undefined ? [] : [...known.earlier, known.current].slice(-earlierFoldersMax);
    this.#peers.set(peer, { current: folder, earlier });
    return true;
  }

  all(): (readonly [NodeId, PeerFolders])[] {
    return [...this.#peers];
  }
}
