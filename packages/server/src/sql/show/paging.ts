/** The part of a statement's rows that LIMIT and OFFSET leave. Those behind it are not asked for. */
export function* paged<Row>(
  rows: Iterable<Row>,
  {
    limit = Number.POSITIVE_INFINITY,
    offset = 0,
  }: { readonly limit?: number | undefined; readonly offset?: number | undefined },
): Generator<Row, void, undefined> {
  if (limit === 0) return;
  let skipped = 0;
  let given = 0;
  for (const row of rows) {
    if (skipped < offset) {
      skipped++;
      continue;
    }
    yield row;
    if (++given === limit) return;
  }
}
