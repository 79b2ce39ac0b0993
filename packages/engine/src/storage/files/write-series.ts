// Series go into files in chunks, however they come.

import type { AlignedColumn } from '@balsa/tsfile';
import type { DataType } from '@balsa/wire';
import type { RowBlock } from '../merge/join-series.ts';
import type { Worker } from '../pace.ts';
import { fileValues, type Points } from '../points.ts';
import { chooseEncoding } from './choose-encoding.ts';
import type { DataFileWriter } from './data-file-writer.ts';
import { PointGatherer, RowGatherer } from './gather.ts';

/** Where chunks go; made when there is something to write. */
export interface FileTarget {
  writer(): Promise<DataFileWriter>;
  readonly gatherers: PointGatherers;
}

/** Memory for points on their way into a file, taken once for each type. */
export class PointGatherers {
  readonly #byType = new Map<DataType, PointGatherer>();

  of(type: DataType): PointGatherer {
    let gatherer = this.#byType.get(type);
    if (gatherer === undefined) {
      gatherer = new PointGatherer(type);
      this.#byType.set(type, gatherer);
    }
    return gatherer;
  }
}

type Blocks<T> = Iterable<T> | AsyncIterable<T>;

/** Writes a series by itself. */
export async function writePlain(
  target: FileTarget,
  device: string,
  measurement: string,
  type: DataType,
  blocks: Blocks<Points>,
  worker: Worker,
): Promise<void> {
  const gathered = target.gatherers.of(type);
  const write = async (): Promise<void> => {
    const writer = await target.writer();
    const before = writer.sizeBytes;
    const points = gathered.take();
    await writer.writeSeries(device, measurement, type, points);
    await worker.didPoints(points.times.length);
    await worker.didBytes(writer.sizeBytes - before);
  };
  for await (const block of blocks) {
    for (let from = 0; from < block.times.length; ) {
      from = gathered.add(block, from);
      if (gathered.isFull) await write();
    }
  }
  if (gathered.count > 0) await write();
}

export interface AlignedSeries {
  readonly measurement: string;
  readonly dataType: DataType;
}

/** Writes series that share their times. */
export async function writeAligned(
  target: FileTarget,
  device: string,
  series: readonly AlignedSeries[],
  blocks: Blocks<RowBlock>,
  worker: Worker,
): Promise<void> {
  const gathered = new RowGatherer(series.map(({ dataType }) => dataType));
  const write = async (): Promise<void> => {
    const writer = await target.writer();
    const before = writer.sizeBytes;
    const { times, columns, present } = gathered.take();
    const aligned = columns.map(({ values, nulls }, i): AlignedColumn => {
      const { measurement, dataType } = series[i]!;
      return {
        schema: { measurement, dataType, encoding: chooseEncoding(values) },
        column: { values: fileValues(values), nulls },
      };
    });
    await writer.writeAligned(device, times, aligned, present);
    await worker.didPoints(present);
    await worker.didBytes(writer.sizeBytes - before);
  };
  for await (const block of blocks) {
    for (let from = 0; from < block.times.length; ) {
      from = gathered.add(block, from);
      if (gathered.isFull) await write();
    }
  }
  if (gathered.count > 0) await write();
}
