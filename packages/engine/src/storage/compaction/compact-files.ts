// Writes files anew, as files in order: what is superseded, deleted or expired is left out. One series is in work at a time,
// or the series of one device that share their times; of each, the pages that overlap.

import { deviceOfPath, type SeriesMetadata, type TsFileReader } from '@balsa/tsfile';
import type { DataType } from '@balsa/wire';
import type { Catalog } from '../catalog/catalog.ts';
import type { Device } from '../catalog/device.ts';
import { StorageError } from '../errors.ts';
import type { DataFile } from '../files/data-file.ts';
import { DataFileWriter, type WrittenDataFile } from '../files/data-file-writer.ts';
import { alignedChunkRows } from '../files/gather.ts';
import type { Manifest } from '../files/manifest.ts';
import {
  type AlignedSeries,
  type FileTarget,
  PointGatherers,
  writeAligned,
  writePlain,
} from '../files/write-series.ts';
import type { StorageFolder } from '../folder/storage-folder.ts';
import { fileParts, SharedTimes } from '../merge/file-parts.ts';
import { joinSeries } from '../merge/join-series.ts';
import { pointsOf } from '../merge/merge-parts.ts';
import type { Part } from '../merge/part.ts';
import type { Worker } from '../pace.ts';
import { newReadCounters } from '../read/read-counters.ts';
import { damageOf } from '../read/read-view.ts';
import { intervalsOf } from '../tombstones/intervals.ts';
import { TombstoneSet } from '../tombstones/tombstone.ts';

export interface CompactionJob {
  readonly inputs: readonly DataFile[];
  /**
   * That which is durable, and not what commands have made since: a crash must not find deleted what is yet to be deleted by
   * a command that comes again.
   */
  readonly manifest: Manifest;
  readonly catalog: Catalog;
  readonly folder: StorageFolder;
  readonly fileBytesMax: number;
  readonly worker: Worker;
  readonly signal: AbortSignal;
  drawName(): string;
  quarantine(file: DataFile, error: StorageError): void;
}

interface LiveSeries {
  readonly measurement: string;
  readonly dataType: DataType;
  readonly isAligned: boolean;
  readonly parts: Part[];
}

/** Whole and durable, but for their names. Leaves nothing behind if it fails. */
export async function compactFiles(job: CompactionJob): Promise<WrittenDataFile[]> {
  const outputs = new Outputs(job);
  try {
    const tombstones = new TombstoneSet(job.manifest.tombstones);
    for (const device of devicesOf(job)) {
      const live = await liveSeries(job, device, tombstones);
      await writeDevice(job, device, live, outputs);
      await outputs.endDevice();
    }
    return await outputs.finish();
  } catch (error) {
    await outputs.abort();
    throw error;
  }
}

function devicesOf({ inputs, catalog }: CompactionJob): Device[] {
  const ordinals = new Set<number>();
  for (const file of inputs) for (const ordinal of file.ordinals) ordinals.add(ordinal);
  return [...ordinals].map((it) => catalog.deviceAt(it)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The series of a device that have anything left, with where it lies. */
async function liveSeries(job: CompactionJob, device: Device, tombstones: TombstoneSet): Promise<LiveSeries[]> {
  const { manifest, inputs } = job;
  const floorMs = manifest.ttl.floorMs(device.path);
  const range = { startMs: floorMs, endMs: Number.POSITIVE_INFINITY };
  const counters = newReadCounters();
  const live = new Map<string, LiveSeries>();
  for (const file of inputs) {
    if (file.spanOf(device) === undefined) continue;
    const { isInOrder, flush, index } = file.entry;
    await guarded(job, file, async () => {
      const reader = await file.reader();
      for (const found of await seriesIn(reader, device)) {
        const { measurement } = found.series;
        const dataType = found.series.dataType as DataType;
        const deletes = tombstones.of(device, measurement, manifest.appliedIndex).filter((it) => it.index > index);
        const layer = { rank: isInOrder ? 0 : flush, gone: intervalsOf(deletes) };
        const inFile = { ...found, file, reader, errorOf: (error: unknown) => errorOf(job, file, error) };
        const parts = fileParts(inFile, layer, { type: dataType, range, counters });
        if (parts.length === 0) continue;
        const isAligned = found.times !== undefined;
        const series = live.get(measurement) ?? { measurement, dataType, isAligned, parts: [] };
        // Of a series that was deleted and made anew, all that is left is of the new one.
        if (series.dataType !== dataType || series.isAligned !== isAligned) {
          throw new StorageError('STORAGE_DAMAGED', `${device.path}.${measurement} is of two kinds`, {
            file: file.name,
          });
        }
        series.parts.push(...parts);
        live.set(measurement, series);
      }
    });
  }
  return [...live.values()].sort((a, b) => (a.measurement < b.measurement ? -1 : 1));
}

interface FoundSeries {
  readonly series: SeriesMetadata;
  readonly times: SharedTimes | undefined;
}

async function seriesIn(reader: TsFileReader, device: Device): Promise<FoundSeries[]> {
  const found: FoundSeries[] = [];
  let times: SharedTimes | undefined;
  for await (const series of reader.seriesOf(deviceOfPath(device.path))) {
    if (series.role === 'time') times = new SharedTimes(reader, series);
    else found.push({ series, times: series.role === 'value' ? times : undefined });
  }
  return found;
}

async function writeDevice(
  job: CompactionJob,
  device: Device,
  live: readonly LiveSeries[],
  outputs: FileTarget,
): Promise<void> {
  const options = {
    range: { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY },
    counters: newReadCounters(),
  };
  const { signal, worker } = job;
  const merged = (it: LiveSeries) => pointsOf(it.parts, { ...options, type: it.dataType, signal });
  const plain = live.filter(({ isAligned }) => !isAligned);
  for (const it of plain) await writePlain(outputs, device.path, it.measurement, it.dataType, merged(it), worker);
  const aligned = await withPoints(
    live.filter(({ isAligned }) => isAligned),
    merged,
  );
  if (aligned.length === 0) return;
  const rows = joinSeries(
    aligned.map(({ series, points }) => ({ type: series.dataType, points })),
    alignedChunkRows(aligned.length),
  );
  const columns: AlignedSeries[] = aligned.map(({ series }) => series);
  await writeAligned(outputs, device.path, columns, rows, worker);
}

/** Those of which at least one point is left: a column without any has no place in a file. */
async function withPoints<P extends AsyncGenerator<unknown, void>>(
  series: readonly LiveSeries[],
  merged: (series: LiveSeries) => P,
) {
  const some: { series: LiveSeries; points: P }[] = [];
  for (const it of series) {
    const probe = merged(it);
    const first = await probe.next();
    await probe.return();
    if (!first.done) some.push({ series: it, points: merged(it) });
  }
  return some;
}

async function guarded<T>(job: CompactionJob, file: DataFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw errorOf(job, file, error);
  }
}

function errorOf(job: CompactionJob, file: DataFile, error: unknown): unknown {
  return damageOf(error, file, (damage) => job.quarantine(file, damage));
}

/** Files one after the other; the next begins with a new device. */
class Outputs implements FileTarget {
  readonly #job: CompactionJob;
  readonly gatherers: PointGatherers = new PointGatherers();
  readonly #written: WrittenDataFile[] = [];
  #current: DataFileWriter | undefined;

  constructor(job: CompactionJob) {
    this.#job = job;
  }

  async writer(): Promise<DataFileWriter> {
    if (this.#current === undefined) {
      const { inputs, manifest, folder } = this.#job;
      this.#current = await DataFileWriter.create(folder, {
        name: this.#job.drawName(),
        isInOrder: true,
        flush: Math.max(...inputs.map(({ entry }) => entry.flush)),
        // All that was deleted up to here has been left out.
        index: manifest.appliedIndex,
      });
    }
    return this.#current;
  }

  async endDevice(): Promise<void> {
    if (this.#current !== undefined && this.#current.sizeBytes >= this.#job.fileBytesMax) await this.#end();
  }

  async finish(): Promise<WrittenDataFile[]> {
    await this.#end();
    return this.#written;
  }

  async abort(): Promise<void> {
    await this.#current?.abort();
    for (const { entry } of this.#written) await DataFileWriter.remove(this.#job.folder, entry);
  }

  async #end(): Promise<void> {
    const written = await this.#current?.finish();
    this.#current = undefined;
    if (written !== undefined) this.#written.push(written);
  }
}
