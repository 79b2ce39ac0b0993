/** What the benchmark of the core is asked to do; repeated in its report. */
export interface CoreSettings {
  readonly members: number;
  readonly entryBytes: number;
  /** Of the load of many clients; the other has one. */
  readonly clients: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Whether the hosts are measured a second time, with their statistics being collected. */
  readonly statistics: boolean;
}
