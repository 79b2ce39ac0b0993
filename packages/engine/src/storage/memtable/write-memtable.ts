// A sealed memtable becomes files: one of the points that lie behind all of their device that earlier files have, one of the
// others.

import type { DataType } from '@balsa/wire';
import type { AnySeries } from '../../any-series.ts';
import { lowerBound } from '../../chunk.ts';
import type { Device } from '../catalog/device.ts';
import type { DataFileOptions, WrittenDataFile } from '../files/data-file-writer.ts';
import { DataFileWriter } from '../files/data-file-writer.ts';
import { alignedChunkRows } from '../files/gather.ts';
import { type FileTarget, PointGatherers, writeAligned, writePlain } from '../files/write-series.ts';
import type { StorageFolder } from '../folder/storage-folder.ts';
import { joinSeries } from '../merge/join-series.ts';
import type { Worker } from '../pace.ts';
import { type Points, slicePoints } from '../points.ts';
import type { Memtable } from './memtable.ts';

export interface MemtableTarget {
  readonly folder: StorageFolder;
  readonly flush: number;
  readonly index: number;
  drawName(): string;
  /** Up to where earlier files have points of a device. */
  flushedMs(device: Device): number;
  readonly worker: Worker;
}

interface SplitSeries {
  readonly measurement: string;
  readonly dataType: DataType;
  /** Not behind what earlier files have. */
  readonly late: readonly Points[];
  readonly inOrder: readonly Points[];
}

/** Whole and durable, but for their names. Leaves nothing behind if it fails. */
export async function writeMemtable(memtable: Memtable, target: MemtableTarget): Promise<WrittenDataFile[]> {
  const late = new LazyFile(target, false);
  const inOrder = new LazyFile(target, true);
  try {
    // In the order in which the index of a file wants them.
    const devices = [...memtable.devices()].sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const device of devices) {
      const series = splitSeries(memtable.seriesOf(device) ?? new Map(), target.flushedMs(device));
      const { path } = device;
      const isAligned = memtable.isAligned(device);
      await writeDevice({ path, isAligned }, series, late, (it) => it.late, target.worker);
      await writeDevice({ path, isAligned }, series, inOrder, (it) => it.inOrder, target.worker);
    }
    const written: WrittenDataFile[] = [];
    for (const file of [late, inOrder]) {
      const finished = await file.finish();
      if (finished !== undefined) written.push(finished);
    }
    return written;
  } catch (error) {
    await late.abort();
    await inOrder.abort();
    throw error;
  }
}

async function writeDevice(
  { path, isAligned }: { readonly path: string; readonly isAligned: boolean },
  series: readonly SplitSeries[],
  target: FileTarget,
  piecesOf: (series: SplitSeries) => readonly Points[],
  worker: Worker,
): Promise<void> {
  const some = series.filter((it) => piecesOf(it).length > 0);
  if (some.length === 0) return;
  if (!isAligned) {
    for (const it of some) await writePlain(target, path, it.measurement, it.dataType, piecesOf(it), worker);
    return;
  }
  const joined = joinSeries(
    some.map((it) => ({ type: it.dataType, points: inTurn(piecesOf(it)) })),
    alignedChunkRows(some.length),
  );
  await writeAligned(target, path, some, joined, worker);
}

function splitSeries(ofDevice: ReadonlyMap<string, AnySeries>, flushedMs: number): SplitSeries[] {
  const split: SplitSeries[] = [];
  for (const [measurement, series] of ofDevice) {
    const late: Points[] = [];
    const inOrder: Points[] = [];
    // Cells of a series are the values of its type. Nobody writes to a sealed memtable: the points stay as they are.
    for (const slice of series.slices(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY) as Iterable<unknown>) {
      const points = slice as Points;
      const { length } = points.times;
      const border = points.times[0]! > flushedMs ? 0 : lowerBound(points.times, flushedMs + 1, 0, length);
      if (border > 0) late.push(slicePoints(points, 0, border));
      if (border < length) inOrder.push(slicePoints(points, border, length));
    }
    split.push({ measurement, dataType: series.kind.type, late, inOrder });
  }
  return split.sort((a, b) => (a.measurement < b.measurement ? -1 : 1));
}

async function* inTurn(pieces: readonly Points[]): AsyncGenerator<Points, void> {
  yield* pieces;
}

class LazyFile implements FileTarget {
  readonly #target: MemtableTarget;
  readonly #options: Omit<DataFileOptions, 'name'>;
  readonly gatherers: PointGatherers = new PointGatherers();
  #writer: DataFileWriter | undefined;

  constructor(target: MemtableTarget, isInOrder: boolean) {
    this.#target = target;
    this.#options = { isInOrder, flush: target.flush, index: target.index };
  }

  async writer(): Promise<DataFileWriter> {
    this.#writer ??= await DataFileWriter.create(this.#target.folder, {
      ...this.#options,
      name: this.#target.drawName(),
    });
    return this.#writer;
  }

  finish(): Promise<WrittenDataFile> | undefined {
    return this.#writer?.finish();
  }

  async abort(): Promise<void> {
    await this.#writer?.abort();
  }
}
