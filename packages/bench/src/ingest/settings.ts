import { BenchError } from '../bench-error.ts';
import { checkContestSettings } from '../series/contest-settings.ts';
import { pointsOf } from '../series/data-shape.ts';
import type { ContestSettings } from '../series/start-targets.ts';

/** What the comparison is asked to do; repeated in its report. */
export interface IngestSettings extends ContestSettings {
  readonly warmupPercent: number;
  readonly rounds: number;
}

/** Throws ILLEGAL_ARGUMENT. */
export function checkIngestSettings(settings: IngestSettings): void {
  checkContestSettings(settings);
  const { devices, sensors, batchRows } = settings.shape;
  const measured = pointsOf(settings.shape) * (1 - settings.warmupPercent / 100);
  if (measured < devices * sensors * Math.min(batchRows, settings.shape.rows)) {
    throw new BenchError('ILLEGAL_ARGUMENT', 'of the points, less than one batch of each device would be measured');
  }
}
