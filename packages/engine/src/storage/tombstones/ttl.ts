// How long points are kept. A rule is about one device, or about all at or below a path that ends in `.**`; of several, that of the
// longest path holds, and that of the device itself before any other: as in the schema (schema/time-to-live.ts).
//
// Expiry goes by a clock that stands in commands, not by the clock of whoever reads: so at one index of the log all replicas
// show the same points, their checksums agree, and a leader's read is a follower's read. Somebody, as a rule the leader, has to
// send `advanceClock` now and then; between two of those nothing expires.

import { devicePattern } from '../../path.ts';

export interface TtlRule {
  /** The canonical path of a device, or of what devices lie below, with `.**` behind it. */
  readonly path: string;
  readonly ttlMs: number;
}

const below = '.**';

/** The canonical form of a rule's path; `undefined`: no device can have such a rule. */
export function canonicalTtlPath(text: string): string | undefined {
  const pattern = devicePattern(text);
  return pattern?.kind === 'below' ? `${pattern.prefix}**` : pattern?.device;
}

/** Whether a rule of this path is about a device, as far as no other is. */
export function isAbout(path: string, device: string): boolean {
  return path.endsWith(below) ? isBelow(device, path.slice(0, -below.length)) : path === device;
}

/** Whether all that a rule of the path `inner` is about, one of the path `outer` would be about as well. */
export function isWithin(inner: string, outer: string): boolean {
  if (!outer.endsWith(below)) return inner === outer;
  return isAbout(outer, inner.endsWith(below) ? inner.slice(0, -below.length) : inner);
}

/** Never changes: a reader keeps the one that it began with. */
export class TtlRules {
  static readonly none: TtlRules = new TtlRules([], Number.NEGATIVE_INFINITY);

  readonly rules: readonly TtlRule[];
  readonly #byPath: ReadonlyMap<string, TtlRule>;
  /** Of the latest `advanceClock`; minus infinity before the first. */
  readonly clockMs: number;

  constructor(rules: readonly TtlRule[], clockMs: number) {
    this.rules = rules;
    this.#byPath = new Map(rules.map((rule) => [rule.path, rule]));
    this.clockMs = clockMs;
  }

  rule(path: string): TtlRule | undefined {
    return this.#byPath.get(path);
  }

  /** The rule that holds for a device. */
  ruleFor(device: string): TtlRule | undefined {
    if (this.rules.length === 0) return undefined;
    return this.#byPath.get(device) ?? this.#ruleAround(device);
  }

  /** Points of a device before this have expired. */
  floorMs(device: string): number {
    return this.#floorOf(this.ruleFor(device));
  }

  /** The same of all that a rule of this path is about, as far as no other within it is. */
  floorMsWithin(path: string): number {
    const isWide = path.endsWith(below);
    return this.#floorOf(isWide ? this.#ruleAround(path.slice(0, -below.length)) : this.ruleFor(path));
  }

  /** No point at or after this has expired, of whichever device. */
  get floorMsMax(): number {
    return this.clockMs - this.rules.reduce((min, { ttlMs }) => Math.min(min, ttlMs), Number.POSITIVE_INFINITY);
  }

  with(rule: TtlRule): TtlRules {
    return new TtlRules([...this.rules.filter(({ path }) => path !== rule.path), rule], this.clockMs);
  }

  without(path: string): TtlRules {
    return new TtlRules(
      this.rules.filter((it) => it.path !== path),
      this.clockMs,
    );
  }

  at(clockMs: number): TtlRules {
    return clockMs > this.clockMs ? new TtlRules(this.rules, clockMs) : this;
  }

  #floorOf(rule: TtlRule | undefined): number {
    return rule === undefined ? Number.NEGATIVE_INFINITY : this.clockMs - rule.ttlMs;
  }

  /** That of the longest path with all that lies at or below it. */
  #ruleAround(path: string): TtlRule | undefined {
    // A dot between backquotes divides as well: there is no rule for what lies before it.
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
      const rule = this.#byPath.get(`${path.slice(0, end)}${below}`);
      if (rule !== undefined) return rule;
    }
    return undefined;
  }
}

function isBelow(device: string, path: string): boolean {
  return device.length > path.length ? device.startsWith(path) && device[path.length] === '.' : device === path;
}
