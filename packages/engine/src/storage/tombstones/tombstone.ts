// What was deleted. A tombstone is the delete of one command: it hides the points written before it, in every memtable and
// file that was complete by then, and compaction leaves those points out. It goes when no such file is left.

import { type PathPattern, takesPath } from '../../path-pattern.ts';
import type { Device } from '../catalog/device.ts';
import { isAbout } from './ttl.ts';

export interface Tombstone {
  /** Of the command. Nothing written later is deleted. */
  readonly index: number;
  readonly pattern: PathPattern;
  readonly startMs: number;
  /** Not included. */
  readonly endMs: number;
  /** Paths of times to live (ttl.ts): of the devices that these are about, nothing is deleted. */
  readonly except: readonly string[];
}

/** Only grows: a reader leaves out what came after it. */
export class TombstoneSet {
  readonly #all: Tombstone[] = [];
  readonly #exact = new Map<string, Tombstone[]>();
  readonly #wide: Tombstone[] = [];

  constructor(all: readonly Tombstone[] = []) {
    for (const tombstone of all) this.add(tombstone);
  }

  /** Of a command that is not before any of the others. */
  add(tombstone: Tombstone): void {
    this.#all.push(tombstone);
    if (tombstone.pattern.device === undefined) {
      this.#wide.push(tombstone);
      return;
    }
    const same = this.#exact.get(tombstone.pattern.text);
    if (same === undefined) this.#exact.set(tombstone.pattern.text, [tombstone]);
    else same.push(tombstone);
  }

  get size(): number {
    return this.#all.length;
  }

  get all(): readonly Tombstone[] {
    return this.#all;
  }

  /** Those that may hide points of a series, of commands up to `indexMax`. */
  of(device: Device, measurement: string, indexMax: number): Tombstone[] {
    if (this.#all.length === 0) return [];
    const found = this.#exact.get(`${device.path}.${measurement}`)?.filter(({ index }) => index <= indexMax) ?? [];
    let nodes: string[] | undefined;
    for (const tombstone of this.#wide) {
      if (tombstone.index > indexMax) continue;
      nodes ??= [...device.nodes.slice(1), measurement];
      if (hides(tombstone, device, nodes)) found.push(tombstone);
    }
    return found;
  }
}

/** Whether it is about the series with these nodes behind `root`. */
export function hides({ pattern, except }: Tombstone, device: Device, nodes: readonly string[]): boolean {
  return takesPath(pattern, nodes) && !except.some((path) => isAbout(path, device.path));
}

/** Whether it may be about any series of a device of which only the path is known. */
export function mayHideIn({ pattern }: Tombstone, device: Device): boolean {
  return pattern.device === undefined || pattern.device === device.path;
}
