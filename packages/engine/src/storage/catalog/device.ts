import type { Shape } from './shape.ts';

/** What the engine holds of a device, as long as it runs: also of one whose series are all gone, for its files' sake. */
export interface Device {
  /** Canonical. */
  readonly path: string;
  readonly nodes: readonly string[];
  /** Counted in this process only. */
  readonly ordinal: number;
  shape: Shape;
  /** Its series share their times. Changes only while it has none. */
  isAligned: boolean;
  /** As far as files show: see `Catalog.flushedMs`. */
  flushedMs: number;
}
