// Walks the index tree: from a device and a measurement to the metadata of a series.

import { atOnceOrLater, awaited, type Steps } from '../at-once.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { TsFileError } from '../errors.ts';
import type { ByteSource } from '../io/ports.ts';
import { compareDevices, comparePaths, type DeviceId, tableOf } from '../layout/device-id.ts';
import {
  type DeviceNode,
  type IndexEntry,
  type MeasurementNode,
  NodeKind,
  readDeviceNode,
  readMeasurementNode,
} from '../layout/index-node.ts';
import { readSeriesMetadata, type SeriesMetadata } from '../layout/series-metadata.ts';
import type { TsFileLimits } from '../limits.ts';
import type { FileEnds } from './open-file.ts';
import { RecentParts } from './recent-parts.ts';

/**
 * A walk over a tree meets every part of the index once. Where several nodes of a malicious one lead to the same part, it
 * would meet that exponentially often.
 */
interface Walk {
  bytesLeft: number;
}

export class IndexReader {
  readonly #source: ByteSource;
  readonly #ends: FileEnds;
  readonly #limits: TsFileLimits;
  readonly #deviceNodes = new RecentParts<DeviceNode>();
  readonly #measurementNodes = new RecentParts<MeasurementNode>();
  readonly #lists = new RecentParts<readonly SeriesMetadata[]>();

  constructor(source: ByteSource, ends: FileEnds, limits: TsFileLimits) {
    this.#source = source;
    this.#ends = ends;
    this.#limits = limits;
  }

  /** Devices, in the order of the index. */
  async *devices(): AsyncGenerator<DeviceId, void> {
    const walk = this.#newWalk();
    for (const { root } of this.#ends.metadata.roots) yield* this.#devicesBelow(root, walk);
  }

  /** All series of a device, times first if they are aligned; nothing if there is no such device. */
  async *seriesOf(device: DeviceId): AsyncGenerator<SeriesMetadata, void> {
    const root = await atOnceOrLater(this.#measurementsOf(device));
    if (root === undefined) return;
    const isAligned = hasTimeColumn(root);
    for await (const series of this.#seriesBelow(root, this.#newWalk())) yield withRole(series, isAligned);
  }

  /** One series, at once if what leads to it is at hand; `undefined` if it is not there. */
  series(device: DeviceId, measurement: string): SeriesMetadata | undefined | Promise<SeriesMetadata | undefined> {
    return atOnceOrLater(this.#find(device, measurement));
  }

  *#find(device: DeviceId, measurement: string): Steps<SeriesMetadata | undefined> {
    let node = yield* this.#measurementsOf(device);
    const isAligned = node !== undefined && hasTimeColumn(node);
    while (node !== undefined) {
      const entry = lastNotAfter(node.entries, (key) => (key < measurement ? -1 : key === measurement ? 0 : 1));
      if (entry === undefined) return undefined;
      if (node.kind === NodeKind.LEAF_MEASUREMENT) {
        const list = this.#lists.atHand(entry.from) ?? (yield* awaited(this.#seriesIn(entry)));
        const series = list.find((it) => it.measurement === measurement);
        return series && withRole(series, isAligned);
      }
      node = this.#measurementNodes.atHand(entry.from) ?? (yield* awaited(this.#measurementNode(entry)));
    }
    return undefined;
  }

  *#measurementsOf(device: DeviceId): Steps<MeasurementNode | undefined> {
    const { version, metadata } = this.#ends;
    const table = version === 3 ? '' : tableOf(device);
    const compare = version === 3 ? comparePaths : compareDevices;
    let node = metadata.roots.find((it) => it.table === table)?.root;
    while (node !== undefined) {
      const entry = lastNotAfter(node.entries, (key) => compare(key, device));
      if (entry === undefined) return undefined;
      if (node.kind === NodeKind.LEAF_DEVICE) {
        if (compare(entry.key, device) !== 0) return undefined;
        return this.#measurementNodes.atHand(entry.from) ?? (yield* awaited(this.#measurementNode(entry)));
      }
      node = this.#deviceNodes.atHand(entry.from) ?? (yield* awaited(this.#deviceNode(entry)));
    }
    return undefined;
  }

  async *#devicesBelow(node: DeviceNode, walk: Walk): AsyncGenerator<DeviceId, void> {
    for (const entry of node.entries) {
      if (node.kind === NodeKind.LEAF_DEVICE) yield entry.key;
      else yield* this.#devicesBelow(await this.#deviceNode(entry, walk), walk);
    }
  }

  async *#seriesBelow(node: MeasurementNode, walk: Walk): AsyncGenerator<SeriesMetadata, void> {
    for (const entry of node.entries) {
      if (node.kind === NodeKind.LEAF_MEASUREMENT) yield* await this.#seriesIn(entry, walk);
      else yield* this.#seriesBelow(await this.#measurementNode(entry, walk), walk);
    }
  }

  #newWalk(): Walk {
    return { bytesLeft: this.#ends.metadataOffset - this.#ends.metadata.dataEnd };
  }

  #deviceNode(entry: IndexEntry<unknown>, walk?: Walk): Promise<DeviceNode> {
    return this.#part(this.#deviceNodes, entry, walk, (source) => {
      return readDeviceNode(this.#ends.version, source, entry.from, this.#limits);
    });
  }

  #measurementNode(entry: IndexEntry<unknown>, walk?: Walk): Promise<MeasurementNode> {
    return this.#part(this.#measurementNodes, entry, walk, (source) => {
      return readMeasurementNode(source, entry.from, this.#limits);
    });
  }

  #seriesIn(entry: IndexEntry<unknown>, walk?: Walk): Promise<readonly SeriesMetadata[]> {
    return this.#part(this.#lists, entry, walk, (source) => {
      const series: SeriesMetadata[] = [];
      while (source.remaining > 0) {
        series.push(readSeriesMetadata(source, this.#ends.metadata.dataEnd, this.#limits));
      }
      return series;
    });
  }

  async #part<Part extends NonNullable<unknown>>(
    recent: RecentParts<Part>,
    { from, to }: IndexEntry<unknown>,
    walk: Walk | undefined,
    parse: (source: ByteReader) => Part,
  ): Promise<Part> {
    this.#check(from, to, walk);
    return recent.get(from, to - from, async () => {
      return parse(new ByteReader(await this.#source.read(from, to - from), { offset: from }));
    });
  }

  #check(from: number, to: number, walk: Walk | undefined): void {
    if (from <= this.#ends.metadata.dataEnd) {
      throw new TsFileError('TSFILE_DAMAGED', 'a node of the index leads to data', { offset: from });
    }
    if (walk !== undefined) walk.bytesLeft -= to - from;
    if (walk !== undefined && walk.bytesLeft < 0) {
      throw new TsFileError('TSFILE_DAMAGED', 'parts of the index overlap', { offset: from });
    }
    if (to - from > this.#limits.indexBytesMax) {
      const message = `a part of the index of ${to - from} bytes is over the limit of ${this.#limits.indexBytesMax}`;
      throw new TsFileError('TSFILE_OVER_LIMITS', message, { offset: from });
    }
  }
}

/** The name of a time column is empty, so it comes first. */
function hasTimeColumn(root: MeasurementNode): boolean {
  return root.entries[0]?.key === '';
}

/** Some writers do not mark aligned series in the index. */
function withRole(series: SeriesMetadata, isAligned: boolean): SeriesMetadata {
  return isAligned && series.role === 'plain' ? { ...series, role: 'value' } : series;
}

/** Of entries in ascending order the last one whose key does not lie behind what is looked for. */
function lastNotAfter<Key>(
  entries: readonly IndexEntry<Key>[],
  compare: (key: Key) => number,
): IndexEntry<Key> | undefined {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(entries[middle]!.key) <= 0) low = middle + 1;
    else high = middle;
  }
  return entries[low - 1];
}
