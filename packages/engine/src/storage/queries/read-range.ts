import { checkRangeQuery, type RangeQuery, type RangeResult } from '@balsa/wire';
import { EngineError } from '../../errors.ts';
import { rangeTextBytesMax, rangeValuesMax } from '../../limits.ts';
import { nodePace, type Pace, Turns } from '../pace.ts';
import type { StorageEngine } from '../storage-engine.ts';
import { GatheredRows } from './gathered-rows.ts';

export type RangeSource = Pick<StorageEngine, 'typesOf' | 'scan'>;

/**
 * Rows of one device: one for each time at which at least one of the measurements has a value. In memory: the rows, once more
 * while they are put together.
 * @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the query contradicts itself or its limit is out of bounds.
 * @throws EngineError ILLEGAL_PATH, PATH_NOT_EXIST; MEMORY_NOT_ENOUGH: more than `rangeValuesMax` values, or `rangeTextBytesMax` of
 *   texts. StorageError as `scan`. The signal's reason.
 */
export async function readRange(
  source: RangeSource,
  query: RangeQuery,
  signal?: AbortSignal,
  pace: Pace = nodePace,
): Promise<RangeResult> {
  checkRangeQuery(query);
  const { device, measurements, startMs, endMs, limit } = query;
  const dataTypes = source.typesOf(device, measurements);
  const rows = new GatheredRows(dataTypes);
  const turns = new Turns(pace, signal);
  for await (const block of source.scan({ device, measurements, startMs, endMs, signal })) {
    const wanted = Math.min(block.times.length, limit - rows.count);
    rows.add(block, wanted);
    check(rows);
    if (rows.count === limit) break;
    await turns.did(wanted * measurements.length);
  }
  return { timestamps: rows.times(), measurements: [...measurements], dataTypes, columns: rows.columns() };
}

function check({ values, textBytes }: GatheredRows): void {
  if (values > rangeValuesMax) throw tooMuch(`${rangeValuesMax} values`);
  if (textBytes > rangeTextBytesMax) throw tooMuch(`${rangeTextBytesMax} bytes of texts`);
}

function tooMuch(what: string): EngineError {
  return new EngineError(
    'MEMORY_NOT_ENOUGH',
    `the range has more than ${what}: ask for fewer rows or measurements at a time`,
  );
}
