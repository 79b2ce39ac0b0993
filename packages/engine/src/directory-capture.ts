// All series as they were at one moment, while writes go on. Taking it costs the same however much there is: a series'
// points are only captured when the snapshot comes to it, or just before it is written to, whatever is first.

import type { AnyCapturedPoints, AnySeries } from './any-series.ts';
import type { Droppable, LogCapture } from './drop-log.ts';
import type { RegisteredSeries } from './snapshot/series-names.ts';

/** A series under its name. */
export interface SeriesEntry extends Droppable {
  readonly device: string;
  readonly measurement: string;
  readonly series: AnySeries;
}

/** What a directory amounts to. */
export interface DirectoryTotals {
  readonly devices: number;
  readonly series: number;
  readonly points: number;
  readonly billedBytes: number;
}

export class DirectoryCapture {
  readonly totals: DirectoryTotals;
  /** By ordinal. */
  readonly #entries: LogCapture<SeriesEntry>;
  /** Of series that were written to before the snapshot came to them, by ordinal. */
  readonly #points = new Map<number, AnyCapturedPoints>();
  /** Ordinal of the series that the snapshot comes to next. */
  #next = 0;

  constructor(entries: LogCapture<SeriesEntry>, totals: DirectoryTotals) {
    this.#entries = entries;
    this.totals = totals;
  }

  /** The series is about to be written to. */
  beforeWrite(series: AnySeries): void {
    const { ordinal } = series;
    if (ordinal < this.#next || ordinal >= this.#entries.size || this.#points.has(ordinal)) return;
    this.#points.set(ordinal, series.capture());
  }

  /** The series one after the other, in the order in which they were created. To be called once. */
  *takeSeries(): Generator<RegisteredSeries & { readonly points: AnyCapturedPoints }, void, undefined> {
    while (this.#next < this.#entries.size) {
      const ordinal = this.#next;
      const entry = this.#entries.at(ordinal);
      if (entry === undefined) {
        this.#next++;
        continue;
      }
      const { device, measurement, series } = entry;
      const points = this.#points.get(ordinal) ?? series.capture();
      this.#points.delete(ordinal);
      this.#next++;
      yield { device, measurement, dataType: series.kind.type, points };
    }
  }
}
