// Remembers every chunk that was written, and writes the index from that.

import { argumentError } from '../errors.ts';
import { BloomFilter } from '../layout/bloom-filter.ts';
import type { SeriesRole } from '../layout/chunk-header.ts';
import { compareDevices, type DeviceId, pathOfDevice, tableOf } from '../layout/device-id.ts';
import type { TableRoot } from '../layout/file-metadata.ts';
import {
  type DeviceNode,
  degreeMax,
  type IndexEntry,
  type MeasurementNode,
  NodeKind,
  writeDeviceNode,
  writeMeasurementNode,
} from '../layout/index-node.ts';
import { type ChunkMetadata, writeSeriesMetadata } from '../layout/series-metadata.ts';
import { emptyStatistics, type MeasuredType, mergeStatistics, type Statistics } from '../layout/statistics.ts';
import type { FileOutput } from './file-output.ts';

export interface SeriesInFile {
  readonly role: SeriesRole;
  readonly measurement: string;
  readonly dataType: MeasuredType;
  readonly chunks: ChunkMetadata[];
  statistics: Statistics;
}

export class DeviceInFile {
  readonly id: DeviceId;
  readonly isAligned: boolean;
  readonly series: Map<string, SeriesInFile> = new Map();

  constructor(id: DeviceId, isAligned: boolean) {
    this.id = id;
    this.isAligned = isAligned;
  }

  /** Finds or begins a series. @throws TsFileError TSFILE_ARGUMENT if it has another type already. */
  seriesFor(role: SeriesRole, measurement: string, dataType: MeasuredType): SeriesInFile {
    const known = this.series.get(measurement);
    if (known !== undefined) {
      if (known.dataType !== dataType) {
        throw argumentError(`${pathOfDevice(this.id)}.${measurement} has another type in the same file`);
      }
      return known;
    }
    const series = { role, measurement, dataType, chunks: [], statistics: emptyStatistics(dataType) };
    this.series.set(measurement, series);
    return series;
  }
}

export class IndexBuilder {
  readonly #devices = new Map<string, DeviceInFile>();

  /** Finds or begins a device. @throws TsFileError TSFILE_ARGUMENT if it is of the other kind already. */
  deviceFor(id: DeviceId, isAligned: boolean): DeviceInFile {
    const key = JSON.stringify(id);
    let device = this.#devices.get(key);
    if (device === undefined) {
      device = new DeviceInFile(id, isAligned);
      this.#devices.set(key, device);
    } else if (device.isAligned !== isAligned) {
      throw argumentError(`${pathOfDevice(id)} has both aligned series and others`);
    }
    return device;
  }

  /** Writes all of the index but its roots, which it gives back with the filter. */
  async write(output: FileOutput): Promise<{ roots: TableRoot[]; bloomFilter: BloomFilter }> {
    const devices = [...this.#devices.values()].filter(({ series }) => series.size > 0);
    devices.sort((a, b) => compareDevices(a.id, b.id));
    const bloomFilter = BloomFilter.forSeries(devices.reduce((sum, { series }) => sum + series.size, 0));
    const tables = new Map<string, { device: DeviceInFile; root: MeasurementNode }[]>();
    for (const device of devices) {
      const entry = { device, root: await this.#writeSeries(device, bloomFilter, output) };
      const table = tables.get(tableOf(device.id));
      if (table === undefined) tables.set(tableOf(device.id), [entry]);
      else table.push(entry);
    }
    const roots: TableRoot[] = [];
    for (const [table, entries] of tables) roots.push({ table, root: await this.#writeDevices(entries, output) });
    return { roots, bloomFilter };
  }

  async #writeSeries(device: DeviceInFile, bloomFilter: BloomFilter, output: FileOutput): Promise<MeasurementNode> {
    const entries: { key: string; from: number; to: number }[] = [];
    const sorted = [...device.series.values()].sort((a, b) => (a.measurement < b.measurement ? -1 : 1));
    for (const [i, series] of sorted.entries()) {
      const from = output.position;
      writeSeriesMetadata(series, output.pending);
      bloomFilter.add(device.id, series.measurement);
      if (i % degreeMax === 0) entries.push({ key: series.measurement, from, to: from });
      const entry = entries.at(-1);
      if (entry !== undefined) entry.to = output.position;
      await output.drain();
    }
    const leaves = split(entries).map((part): MeasurementNode => ({ kind: NodeKind.LEAF_MEASUREMENT, entries: part }));
    return this.#writeLevels<string, MeasurementNode>(leaves, output, writeMeasurementNode, (part) => ({
      kind: NodeKind.INTERNAL_MEASUREMENT,
      entries: part,
    }));
  }

  async #writeDevices(
    devices: readonly { device: DeviceInFile; root: MeasurementNode }[],
    output: FileOutput,
  ): Promise<DeviceNode> {
    const entries: IndexEntry<DeviceId>[] = [];
    for (const { device, root } of devices) {
      const from = output.position;
      writeMeasurementNode(root, output.pending);
      entries.push({ key: device.id, from, to: output.position });
      await output.drain();
    }
    const leaves = split(entries).map((part): DeviceNode => ({ kind: NodeKind.LEAF_DEVICE, entries: part }));
    return this.#writeLevels<DeviceId, DeviceNode>(leaves, output, writeDeviceNode, (part) => ({
      kind: NodeKind.INTERNAL_DEVICE,
      entries: part,
    }));
  }

  /** Writes nodes, level by level, until one is left, which is not written. */
  async #writeLevels<Key, Node extends { readonly entries: readonly IndexEntry<Key>[] }>(
    leaves: readonly Node[],
    output: FileOutput,
    write: (node: Node, out: FileOutput['pending']) => void,
    above: (entries: IndexEntry<Key>[]) => Node,
  ): Promise<Node> {
    let nodes = leaves;
    while (nodes.length > 1) {
      const entries: IndexEntry<Key>[] = [];
      for (const node of nodes) {
        const from = output.position;
        write(node, output.pending);
        entries.push({ key: node.entries[0]!.key, from, to: output.position });
        await output.drain();
      }
      nodes = split(entries).map(above);
    }
    return nodes[0]!;
  }
}

/** Remembers a chunk of a series; empty ones too, so that aligned series have as many chunks as their times. */
export function addChunk(series: SeriesInFile, chunk: ChunkMetadata): void {
  series.chunks.push(chunk);
  series.statistics = mergeStatistics(series.statistics, chunk.statistics);
}

function split<T>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += degreeMax) parts.push(items.slice(at, at + degreeMax));
  return parts;
}
