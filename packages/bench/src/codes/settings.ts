/** What the benchmark of codes is asked to do; repeated in its report. */
export interface CodesSettings {
  /** Processor time of each measurement. */
  readonly roundMs: number;
  readonly rounds: number;
}
