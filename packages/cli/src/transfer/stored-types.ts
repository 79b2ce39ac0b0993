// What a node knows of series.

import { type DataType, dataTypeNamed } from '@balsa/wire';
import type { Cell, NodeClient } from '../node-client/node-client.ts';

/** Rows of SHOW, by the names of its columns. @throws as `NodeClient.query`. */
export async function* shown(
  client: NodeClient,
  sql: string,
  signal: AbortSignal,
): AsyncGenerator<ReadonlyMap<string, Cell>, void, undefined> {
  const { columns, blocks } = await client.query(sql, { signal });
  for await (const rows of blocks) {
    for (const row of rows) yield new Map(columns.map(({ name }, at) => [name, row[at] ?? null]));
  }
}

/** Of the series of some devices, by path. */
export async function storedTypes(
  client: NodeClient,
  devices: Iterable<string>,
  signal: AbortSignal,
): Promise<Map<string, DataType>> {
  const types = new Map<string, DataType>();
  for (const device of devices) {
    for await (const row of shown(client, `show timeseries ${device}.*`, signal)) {
      const type = dataTypeNamed(String(row.get('DataType')));
      if (type !== undefined) types.set(String(row.get('Timeseries')), type);
    }
  }
  return types;
}
