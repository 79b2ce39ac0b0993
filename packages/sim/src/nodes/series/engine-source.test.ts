import { MemoryFolder, StorageEngine } from '@balsa/engine/storage';
import { encodeCommand } from '@balsa/engine/testing';
import type { SeriesSource } from '@balsa/sql';
import { type SampleSeries, seriesSourceCases } from '@balsa/sql/conformance';
import { columnOf } from '@balsa/sql/testing';
import { test } from 'vitest';
import { EngineSource } from './engine-source.ts';

const engines = new Map<SeriesSource, StorageEngine>();

async function create(all: readonly SampleSeries[]): Promise<SeriesSource> {
  const engine = await StorageEngine.open(new MemoryFolder());
  let index = 0;
  for (const { device, measurement, dataType, isAligned, points } of all) {
    const names = { device, measurements: [measurement], dataTypes: [dataType] };
    engine.apply(++index, encodeCommand({ kind: 'create', series: { ...names, isAligned } }));
    const timestamps = Float64Array.from(points, ([timeMs]) => timeMs);
    const column = columnOf(
      dataType,
      points.map(([, value]) => value),
    );
    if (points.length === 0) continue;
    engine.apply(++index, encodeCommand({ kind: 'insert', tablet: { ...names, timestamps, columns: [column] } }));
    // Half of them stay in memory.
    if (index % 4 < 2) await engine.flush();
  }
  const source = new EngineSource(engine);
  engines.set(source, engine);
  return source;
}

const destroy = (source: SeriesSource): Promise<void> => engines.get(source)!.close();

for (const { name, run } of seriesSourceCases({ create, destroy })) test(name, run);
