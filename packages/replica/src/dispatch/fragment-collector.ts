// What a follower has of batches that come in fragments, until there is enough of one. Bounded in bytes: what does not become
// complete in time makes room for what comes after it, and is sent whole by the leader, as whatever is lost.

import { CodesError, type Fragment, joinBatch } from '@balsa/codes';
import type { Index, Term } from '@balsa/raft';
import { LatestCode } from './latest-code.ts';

/** Batches of which late fragments are known to be of no use any more. */
const doneMax = 256;

interface Gathered {
  readonly fragments: Fragment[];
  bytes: number;
}

export class FragmentCollector {
  readonly #bytesMax: number;
  /** By place and content of the batch; the one that was begun first is the first. */
  readonly #gathered = new Map<string, Gathered>();
  readonly #done = new Set<string>();
  readonly #code = new LatestCode();
  #term: Term = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a fragment of the batch behind `prevIndex`; returns the batch once, as soon as there is enough of it. */
  add(term: Term, prevIndex: Index, fragment: Fragment): Uint8Array | undefined {
    if (term < this.#term) return undefined;
    if (term > this.#term) this.#begin(term);
    const { dataCount, parityCount, batchBytes, batchChecksum, number, bytes } = fragment;
    const key = `${prevIndex} ${batchBytes} ${batchChecksum} ${dataCount} ${parityCount}`;
    if (this.#done.has(key)) return undefined;
    let gathered = this.#gathered.get(key);
    if (gathered?.fragments.some((other) => other.number === number)) return undefined;
    if (gathered === undefined) {
      gathered = { fragments: [], bytes: 0 };
      this.#gathered.set(key, gathered);
    }
    gathered.fragments.push(fragment);
    gathered.bytes += bytes.length;
    this.#bytes += bytes.length;
    if (gathered.fragments.length < dataCount) {
      this.#makeRoom();
      return undefined;
    }
    this.#drop(key);
    this.#noteDone(key);
    return this.#join(gathered.fragments);
  }

  #join(fragments: readonly Fragment[]): Uint8Array | undefined {
    const { dataCount, parityCount } = fragments[0]!;
    try {
      return joinBatch(this.#code.of(dataCount, parityCount), fragments);
    } catch (error) {
      // They say that they belong together, and do not.
      if (error instanceof CodesError) return undefined;
      throw error;
    }
  }

  #begin(term: Term): void {
    this.#term = term;
    this.#gathered.clear();
    this.#done.clear();
    this.#bytes = 0;
  }

  #makeRoom(): void {
    for (const key of this.#gathered.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#gathered.get(key)?.bytes ?? 0;
    this.#gathered.delete(key);
  }

  #noteDone(key: string): void {
    this.#done.add(key);
    if (this.#done.size <= doneMax) return;
    const [oldest] = this.#done;
    this.#done.delete(oldest!);
  }
}
