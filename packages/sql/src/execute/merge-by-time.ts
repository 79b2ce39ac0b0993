import type { QueryContext } from './query-context.ts';
import { concatRows, pickRows, type Rows, rowNumbers, rowsBytesHeld, rowsPerBlock, sliceRows } from './rows.ts';

type Blocks = AsyncGenerator<Rows, void, undefined>;

interface Cursor {
  readonly rows: Blocks;
  block: Rows | undefined;
  bytes: number;
  at: number;
}

/** Rows of inputs that are in order of time, in one order of time; at equal times those of the earlier input come first. */
export async function* mergeByTime(context: QueryContext, inputs: readonly Blocks[], isDescending: boolean): Blocks {
  const { budget } = context;
  let cursors = inputs.map((rows): Cursor => ({ rows, block: undefined, bytes: 0, at: 0 }));
  try {
    for (;;) {
      for (const cursor of cursors) {
        if (cursor.block !== undefined && cursor.at < cursor.block.times.length) continue;
        budget.give(cursor.bytes);
        cursor.bytes = 0;
        cursor.block = (await cursor.rows.next()).value ?? undefined;
        cursor.at = 0;
        const bytes = cursor.block === undefined ? 0 : rowsBytesHeld(cursor.block);
        budget.take(bytes);
        cursor.bytes = bytes;
      }
      cursors = cursors.filter(({ block }) => block !== undefined);
      const [first] = cursors;
      if (first === undefined) return;
      const rowsMax = rowsPerBlock(first.block!.columns.length);
      const merged = mergeSome(cursors, Math.max(1, Math.floor(rowsMax / cursors.length)), isDescending);
      await context.pace.after(merged.times.length * merged.columns.length);
      yield merged;
    }
  } finally {
    for (const { bytes } of cursors) budget.give(bytes);
    await Promise.all(inputs.map((rows) => rows.return()));
  }
}

/** No more than `rowsEach` of each input, as far as nothing that is not at hand yet can come before. */
function mergeSome(cursors: readonly Cursor[], rowsEach: number, isDescending: boolean): Rows {
  const sign = isDescending ? -1 : 1;
  let horizon = Number.POSITIVE_INFINITY;
  for (const { block, at } of cursors) {
    const { times } = block!;
    horizon = Math.min(horizon, sign * times[Math.min(at + rowsEach, times.length) - 1]!);
  }
  const parts = cursors.map((cursor) => {
    const { times } = cursor.block!;
    const from = cursor.at;
    while (cursor.at < times.length && sign * times[cursor.at]! <= horizon) cursor.at++;
    return sliceRows(cursor.block!, from, cursor.at);
  });
  const all = concatRows(parts.filter(({ times }) => times.length > 0));
  // The parts follow each other, so that the earlier input stands first among equals.
  const picked = rowNumbers(all.times.length);
  picked.sort((left, right) => sign * (all.times[left]! - all.times[right]!) || left - right);
  return pickRows(all, picked);
}
