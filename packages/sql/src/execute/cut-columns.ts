import type { Rows } from './rows.ts';

/** Without what stands behind the first `count` columns. */
export async function* cutColumns(
  blocks: AsyncGenerator<Rows, void, undefined>,
  count: number,
): AsyncGenerator<Rows, void, undefined> {
  for await (const { times, columns } of blocks) yield { times, columns: columns.slice(0, count) };
}
