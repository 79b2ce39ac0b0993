import { ByteWriter, crc32c } from '@balsa/wire';
import { DropLog, type Droppable, type LogCapture } from '../drop-log.ts';
import { canonicalNodes } from '../path.ts';
import { type PathPattern, type PatternProgress, patternStart, takesNode } from '../path-pattern.ts';
import { childrenTaken, PathTree, type TreeNode } from './path-tree.ts';
import { writeDefinition } from './series-bytes.ts';
import type { SeriesSchema } from './series-schema.ts';

export interface DeviceSchema {
  readonly path: string;
  readonly isAligned: boolean;
  /** By measurement, in the order in which they were registered. */
  readonly series: ReadonlyMap<string, SeriesSchema>;
  /** By measurement in code unit order. */
  readonly sortedSeries: readonly SeriesSchema[];
}

interface LoggedSeries extends SeriesSchema, Droppable {}

class Device implements DeviceSchema {
  readonly path: string;
  readonly isAligned: boolean;
  readonly #series = new Map<string, LoggedSeries>();
  /** `undefined`: they have changed since it was asked for. */
  #sorted: readonly LoggedSeries[] | undefined;

  constructor(path: string, isAligned: boolean) {
    this.path = path;
    this.isAligned = isAligned;
  }

  get series(): ReadonlyMap<string, LoggedSeries> {
    return this.#series;
  }

  get sortedSeries(): readonly LoggedSeries[] {
    this.#sorted ??= [...this.#series.values()].sort((a, b) => (a.measurement < b.measurement ? -1 : 1));
    return this.#sorted;
  }

  add(series: LoggedSeries): void {
    this.#series.set(series.measurement, series);
    this.#sorted = undefined;
  }

  drop(measurement: string): void {
    this.#series.delete(measurement);
    this.#sorted = undefined;
  }
}

export type SchemaNode = TreeNode<DeviceSchema>;

/** Databases and rules of time to live at one moment, and the series. */
export interface CatalogCapture {
  readonly databases: readonly string[];
  readonly ttls: readonly (readonly [path: string, ttlMs: number])[];
  readonly series: LogCapture<SeriesSchema>;
  readonly checksum: number;
}

/** Which databases and series there are, and how long their points live. All names are canonical. */
export class SchemaCatalog {
  readonly #tree = new PathTree<Device>();
  readonly #devices = new Map<string, Device>();
  readonly #series = new DropLog<LoggedSeries>();
  readonly #databases = new Set<string>();
  /** By path, which may end in `.**`: then it is about all devices below, else about the one device. */
  readonly #ttls = new Map<string, number>();
  /** Used again and again: memory for every series would take longer than its checksum. */
  readonly #bytes = new ByteWriter(256);
  #checksum = 0;

  get devices(): ReadonlyMap<string, DeviceSchema> {
    return this.#devices;
  }

  get databases(): ReadonlySet<string> {
    return this.#databases;
  }

  get ttls(): ReadonlyMap<string, number> {
    return this.#ttls;
  }

  get seriesCount(): number {
    return this.#series.count;
  }

  /** The sum of the checksums of all that is in it: independent of the order in which it came. */
  get checksum(): number {
    return this.#checksum;
  }

  get tree(): Pick<PathTree<DeviceSchema>, 'root' | 'match' | 'visit' | 'databaseAbove' | 'databaseBelow'> {
    return this.#tree;
  }

  /** Adds a series that is not there yet, and is aligned if its device is. */
  addSeries(series: SeriesSchema): void {
    let device = this.#devices.get(series.device);
    if (device === undefined) {
      device = new Device(series.device, series.isAligned);
      this.#devices.set(series.device, device);
      this.#tree.setDevice(namesOf(series.device), device);
    }
    const logged: LoggedSeries = { ...series, droppedAt: undefined };
    this.#series.add(logged);
    device.add(logged);
    this.#count(1, seriesTag, (out) => writeSeries(out, series));
  }

  /** A device without series is gone. */
  dropSeries(series: Pick<SeriesSchema, 'device' | 'measurement'>): void {
    const device = this.#devices.get(series.device)!;
    const dropped = device.series.get(series.measurement)!;
    device.drop(series.measurement);
    this.#series.drop(dropped);
    this.#count(-1, seriesTag, (out) => writeSeries(out, dropped));
    if (device.series.size > 0) return;
    this.#devices.delete(device.path);
    this.#tree.removeDevice(namesOf(device.path));
  }

  addDatabase(path: string): void {
    this.#databases.add(path);
    this.#tree.setDatabase(namesOf(path));
    this.#count(1, databaseTag, (out) => out.text16(path));
  }

  dropDatabase(path: string): void {
    this.#databases.delete(path);
    this.#tree.removeDatabase(namesOf(path));
    this.#count(-1, databaseTag, (out) => out.text16(path));
  }

  setTtl(path: string, ttlMs: number): void {
    this.unsetTtl(path);
    this.#ttls.set(path, ttlMs);
    this.#count(1, ttlTag, (out) => writeTtl(out, path, ttlMs));
  }

  unsetTtl(path: string): void {
    const ttlMs = this.#ttls.get(path);
    if (ttlMs === undefined) return;
    this.#ttls.delete(path);
    this.#count(-1, ttlTag, (out) => writeTtl(out, path, ttlMs));
  }

  /** How long the points of a device live: what was said of the longest beginning of its path. `undefined`: for ever. */
  ttlMsOf(device: string): number | undefined {
    if (this.#ttls.size === 0) return undefined;
    const own = this.#ttls.get(device);
    if (own !== undefined) return own;
    const names = namesOf(device);
    for (let length = names.length; length >= 0; length--) {
      const ttlMs = this.#ttls.get(`${['root', ...names.slice(0, length)].join('.')}.**`);
      if (ttlMs !== undefined) return ttlMs;
    }
    return undefined;
  }

  /** The series that a pattern takes, by path in code unit order. */
  matchSeries(pattern: PathPattern): Generator<SeriesSchema, void, undefined> {
    return seriesBelow(this.#tree.root, pattern, patternStart);
  }

  capture(): CatalogCapture {
    return {
      databases: [...this.#databases],
      ttls: [...this.#ttls],
      series: this.#series.capture(),
      checksum: this.#checksum,
    };
  }

  /** To be called once for every capture, when it is not needed any more. */
  release(): void {
    this.#series.release();
  }

  #count(sign: 1 | -1, tag: number, write: (out: ByteWriter) => void): void {
    const out = this.#bytes;
    out.length = 0;
    out.u8(tag);
    write(out);
    this.#checksum = (this.#checksum + sign * crc32c(out.written())) >>> 0;
  }
}

/** The nodes of a canonical path behind `root`. */
export function namesOf(path: string): string[] {
  return canonicalNodes(path)!.slice(1);
}

/** A device's own series stand among those of the devices below it. */
function* seriesBelow(
  node: SchemaNode,
  pattern: PathPattern,
  progress: PatternProgress,
): Generator<SeriesSchema, void, undefined> {
  const own = node.device === undefined ? [] : seriesTaken(node.device, pattern, progress);
  let next = 0;
  for (const child of childrenTaken(node, pattern, progress)) {
    while (next < own.length && own[next]!.measurement <= child.node.name) yield own[next++]!;
    yield* seriesBelow(child.node, pattern, child.progress);
  }
  while (next < own.length) yield own[next++]!;
}

/** The series of one device of which a pattern that has come so far takes the measurement as its last node. */
function seriesTaken(device: DeviceSchema, { nodes }: PathPattern, progress: PatternProgress): readonly SeriesSchema[] {
  const last = nodes.at(-1);
  if (last === undefined || !progress.includes(nodes.length - 1)) return [];
  if (last.kind === 'name') {
    const series = device.series.get(last.name);
    return series === undefined ? [] : [series];
  }
  const all = device.sortedSeries;
  if (last.kind === 'anyDepth' || last.kind === 'any') return all;
  return all.filter(({ measurement }) => takesNode(last, measurement));
}

const databaseTag = 1;
const seriesTag = 2;
const ttlTag = 3;

function writeTtl(out: ByteWriter, path: string, ttlMs: number): void {
  out.text16(path);
  out.u64(ttlMs);
}

function writeSeries(out: ByteWriter, series: SeriesSchema): void {
  out.text16(series.device);
  out.u8(series.isAligned ? 1 : 0);
  writeDefinition(out, series);
}
