import { decodeStoreStatistics, ReadConsistency, ReadKind, type StoreStatistics, writeRead } from '@balsa/wire';
import { GroupIds } from '../group-ids.ts';
import { RawClient } from './raw-client.ts';

const timeoutMs = 10_000;

/** What a node has stored, by its address for clients. */
export async function storeStatisticsOf(address: string): Promise<StoreStatistics> {
  const client = await RawClient.connect(address);
  try {
    const answer = await client.ask((connection, id) =>
      writeRead(connection, id, timeoutMs, GroupIds.data, ReadKind.statistics, ReadConsistency.local, Buffer.alloc(0)),
    );
    if (answer.kind !== 'body') throw new Error(`${address} answered with ${answer.kind}`);
    return decodeStoreStatistics(answer.bytes);
  } finally {
    await client.close();
  }
}
