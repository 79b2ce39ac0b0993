import {
  decodeAggregateQuery,
  decodeRangeQuery,
  encodeAggregateResult,
  encodeRangeResult,
  encodeStoreStatistics,
  ReadKind,
  type ReadRequest,
} from '@balsa/wire';
import type { DataService } from '../service/data-service.ts';

/** Runs a read of the client protocol and returns the encoded result. @throws as the methods of `DataService`. */
export async function runRead(
  service: DataService,
  { kind, query }: ReadRequest,
  signal: AbortSignal,
): Promise<Buffer> {
  switch (kind) {
    case ReadKind.range:
      return encodeRangeResult(await service.range(decodeRangeQuery(query), signal));
    case ReadKind.aggregate:
      return encodeAggregateResult(await service.aggregate(decodeAggregateQuery(query), signal));
    case ReadKind.statistics:
      return encodeStoreStatistics(await service.statistics(signal));
  }
}
