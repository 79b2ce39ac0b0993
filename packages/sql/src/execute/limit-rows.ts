import { type Rows, sliceRows } from './rows.ts';

/** Rows `[offset, offset + limit)`. What has enough asks for no more. */
export async function* limitRows(
  blocks: AsyncGenerator<Rows, void, undefined>,
  offset: number,
  limit: number,
): AsyncGenerator<Rows, void, undefined> {
  if (limit === 0) {
    await blocks.return();
    return;
  }
  let seen = 0;
  const end = offset + limit;
  for await (const rows of blocks) {
    const from = Math.max(0, offset - seen);
    const to = Math.min(rows.times.length, end - seen);
    seen += rows.times.length;
    if (from < to) yield sliceRows(rows, from, to);
    if (seen >= end) return;
  }
}
