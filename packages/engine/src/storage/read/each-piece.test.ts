// Pieces that are handed over are those that are given to keep, whatever lies in memtables and files, and whoever reads at the same time.

import { DataType, encodeInsertTablet } from '@balsa/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCreateSeries, encodeDeleteRange } from '../../data-command.ts';
import type { PieceQuery } from '../engine-api.ts';
import type { StorageEngine } from '../storage-engine.ts';
import { openOn } from '../testing/harness.ts';
import type { Piece } from './pieces.ts';

const device = 'root.plant.line4';
const types = [
  DataType.INT32,
  DataType.INT64,
  DataType.FLOAT,
  DataType.DOUBLE,
  DataType.BOOLEAN,
  DataType.TEXT,
] as const;
const names = types.map((_, i) => `s${i}`);

interface Batch {
  readonly startMs: number;
  readonly stepMs: number;
  readonly wobbleMs: number;
  readonly rows: number;
  readonly salt: number;
  /** What comes behind it. */
  readonly behind: 'nothing' | 'flush' | 'delete';
}

const batch: fc.Arbitrary<Batch> = fc.record({
  startMs: fc.integer({ min: -20_000_000, max: 20_000_000 }),
  stepMs: fc.constantFrom(1, 1000, 5000, 60_000),
  wobbleMs: fc.constantFrom(0, 0, 1),
  rows: fc.constantFrom(1, 2, 600, 3000, 6000),
  salt: fc.nat(1000),
  behind: fc.constantFrom('nothing', 'flush', 'flush', 'delete'),
});

function valuesOf(type: (typeof types)[number], rows: number, salt: number) {
  const odd = [Number.NaN, -0, Number.POSITIVE_INFINITY, 2 ** 53 + 2, 0.1];
  const number = (i: number): number => (i % 97 === 5 ? odd[(i + salt) % odd.length]! : ((i * 31 + salt) % 1000) / 4);
  switch (type) {
    case DataType.INT32:
      return Int32Array.from({ length: rows }, (_, i) => (i * salt) | 0);
    case DataType.INT64:
      return BigInt64Array.from({ length: rows }, (_, i) => (i % 50 === 7 ? 2n ** 62n : 1n) * BigInt(i + salt));
    case DataType.FLOAT:
      return Float32Array.from({ length: rows }, (_, i) => number(i));
    case DataType.DOUBLE:
      return Float64Array.from({ length: rows }, (_, i) => number(i));
    case DataType.BOOLEAN:
      return Uint8Array.from({ length: rows }, (_, i) => (i * salt) & 1);
    case DataType.TEXT:
      return Array.from({ length: rows }, (_, i) => `${i % 13} ${salt}`);
  }
}

async function filled(batches: readonly Batch[], isAligned: boolean): Promise<StorageEngine> {
  const engine = await openOn(undefined, { compaction: { lateFilesMax: 100 } });
  engine.apply(1, encodeCreateSeries({ device, isAligned, measurements: names, dataTypes: types }));
  for (const { startMs, stepMs, wobbleMs, rows, salt, behind } of batches) {
    const timestamps = Float64Array.from(
      { length: rows },
      (_, i) => startMs + i * (stepMs + 2 * wobbleMs) + (i % 3) * wobbleMs,
    );
    const columns = types.map((type) => ({ values: valuesOf(type, rows, salt) }));
    engine.apply(
      engine.appliedIndex + 1,
      encodeInsertTablet({ device, measurements: names, dataTypes: types, timestamps, columns }),
    );
    if (behind === 'flush') await engine.flush();
    if (behind !== 'delete') continue;
    const range = { startMs: startMs + stepMs, endMs: startMs + stepMs * Math.ceil(rows / 3) };
    engine.apply(engine.appliedIndex + 1, encodeDeleteRange({ patterns: ['root.plant.*.*'], ...range }));
  }
  return engine;
}

async function kept(engine: StorageEngine, query: PieceQuery): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of engine.pieces(query)) pieces.push(piece);
  return pieces;
}

/** What is handed over, copied: at once, or when others have had a turn. */
async function handedOver(engine: StorageEngine, query: PieceQuery, waits: boolean): Promise<Piece[]> {
  const pieces: Piece[] = [];
  await engine.eachPiece(query, (piece) => {
    if (!waits) {
      pieces.push(structuredClone(piece));
      return undefined;
    }
    return new Promise<void>(setImmediate).then(() => {
      pieces.push(structuredClone(piece));
    });
  });
  return pieces;
}

const cuts = Float64Array.from({ length: 40 }, (_, i) => (i - 20) * 3_600_000);
const ranges = [{}, { startMs: -3_000_000, endMs: 7_200_000 }, { startMs: 1234 }];

describe.each([false, true])('pieces that are handed over, aligned: %s', (isAligned) => {
  it('are those that are given to keep', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 5 }), async (batches) => {
        const engine = await filled(batches, isAligned);
        const queries = names.flatMap((measurement) =>
          ranges.map((range) => ({ device, measurement, cuts, ...range })),
        );
        const expected: Piece[][] = [];
        for (const query of queries) expected.push(await kept(engine, query));
        // All at the same time: none may see the memory of another.
        const found = await Promise.all(queries.map((query, i) => handedOver(engine, query, i % 2 === 0)));
        expect(found).toEqual(expected);
        await engine.close();
      }),
      { numRuns: 5 },
    );
  });
});

describe('whoever takes pieces', () => {
  it('has enough by throwing, and hears his signal', async () => {
    const engine = await filled(
      [{ startMs: 0, stepMs: 5000, wobbleMs: 0, rows: 6000, salt: 1, behind: 'flush' }],
      false,
    );
    let taken = 0;
    const query = { device, measurement: 's1', cuts: [] };
    const before = engine.reads.pagesRead;
    const ended = engine.eachPiece({ ...query, endMs: 5_000_000 }, () => {
      taken++;
      throw new Error('enough');
    });
    await expect(ended).rejects.toThrow('enough');
    expect(taken).toBe(1);
    expect(engine.reads.pagesRead - before).toBeLessThanOrEqual(1);
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(engine.eachPiece({ ...query, signal }, () => undefined)).rejects.toThrow('cancelled');
    await engine.close();
  });

  it('is told periods by statistics where pages end with them', async () => {
    const engine = await filled(
      [{ startMs: 1234, stepMs: 5000, wobbleMs: 0, rows: 6000, salt: 1, behind: 'flush' }],
      false,
    );
    const before = { ...engine.reads };
    const pieces = await handedOver(engine, { device, measurement: 's1', cuts }, false);
    expect(pieces.map(({ kind }) => kind)).toEqual(Array.from({ length: 9 }, () => 'summary'));
    expect(engine.reads.pagesRead).toBe(before.pagesRead);
    await engine.close();
  });
});
