// Writes a TsFile and what lies beside it.

import { type AlignedColumn, TsFileWriter } from '@balsa/tsfile';
import { crc32c, type DataType } from '@balsa/wire';
import type { StorageFolder } from '../folder/storage-folder.ts';
import { removeIfThere, writeWhole } from '../folder/storage-folder.ts';
import { fileValues, type Points } from '../points.ts';
import { ChecksumSink } from './checked-source.ts';
import { chooseEncoding } from './choose-encoding.ts';
import type { DataFileEntry } from './manifest.ts';
import { pageLayout } from './page-layout.ts';
import { type DeviceTimes, encodeResource, type Resource } from './resource.ts';

export interface DataFileOptions {
  /** Drawn, so that no file of another content has it. */
  readonly name: string;
  readonly isInOrder: boolean;
  readonly flush: number;
  readonly index: number;
}

export interface WrittenDataFile {
  readonly entry: DataFileEntry;
  readonly resource: Resource;
}

export class DataFileWriter {
  readonly #folder: StorageFolder;
  readonly #options: DataFileOptions;
  readonly #sink: ChecksumSink;
  readonly #writer: TsFileWriter;
  readonly #devices = new Map<string, { firstMs: number; lastMs: number }>();
  #points = 0;

  private constructor(folder: StorageFolder, options: DataFileOptions, sink: ChecksumSink) {
    this.#folder = folder;
    this.#options = options;
    this.#sink = sink;
    this.#writer = new TsFileWriter(sink, { pageLayout });
  }

  static async create(folder: StorageFolder, options: DataFileOptions): Promise<DataFileWriter> {
    return new DataFileWriter(folder, options, new ChecksumSink(await folder.createSink(options.name)));
  }

  get sizeBytes(): number {
    return this.#writer.sizeBytes;
  }

  /** One chunk of a series by itself, behind those that it has. */
  async writeSeries(device: string, measurement: string, dataType: DataType, { times, values }: Points): Promise<void> {
    const schema = { measurement, dataType, encoding: chooseEncoding(values) };
    await this.#writer.writeSeries(device, schema, times, { values: fileValues(values) });
    this.#count(device, times, times.length);
  }

  /** One chunk of each series of a device that share their times; always the same series. */
  async writeAligned(
    device: string,
    times: Float64Array,
    columns: readonly AlignedColumn[],
    points: number,
  ): Promise<void> {
    await this.#writer.writeAligned(device, times, columns);
    this.#count(device, times, points);
  }

  /** Both files are whole and durable; their names are not yet. */
  async finish(): Promise<WrittenDataFile> {
    const { name, isInOrder, flush, index } = this.#options;
    await this.#writer.finish();
    const devices: DeviceTimes[] = [...this.#devices].map(([device, span]) => ({ device, ...span }));
    const resource: Resource = { blocks: this.#sink.blockChecksums(), devices };
    const bytes = encodeResource(resource);
    await writeWhole(this.#folder, resourceName(name), bytes);
    const entry: DataFileEntry = {
      file: { name, sizeBytes: this.#sink.sizeBytes, checksum: this.#sink.checksum },
      resource: { name: resourceName(name), sizeBytes: bytes.length, checksum: crc32c(bytes) },
      isInOrder,
      flush,
      index,
      points: this.#points,
      firstMs: devices.reduce((min, { firstMs }) => Math.min(min, firstMs), Number.POSITIVE_INFINITY),
      lastMs: devices.reduce((max, { lastMs }) => Math.max(max, lastMs), Number.NEGATIVE_INFINITY),
    };
    return { entry, resource };
  }

  /** Leaves nothing behind, as far as the disk lets it: what stays is removed at the next start. */
  async abort(): Promise<void> {
    const { name } = this.#options;
    await this.#writer.abort().catch(() => undefined);
    for (const each of [name, resourceName(name)]) await removeIfThere(this.#folder, each).catch(() => undefined);
  }

  /** Removes files that were finished and are not wanted, as far as the disk lets it. */
  static async remove(folder: StorageFolder, { file, resource }: DataFileEntry): Promise<void> {
    for (const { name } of [file, resource]) await removeIfThere(folder, name).catch(() => undefined);
  }

  #count(device: string, times: Float64Array, points: number): void {
    const firstMs = times[0]!;
    const lastMs = times[times.length - 1]!;
    this.#points += points;
    const span = this.#devices.get(device);
    if (span === undefined) {
      this.#devices.set(device, { firstMs, lastMs });
      return;
    }
    span.firstMs = Math.min(span.firstMs, firstMs);
    span.lastMs = Math.max(span.lastMs, lastMs);
  }
}

function resourceName(name: string): string {
  return `${name}.resource`;
}
