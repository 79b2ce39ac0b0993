import { type KeyValue, namesOf, type SchemaRegistry, type SeriesSchema, seriesPath } from '@balsa/engine';
import type { CountTimeseriesStatement, ShowTimeseriesStatement } from '@balsa/sql';
import { dataTypeName } from '@balsa/wire';
import { patternOf } from '../paths.ts';
import type { Row } from '../table.ts';
import { passesSeries } from './filters.ts';
import { paged } from './paging.ts';

/** Series whose newest points are looked up at the same time. */
const lookedUpAtOnce = 100;

/** `lastTimeOf`: of the newest point of a series, for SHOW LATEST; `undefined` if it has none. */
export async function showTimeseries(
  statement: ShowTimeseriesStatement,
  registry: SchemaRegistry,
  lastTimeOf: (series: SeriesSchema) => Promise<number | undefined>,
): Promise<Row[]> {
  const wanted = series(statement, registry);
  const ordered = statement.isLatest ? await latestFirst([...wanted], lastTimeOf) : wanted;
  return [...paged(ordered, statement)].map((each) => [
    seriesPath(each),
    each.alias ?? null,
    registry.databaseOf(each.device) ?? null,
    dataTypeName(each.dataType),
    each.encoding,
    each.compressor,
    jsonOf(each.tags),
    jsonOf(each.attributes),
    null,
    null,
    'BASE',
  ]);
}

export function countTimeseries(statement: CountTimeseriesStatement, registry: SchemaRegistry): Row[] {
  const { level } = statement;
  if (level === undefined) {
    let count = 0n;
    for (const _ of series(statement, registry)) count++;
    return [[count]];
  }
  const counts = new Map<string, bigint>();
  for (const { device, measurement } of series(statement, registry)) {
    const nodes = [...namesOf(device), measurement];
    if (nodes.length < level) continue;
    const path = ['root', ...nodes.slice(0, level)].join('.');
    counts.set(path, (counts.get(path) ?? 0n) + 1n);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

function* series(
  { pattern, where }: Pick<ShowTimeseriesStatement, 'pattern' | 'where'>,
  registry: SchemaRegistry,
): Generator<SeriesSchema, void, undefined> {
  for (const each of registry.matchSeries(patternOf(pattern))) {
    if (where === undefined || passesSeries(where, each)) yield each;
  }
}

async function latestFirst(
  all: readonly SeriesSchema[],
  lastTimeOf: (series: SeriesSchema) => Promise<number | undefined>,
): Promise<SeriesSchema[]> {
  const times = new Map<SeriesSchema, number>();
  for (let at = 0; at < all.length; at += lookedUpAtOnce) {
    const some = all.slice(at, at + lookedUpAtOnce);
    const found = await Promise.all(some.map(lastTimeOf));
    for (const [i, each] of some.entries()) times.set(each, found[i] ?? Number.NEGATIVE_INFINITY);
  }
  return [...all].sort((a, b) => (times.get(a) === times.get(b) ? 0 : times.get(b)! - times.get(a)!));
}

function jsonOf(pairs: readonly KeyValue[]): string | null {
  return pairs.length === 0 ? null : JSON.stringify(Object.fromEntries(pairs));
}
