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

/** Runs a read of the client protocol and returns the encoded result. @throws Refusal, WireError, EngineError */
export function runRead(service: DataService, { kind, query }: ReadRequest): Buffer {
  switch (kind) {
    case ReadKind.range:
      return encodeRangeResult(service.range(decodeRangeQuery(query)));
    case ReadKind.aggregate:
      return encodeAggregateResult(service.aggregate(decodeAggregateQuery(query)));
    case ReadKind.statistics:
      return encodeStoreStatistics(service.statistics());
  }
}
