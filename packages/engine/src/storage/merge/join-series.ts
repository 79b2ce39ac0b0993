// Series side by side: their points become rows, one for each time at which any of them has a value.

import { allocateValues, type Column, type DataType, nullBytes } from '@balsa/wire';
import { lowerBound } from '../../chunk.ts';
import { copyValues, type Points } from '../points.ts';

export interface RowBlock {
  readonly times: Float64Array;
  /** One for each series. */
  readonly columns: readonly Column[];
}

export interface JoinedSeries {
  readonly type: DataType;
  readonly points: AsyncIterator<Points, void>;
}

interface Feed extends JoinedSeries {
  times: Float64Array;
  values: Points['values'];
  at: number;
  isDone: boolean;
}

/** Blocks of at most `rowsMax` rows. Descending series make descending rows. */
export async function* joinSeries(
  series: readonly JoinedSeries[],
  rowsMax: number,
  descending = false,
): AsyncGenerator<RowBlock, void> {
  const feeds = series.map(
    (it): Feed => ({ ...it, times: new Float64Array(0), values: allocateValues(it.type, 0), at: 0, isDone: false }),
  );
  try {
    for (;;) {
      for (const feed of feeds) await fill(feed, descending);
      const rows = nextTimes(feeds, rowsMax);
      if (rows.length === 0) return;
      const columns = feeds.map((feed) => columnOf(feed, rows));
      yield { times: descending ? rows.map((time) => 0 - time) : rows, columns };
    }
  } finally {
    // Whoever stops early lets go of what the series hold.
    for (const { points } of feeds) await points.return?.();
  }
}

async function fill(feed: Feed, descending: boolean): Promise<void> {
  while (!feed.isDone && feed.at === feed.times.length) {
    const next = await feed.points.next();
    if (next.done) {
      feed.isDone = true;
      return;
    }
    const { times, values } = next.value;
    // Inside, times always ascend.
    feed.times = descending ? times.map((time) => 0 - time) : times;
    feed.values = values;
    feed.at = 0;
  }
}

/** The union of the times up to the first end of what is at hand: behind that another series may have some before. */
function nextTimes(feeds: readonly Feed[], rowsMax: number): Float64Array {
  const live = feeds.filter(({ at, times }) => at < times.length);
  const until = live.reduce((min, { times }) => Math.min(min, times[times.length - 1]!), Number.POSITIVE_INFINITY);
  let rows: Float64Array = new Float64Array(0);
  for (const { times, at } of live) {
    rows = unionOf(rows, times.subarray(at, Math.min(times.length, at + rowsMax)), until, rowsMax);
  }
  return rows;
}

/** The first `rowsMax` of the times in either that do not lie behind `until`. */
function unionOf(a: Float64Array, b: Float64Array, until: number, rowsMax: number): Float64Array {
  const end = lowerBound(b, until, 0, b.length);
  const others = b.subarray(0, b[end] === until ? end + 1 : end);
  if (a.length === 0) return others;
  if (isSame(a, others)) return a;
  const union = new Float64Array(Math.min(rowsMax, a.length + others.length));
  let i = 0;
  let j = 0;
  let count = 0;
  while (count < union.length && (i < a.length || j < others.length)) {
    const left = i < a.length ? a[i]! : Number.POSITIVE_INFINITY;
    const right = j < others.length ? others[j]! : Number.POSITIVE_INFINITY;
    union[count++] = Math.min(left, right);
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return union.subarray(0, count);
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The values at these times, which have all of the feed's up to the last of them. */
function columnOf(feed: Feed, rows: Float64Array): Column {
  const { times, values, type } = feed;
  const start = feed.at;
  const count = rows.length;
  const end = start + count;
  if (end <= times.length && isSame(times.subarray(start, end), rows)) {
    feed.at = end;
    if (start === 0 && end === times.length) return { values };
    const own = allocateValues(type, count);
    copyValues(own, 0, values, start, end);
    return { values: own };
  }
  const own = allocateValues(type, count);
  const cells = own as Points['values'][number][];
  const nulls = new Uint8Array(nullBytes(count));
  let at = start;
  for (let row = 0; row < count; row++) {
    if (at < times.length && times[at] === rows[row]) {
      cells[row] = values[at]!;
      at++;
    } else nulls[row >> 3]! |= 1 << (row & 7);
  }
  feed.at = at;
  return { values: own, nulls };
}
