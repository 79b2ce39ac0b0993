import type { Windows } from '../time/windows.ts';

/** Some neighbouring windows, as arrays. */
export interface WindowBatch {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly times: Float64Array;
  /** Where windows start or end, ascending, each once. */
  readonly cuts: Float64Array;
}

export function batchOf(windows: Windows, from: number, to: number): WindowBatch {
  const count = to - from;
  const starts = Float64Array.from({ length: count }, (_, index) => windows.startOf(from + index));
  const ends = Float64Array.from({ length: count }, (_, index) => windows.endOf(from + index));
  const times = Float64Array.from({ length: count }, (_, index) => windows.timeOf(from + index));
  const edges = new Float64Array(2 * count);
  edges.set(starts);
  edges.set(ends, count);
  edges.sort();
  return { starts, ends, times, cuts: edges.filter((edge, index) => index === 0 || edge !== edges[index - 1]) };
}

/**
 * Tells `visit` which rows belong to which window. Blocks must come ascending in time: what is passed over is not looked
 * at again.
 */
export class WindowFeeder {
  readonly #batch: WindowBatch;
  #firstOpen = 0;

  constructor(batch: WindowBatch) {
    this.#batch = batch;
  }

  /**
   * Yields what has been done, in rows and windows, every now and then and at the end: where many windows overlap, one block
   * can be long work.
   */
  *feed(times: Float64Array, visit: (window: number, from: number, to: number) => void): Generator<number, void> {
    const { starts, ends } = this.#batch;
    const lastTime = times[times.length - 1]!;
    this.#closeBefore(times[0]!);
    let work = times.length;
    let from = 0;
    for (let window = this.#firstOpen; window < starts.length && starts[window]! <= lastTime; window++) {
      from = lowerBound(times, starts[window]!, from);
      const to = lowerBound(times, ends[window]!, from);
      if (from < to) visit(window, from, to);
      work += 1 + to - from;
      if (work < workPerStep) continue;
      yield work;
      work = 0;
    }
    yield work;
  }

  /** The same of one moment, in one go. Returns what has been done. */
  feedMoment(timeMs: number, visit: (window: number) => void): number {
    const { starts, ends } = this.#batch;
    this.#closeBefore(timeMs);
    let window = this.#firstOpen;
    for (; window < starts.length && starts[window]! <= timeMs; window++) if (timeMs < ends[window]!) visit(window);
    return 1 + window - this.#firstOpen;
  }

  #closeBefore(timeMs: number): void {
    const { ends } = this.#batch;
    while (this.#firstOpen < ends.length && ends[this.#firstOpen]! <= timeMs) this.#firstOpen++;
  }
}

const workPerStep = 1 << 16;

/** The first row of `[from, ..)` at or behind a time. It gallops, since it is rarely far. */
function lowerBound(times: Float64Array, timeMs: number, from: number): number {
  let step = 1;
  let low = from;
  while (low + step <= times.length && times[low + step - 1]! < timeMs) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, times.length);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
