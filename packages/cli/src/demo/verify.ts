// Reads everything back from one node's own replica and compares it, value by value, with what was acknowledged.

import { type BalsaClient, ClientError } from '@balsa/client';
import { isNull, type RangeQuery, type RangeResult, StatusCode } from '@balsa/wire';
import type { Recording } from './fleet.ts';

const ROWS_PER_READ = 20_000;
const READ_TIMEOUT_MS = 30_000;

type Reader = Pick<BalsaClient, 'queryRange'>;

/** How many of the points of `expected` the node at address `node` lacks or holds with another value. */
export async function countLost(
  client: Reader,
  node: string,
  expected: readonly Recording[],
  signal: AbortSignal,
): Promise<number> {
  let lost = 0;
  for (const recording of expected) {
    signal.throwIfAborted();
    lost += await countLostOf(client, node, recording, signal);
  }
  return lost;
}

async function countLostOf(client: Reader, node: string, recording: Recording, signal: AbortSignal): Promise<number> {
  const { device, measurements, timestamps } = recording;
  const endMs = (timestamps.at(-1) ?? 0) + 1;
  let lost = 0;
  // Pages of the answer are compared with the expected rows up to the page's last timestamp.
  for (let row = 0; row < timestamps.length; ) {
    const startMs = timestamps[row] ?? endMs;
    const page = await readPage(client, node, { device, measurements, startMs, endMs, limit: ROWS_PER_READ }, signal);
    if (page === undefined) return lost + (timestamps.length - row) * measurements.length;
    const isLast = page.timestamps.length < ROWS_PER_READ;
    const pageEndMs = isLast ? endMs : (page.timestamps.at(-1) ?? 0) + 1;
    const rowEnd = firstAtOrAfter(timestamps, pageEndMs, row);
    lost += countDifferences(recording, row, rowEnd, page);
    row = rowEnd;
  }
  return lost;
}

/** `undefined` if the node does not even know the device. */
async function readPage(
  client: Reader,
  node: string,
  query: RangeQuery,
  signal: AbortSignal,
): Promise<RangeResult | undefined> {
  try {
    return await client.queryRange(query, { consistency: 'local', node, timeoutMs: READ_TIMEOUT_MS, signal });
  } catch (error) {
    if (error instanceof ClientError && error.status === StatusCode.PATH_NOT_EXIST) return undefined;
    throw error;
  }
}

function firstAtOrAfter(timestamps: Float64Array, timeMs: number, from: number): number {
  let row = from;
  while (row < timestamps.length && (timestamps[row] ?? 0) < timeMs) row++;
  return row;
}

/** Of rows `rowStart` up to `rowEnd` of the recording, all of which the page would hold. Both ascend in time. */
function countDifferences(recording: Recording, rowStart: number, rowEnd: number, page: RangeResult): number {
  let differences = 0;
  let at = 0;
  for (let row = rowStart; row < rowEnd; row++) {
    const timestamp = recording.timestamps[row] ?? 0;
    at = firstAtOrAfter(page.timestamps, timestamp, at);
    const isThere = page.timestamps[at] === timestamp;
    for (const [measurement, values] of recording.columns.entries()) {
      const column = page.columns[measurement];
      const isEqual = isThere && column !== undefined && !isNull(column, at) && column.values[at] === values[row];
      if (!isEqual) differences += 1;
    }
  }
  return differences;
}
