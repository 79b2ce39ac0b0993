// All series by path. Devices hang in a tree of path nodes, which patterns walk; what changes is noted until a flush takes it.

import type { DataType } from '@balsa/wire';
import { canonicalNodes } from '../../path.ts';
import { advance, type PathPattern, type PatternNode } from '../../path-pattern.ts';
import type { Device } from './device.ts';
import { Shape } from './shape.ts';

export interface SeriesIdentity {
  readonly device: string;
  readonly measurement: string;
  readonly dataType: DataType;
  readonly isAligned: boolean;
}

/** What a replica that does not know it yet has to do. */
export type CatalogChange =
  | { readonly kind: 'add'; readonly device: Device; readonly measurement: string; readonly dataType: DataType }
  | { readonly kind: 'remove'; readonly device: Device; readonly measurement: string }
  | { readonly kind: 'align'; readonly device: Device; readonly isAligned: boolean };

interface TreeNode {
  readonly name: string;
  children: Map<string, TreeNode> | undefined;
  /** In code unit order; `undefined` when one was added since. */
  sorted: readonly TreeNode[] | undefined;
  device: Device | undefined;
}

export class Catalog {
  readonly #root: TreeNode = treeNode('root');
  readonly #devices = new Map<string, Device>();
  readonly #byOrdinal: Device[] = [];
  readonly #noSeries = Shape.empty();
  #series = 0;
  #devicesWithSeries = 0;
  #changes: CatalogChange[] = [];
  #flushedUnknownMs = Number.NEGATIVE_INFINITY;

  /** Devices that have series. */
  get devices(): number {
    return this.#devicesWithSeries;
  }

  get series(): number {
    return this.#series;
  }

  /** Also one whose series are all gone. */
  device(path: string): Device | undefined {
    return this.#devices.get(path);
  }

  deviceAt(ordinal: number): Device {
    return this.#byOrdinal[ordinal]!;
  }

  /** Finds or makes a device. The path is canonical. */
  intern(path: string): Device {
    const known = this.#devices.get(path);
    if (known !== undefined) return known;
    const nodes = canonicalNodes(path) ?? [path];
    const device: Device = {
      path,
      nodes,
      ordinal: this.#byOrdinal.length,
      shape: this.#noSeries,
      isAligned: false,
      flushedMs: Number.NEGATIVE_INFINITY,
    };
    this.#devices.set(path, device);
    this.#byOrdinal.push(device);
    let at = this.#root;
    for (const name of nodes.slice(1)) at = childOf(at, name);
    at.device = device;
    return device;
  }

  /** No file has a later point of the device: what comes behind is in order. */
  flushedMs(device: Device): number {
    return Math.max(device.flushedMs, this.#flushedUnknownMs);
  }

  /** A file that cannot be read may have points of any device up to this time. */
  noteFlushedUnknown(lastMs: number): void {
    this.#flushedUnknownMs = Math.max(this.#flushedUnknownMs, lastMs);
  }

  /** Adds a series that is not there. */
  add(device: Device, measurement: string, dataType: DataType): void {
    if (device.shape.size === 0) this.#devicesWithSeries++;
    device.shape = device.shape.with(measurement, dataType);
    this.#series++;
    this.#changes.push({ kind: 'add', device, measurement, dataType });
  }

  /** Removes series that are there. */
  remove(device: Device, ...measurements: readonly string[]): void {
    const removed = new Set(measurements);
    let shape = this.#noSeries;
    for (const [name, dataType] of device.shape.types) if (!removed.has(name)) shape = shape.with(name, dataType);
    device.shape = shape;
    if (shape.size === 0) this.#devicesWithSeries--;
    this.#series -= removed.size;
    for (const measurement of removed) this.#changes.push({ kind: 'remove', device, measurement });
  }

  /** Says whether the series of a device that has none yet will share their times. */
  align(device: Device, isAligned: boolean): void {
    if (device.isAligned === isAligned) return;
    device.isAligned = isAligned;
    this.#changes.push({ kind: 'align', device, isAligned });
  }

  /** What has changed since this was last asked. */
  takeChanges(): CatalogChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** Everything there is, as changes to an empty catalog. */
  *everything(): Generator<CatalogChange, void, undefined> {
    for (const device of this.#byOrdinal) {
      if (device.isAligned) yield { kind: 'align', device, isAligned: true };
      for (const [measurement, dataType] of device.shape.types) yield { kind: 'add', device, measurement, dataType };
    }
  }

  /** Devices that have series, by path in code unit order. */
  *inOrder(): Generator<Device, void, undefined> {
    const stack: TreeNode[] = [this.#root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.device !== undefined && node.device.shape.size > 0) yield node.device;
      const children = childrenOf(node);
      for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]!);
    }
  }

  /**
   * Series that any of the patterns means, by device and then measurement, both in code unit order; each once. Holds only
   * until the catalog changes: ask for it all at once, or begin again.
   */
  *match(patterns: readonly PathPattern[]): Generator<SeriesIdentity, void, undefined> {
    const all = new PatternSet(patterns);
    const stack: { node: TreeNode; state: readonly number[] }[] = [{ node: this.#root, state: all.start }];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { node, state } = top;
      if (state.length === 0) continue;
      if (node.device !== undefined) yield* seriesOf(node.device, all, state);
      const names = all.namesNext(state);
      if (names !== undefined) {
        for (const name of [...names].sort().reverse()) {
          const child = node.children?.get(name);
          if (child !== undefined) stack.push({ node: child, state: all.after(state, name) });
        }
        continue;
      }
      const children = childrenOf(node);
      for (let i = children.length - 1; i >= 0; i--) {
        stack.push({ node: children[i]!, state: all.after(state, children[i]!.name) });
      }
    }
  }
}

function* seriesOf(
  device: Device,
  all: PatternSet,
  state: readonly number[],
): Generator<SeriesIdentity, void, undefined> {
  const { path, shape, isAligned } = device;
  for (const measurement of shape.measurements) {
    if (!all.isComplete(all.after(state, measurement))) continue;
    yield { device: path, measurement, dataType: shape.types.get(measurement)!, isAligned };
  }
}

/** Several patterns at once, one behind the other: states are places in the whole. */
class PatternSet {
  readonly #nodes: PatternNode[] = [];
  readonly #ends = new Set<number>();
  readonly start: readonly number[];

  constructor(patterns: readonly PathPattern[]) {
    this.start = patterns.map(({ nodes }) => {
      const start = this.#nodes.length;
      this.#nodes.push(...nodes, { kind: 'name', name: '' });
      this.#ends.add(this.#nodes.length - 1);
      return start;
    });
  }

  after(state: readonly number[], name: string): readonly number[] {
    return advance(this.#nodes, state, name);
  }

  isComplete(state: readonly number[]): boolean {
    return state.some((at) => this.#ends.has(at));
  }

  /** The names that can come next; `undefined` if any may. */
  namesNext(state: readonly number[]): Set<string> | undefined {
    const names = new Set<string>();
    for (const at of state) {
      const node = this.#nodes[at]!;
      if (node.kind !== 'name') return undefined;
      names.add(node.name);
    }
    return names;
  }
}

function treeNode(name: string): TreeNode {
  return { name, children: undefined, sorted: undefined, device: undefined };
}

function childOf(node: TreeNode, name: string): TreeNode {
  node.children ??= new Map();
  let child = node.children.get(name);
  if (child === undefined) {
    child = treeNode(name);
    node.children.set(name, child);
    node.sorted = undefined;
  }
  return child;
}

/** Every character that can follow a whole node is greater than the dot, so this order is that of whole paths. */
function childrenOf(node: TreeNode): readonly TreeNode[] {
  node.sorted ??= [...(node.children?.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return node.sorted;
}
