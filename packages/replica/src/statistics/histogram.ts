// Counts of values in buckets whose width grows with the value: 16 to every doubling, so that a bucket is at most 1/16 as wide
// as its values are large. Only the doublings that occur take memory: latencies of one thing rarely span more than a few.

const exactBelow = 32;
const bucketsPerDoubling = 16;

/** Values are whole numbers from 0 to this; larger ones count as this. */
export const valueMax: number = 2 ** 31 - 1;
export const bucketCount: number = bucketOf(valueMax) + 1;

/** `value`: whole, 0 to `valueMax`. */
export function bucketOf(value: number): number {
  if (value < exactBelow) return value;
  const doubling = 31 - Math.clz32(value);
  return exactBelow + (doubling - 5) * bucketsPerDoubling + ((value >>> (doubling - 4)) & (bucketsPerDoubling - 1));
}

/** The middle of a bucket's values: at most 1/32 from each of them. */
export function middleOf(bucket: number): number {
  if (bucket < exactBelow) return bucket;
  const above = bucket - exactBelow;
  const width = 2 ** (1 + Math.floor(above / bucketsPerDoubling));
  return (bucketsPerDoubling + (above % bucketsPerDoubling)) * width + (width - 1) / 2;
}

export class Histogram {
  /** Bucket of `#counts[0]`, at the beginning of a doubling. */
  #first = 0;
  #counts = new Uint32Array(0);

  /** `value`: whole, 0 to `valueMax`. */
  add(value: number): void {
    const bucket = bucketOf(value);
    if (bucket < this.#first || bucket >= this.#first + this.#counts.length) this.#extendTo(bucket);
    this.#counts[bucket - this.#first]!++;
  }

  addTo(counts: Uint32Array): void {
    for (let i = 0; i < this.#counts.length; i++) counts[this.#first + i]! += this.#counts[i]!;
  }

  /** What occurred will occur again: the memory stays. */
  clear(): void {
    this.#counts.fill(0);
  }

  #extendTo(bucket: number): void {
    const isNew = this.#counts.length === 0;
    const from = bucket - (bucket % bucketsPerDoubling);
    const first = isNew ? from : Math.min(this.#first, from);
    const end = isNew ? first : this.#first + this.#counts.length;
    const counts = new Uint32Array(Math.max(end, from + bucketsPerDoubling) - first);
    counts.set(this.#counts, isNew ? 0 : this.#first - first);
    this.#first = first;
    this.#counts = counts;
  }
}
