// Who collects on this host: its groups, each from when somebody looked, and its log, for as long as anybody does.

import type { Clock, LogStore } from '../ports.ts';
import { LogCollector } from './log-collector.ts';
import type { Collected, LogFigures } from './report.ts';
import type { StatisticsSettings } from './settings.ts';

/** A group that collects. */
export interface CollectingGroup {
  /** Ends the collecting if nobody has looked for too long. */
  forgetStatistics(nowMs: number): void;
}

export class HostCollector {
  readonly settings: StatisticsSettings;
  readonly #clock: Clock;
  readonly #store: Pick<LogStore, 'observe'>;
  readonly #groups = new Set<CollectingGroup>();
  #log: LogCollector | undefined;
  #sinceMs = 0;
  #lookedAtMs = 0;

  constructor(settings: StatisticsSettings, clock: Clock, store: Pick<LogStore, 'observe'>) {
    this.settings = settings;
    this.#clock = clock;
    this.#store = store;
    if (settings.collect === 'always') this.#begin();
  }

  /** When the log began to write what it has just reported as durable; `undefined`: it does not tell. */
  get lastWriteBeganMs(): number | undefined {
    return this.#log?.lastWriteBeganMs;
  }

  /** The group collects from now on, or does not any more. */
  collects(group: CollectingGroup, collecting: boolean): void {
    if (!collecting) {
      this.#groups.delete(group);
      return;
    }
    this.#groups.add(group);
    this.#begin();
  }

  report(): Collected & { readonly collectingGroups: number; readonly log: LogFigures } {
    const log = this.#begin();
    const nowMs = this.#clock.nowMs();
    const sinceMs = this.#sinceMs;
    this.#lookedAtMs = nowMs;
    const { windowMs } = this.settings;
    return { nowMs, sinceMs, windowMs, collectingGroups: this.#groups.size, log: log.report(nowMs, sinceMs) };
  }

  /** What is collected of the log begins anew; groups have a reset of their own. */
  reset(): void {
    if (this.#log === undefined) return;
    this.#log = undefined;
    this.#begin();
  }

  /** Called from time to time. */
  forget(nowMs: number): void {
    const { collect, forgetAfterMs } = this.settings;
    if (collect === 'always' || this.#log === undefined) return;
    for (const group of this.#groups) group.forgetStatistics(nowMs);
    if (this.#groups.size === 0 && nowMs - this.#lookedAtMs >= forgetAfterMs) this.stop();
  }

  stop(): void {
    this.#log = undefined;
    this.#store.observe?.(undefined);
  }

  #begin(): LogCollector {
    if (this.#log !== undefined) return this.#log;
    const log = new LogCollector(this.settings.windowMs);
    this.#log = log;
    this.#sinceMs = this.#clock.nowMs();
    this.#lookedAtMs = this.#sinceMs;
    this.#store.observe?.(log);
    return log;
  }
}
