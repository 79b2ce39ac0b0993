// How long points are kept. A rule holds for all devices below a path, unless a longer path has a rule of its own.
//
// Expiry goes by a clock that stands in commands, not by the clock of whoever reads: so at one index of the log all replicas
// show the same points, their checksums agree, and a leader's read is a follower's read. Somebody, as a rule the leader, has to
// send `advanceClock` now and then; between two of those nothing expires.

export interface TtlRule {
  /** Canonical path of a device, or of what devices lie below. */
  readonly path: string;
  readonly ttlMs: number;
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

  /** The rule that holds for what lies at or below a path, as far as no longer one does. */
  ruleFor(path: string): TtlRule | undefined {
    if (this.rules.length === 0) return undefined;
    // A dot between backquotes divides as well: there is no rule for what lies before it.
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
      const rule = this.#byPath.get(path.slice(0, end));
      if (rule !== undefined) return rule;
    }
    return undefined;
  }

  /** Points of a device before this have expired. */
  floorMs(device: string): number {
    const rule = this.ruleFor(device);
    return rule === undefined ? Number.NEGATIVE_INFINITY : this.clockMs - rule.ttlMs;
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
}
