// What the applied commands of the data group mean: which value each register has at which index. A plain model of the
// store, for registers only.

import type { Index } from '@balsa/raft';
import { decodeTablet } from '@balsa/wire';
import { Violation } from '../oracles.ts';

interface Version {
  readonly index: Index;
  readonly value: string;
}

export class RegisterLog {
  readonly #versions = new Map<string, Version[]>();
  readonly #indexOf = new Map<string, Index>();

  /** The group is forced to go on; of what was written, it has kept this. */
  forcedOn(lastIndex: Index): RegisterLog {
    const next = new RegisterLog();
    for (const [register, versions] of this.#versions) {
      const kept = versions.filter(({ index }) => index <= lastIndex);
      if (kept.length > 0) next.#versions.set(register, kept);
      for (const { index, value } of kept) next.#indexOf.set(value, index);
    }
    return next;
  }

  /** What every register holds by now. */
  get values(): ReadonlyMap<string, string> {
    return new Map([...this.#versions].map(([register, versions]) => [register, versions.at(-1)!.value]));
  }

  /** Writes so far. */
  get size(): number {
    return this.#indexOf.size;
  }

  /** The next command of the log; returns what it writes. @throws Violation if that was applied before: every value is written once. */
  apply(index: Index, command: Buffer): string {
    const { device, columns } = decodeTablet(command.subarray(1));
    const value = String(columns[0]!.values[0]);
    const earlier = this.#indexOf.get(value);
    if (earlier !== undefined) throw new Violation('exactly once', `${value} is applied at ${earlier} and at ${index}`);
    this.#indexOf.set(value, index);
    const register = device.slice(device.lastIndexOf('.') + 1);
    const versions = this.#versions.get(register);
    if (versions === undefined) this.#versions.set(register, [{ index, value }]);
    else versions.push({ index, value });
    return value;
  }

  has(value: string): boolean {
    return this.#indexOf.has(value);
  }

  /** The how manieth value of the register it is, from 0 on; `undefined` if it was never written there. */
  versionOf(register: string, value: string): number | undefined {
    const index = this.#indexOf.get(value);
    const version = this.#versions.get(register)?.findIndex((other) => other.index === index) ?? -1;
    return version < 0 ? undefined : version;
  }

  /** `null`: not written yet. */
  valueAt(register: string, index: Index): string | null {
    return this.#versions.get(register)?.findLast((version) => version.index <= index)?.value ?? null;
  }
}
