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
  #hasEnded = false;

  constructor({ intervalMs, atShutdown }: ReportConfig, ports: ReportWriterPorts) {
    this.#atShutdown = atShutdown;
    this.#ports = ports;
    this.#stopTicking = intervalMs === 0 ? () => {} : ports.clock.every(intervalMs, () => this.#onInterval());
  }

  /** Writes the last one, if there is to be one. Nothing is written after it has resolved; it never rejects. */
  async end(): Promise<void> {
    this.#stopTicking();
    await this.#writing;
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#atShutdown === AtShutdown.yes) await this.#write('shutdown');
  }

  /** As `end`, of a node that has not come up: there is nothing to report. */
  async close(): Promise<void> {
    this.#hasEnded = true;
    await this.end();
  }

  /** A disk that takes longer than the interval gets fewer. */
  #onInterval(): void {
    this.#writing ??= this.#write('interval').then(() => {
      this.#writing = undefined;
    });
  }

  async #write(reason: ReportReason): Promise<void> {
    const { file, report, log } = this.#ports;
    try {
      await file.append(JSON.stringify(report(reason)));
    } catch (error) {
      log('warn', 'REPORT_FAILED', `a report could not be written: ${error instanceof Error ? error.message : error}`);
    }
  }
}
