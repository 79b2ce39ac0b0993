// What statements read from: the storage engine of one node, with its own series and no schema beside it.

import type { StorageEngine } from '@balsa/engine/storage';
import {
  type LastPoint,
  type LastRequest,
  type PathPattern,
  type PiecesRequest,
  type PieceTaker,
  pathText,
  type RowBlock,
  type ScanRequest,
  type SeriesSource,
  type SourceSeries,
  sliceRows,
  summaryOf,
  type TimeSpan,
} from '@balsa/sql';

const nowhere = { start: 0, end: 0 };

export class EngineSource implements SeriesSource {
  readonly #engine: StorageEngine;

  constructor(engine: StorageEngine) {
    this.#engine = engine;
  }

  *match(patterns: readonly PathPattern[], signal: AbortSignal): Generator<readonly SourceSeries[], void> {
    signal.throwIfAborted();
    const found = [
      ...this.#engine.match(patterns.map((nodes) => pathText({ isAbsolute: true, nodes, span: nowhere }))),
    ];
    if (found.length > 0) yield found;
  }

  async *scan({ isDescending, blockRowsMax, ...request }: ScanRequest): AsyncGenerator<RowBlock, void> {
    request.signal.throwIfAborted();
    for await (const block of this.#engine.scan({ ...request, descending: isDescending })) {
      for (let from = 0; from < block.times.length; from += blockRowsMax) {
        yield sliceRows(block, from, Math.min(block.times.length, from + blockRowsMax));
      }
    }
  }

  async eachPiece({ allowsSummaries, ...request }: PiecesRequest, take: PieceTaker): Promise<void> {
    const { device, measurement, signal } = request;
    signal.throwIfAborted();
    const type = this.#engine.dataTypeOf(device, measurement);
    if (!allowsSummaries || type === undefined) {
      await this.#takePoints(request, take);
      return;
    }
    await this.#engine.eachPiece(request, (piece) => {
      if (piece.kind === 'points') return take(piece);
      const summary = summaryOf(piece, type);
      if (summary === undefined) throw new TypeError('what is summarized is not told');
      return take(summary);
    });
  }

  async last({ device, measurements, signal, ...span }: LastRequest): Promise<readonly (LastPoint | undefined)[]> {
    signal.throwIfAborted();
    const newest = await this.#engine.last(device, measurements, signal);
    return Promise.all(
      newest.map((last, i) => {
        if (last === undefined || last.timeMs < span.startMs) return undefined;
        return last.timeMs < span.endMs ? last : this.#lastWithin(device, measurements[i]!, span, signal);
      }),
    );
  }

  async #lastWithin(
    device: string,
    measurement: string,
    span: TimeSpan,
    signal: AbortSignal,
  ): Promise<LastPoint | undefined> {
    const query = { device, measurements: [measurement], ...span, descending: true, signal };
    for await (const { times, columns } of this.#engine.scan(query)) {
      return { timeMs: times[0]!, value: columns[0]!.values[0]! };
    }
    return undefined;
  }

  async #takePoints(
    { measurement, ...query }: Omit<PiecesRequest, 'allowsSummaries'>,
    take: PieceTaker,
  ): Promise<void> {
    for await (const { times, columns } of this.#engine.scan({ ...query, measurements: [measurement] })) {
      await take({ kind: 'points', times, column: columns[0]! });
    }
  }
}
