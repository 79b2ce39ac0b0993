// How a host collects statistics (docs/observability.md).

export interface StatisticsSettings {
  /**
   * `onDemand`: of a group from the first time that somebody asks for its statistics until nobody has asked for `forgetAfterMs`; of
   * a group that nobody asks for, nothing is kept. `always`: of every group, from its start to its stop.
   */
  readonly collect: 'onDemand' | 'always';
  /** How long averages and percentiles look back. */
  readonly windowMs: number;
  readonly forgetAfterMs: number;
  /** Batches that took less, from their first entry's submission until they were applied, are not kept with their stages. */
  readonly slowBatchMs: number;
  /** Most batches that are kept with their stages, per group: the slowest of the window. */
  readonly slowBatchesMax: number;
}

export const defaultStatisticsSettings: StatisticsSettings = {
  collect: 'onDemand',
  windowMs: 60_000,
  forgetAfterMs: 600_000,
  slowBatchMs: 0,
  slowBatchesMax: 16,
};

export function* statisticsProblems(settings: StatisticsSettings): Iterable<string> {
  const { collect, windowMs, forgetAfterMs, slowBatchMs, slowBatchesMax } = settings;
  if (collect !== 'onDemand' && collect !== 'always') yield `statistics.collect: ${collect} is not onDemand or always`;
  if (!(windowMs > 0 && Number.isFinite(windowMs))) yield `statistics.windowMs: ${windowMs} is not above 0`;
  if (!(forgetAfterMs >= 0)) yield `statistics.forgetAfterMs: ${forgetAfterMs} is less than 0`;
  if (!(slowBatchMs >= 0)) yield `statistics.slowBatchMs: ${slowBatchMs} is less than 0`;
  if (!(Number.isInteger(slowBatchesMax) && slowBatchesMax >= 0 && slowBatchesMax <= slowBatchesLimit)) {
    yield `statistics.slowBatchesMax: ${slowBatchesMax} is not from 0 to ${slowBatchesLimit}`;
  }
}

/** Each one that is kept is looked at when a batch takes its place. */
const slowBatchesLimit = 1024;
