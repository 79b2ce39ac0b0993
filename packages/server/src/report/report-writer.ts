// Reports that nobody has to ask for: at intervals, and when the node stops. The node does not depend on them: one that cannot be
// written is a line in the log.

import type { Clock } from '@balsa/replica';
import { AtShutdown, type ReportConfig } from '../config/node-config.ts';
import type { Log } from '../log.ts';
import type { NodeReport, ReportReason } from './node-report.ts';
import type { ReportFile } from './report-file.ts';

export interface ReportWriterPorts {
  readonly file: Pick<ReportFile, 'append'>;
  readonly report: (reason: ReportReason) => NodeReport;
  readonly clock: Pick<Clock, 'every'>;
  readonly log: Log;
}

export class ReportWriter {
  readonly #atShutdown: AtShutdown;
  readonly #ports: ReportWriterPorts;
  readonly #stopTicking: () => void;
  /** The one that is being written. */
  #writing: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor({ intervalMs, atShutdown }: ReportConfig, ports: ReportWriterPorts) {
    this.#atShutdown = atShutdown;
    this.#ports = ports;
    this.#stopTicking = intervalMs === 0 ? () => {} : ports.clock.every(intervalMs, () => this.#onInterval());
  }

  /**
   * Makes the last one, if there is to be one, before it returns; the disk may take its time. Once it has resolved, nothing is written
   * any more; it never rejects.
   */
  end(): Promise<void> {
    return this.#endWith(() => (this.#atShutdown === AtShutdown.yes ? this.#write('shutdown') : this.#writing));
  }

  /** As `end`, of a node that has not come up: there is nothing to report. */
  close(): Promise<void> {
    return this.#endWith(() => this.#writing);
  }

  #endWith(last: () => Promise<void> | undefined): Promise<void> {
    this.#stopTicking();
    this.#ending ??= last() ?? Promise.resolve();
    return this.#ending;
  }

  /** A disk that takes longer than the interval gets fewer. */
  #onInterval(): void {
    if (this.#writing !== undefined) return;
    this.#writing = this.#write('interval').then(() => {
      this.#writing = undefined;
    });
  }

  async #write(reason: ReportReason): Promise<void> {
    const { file, report, log } = this.#ports;
    try {
      const line = JSON.stringify(report(reason));
      // The one before it, which only the last has to wait for.
      await this.#writing;
      await file.append(line);
    } catch (error) {
      log('warn', 'REPORT_FAILED', `a report could not be written: ${error instanceof Error ? error.message : error}`);
    }
  }
}
