// A system under test: a running cluster of processes, how to load it, and what it tells about its log.

import type { LoadReport } from '../load/events.ts';
import type { LoadListener } from '../load/run-load.ts';
import type { LoadSpec } from '../load/spec.ts';

export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
}

/** What one process has written to its log since it started. */
export interface LogCounters {
  readonly name: string;
  readonly flushes: number;
  readonly bytes: number;
}

/** The load without the addresses, which are the target's to know. */
export type Workload = Omit<LoadSpec, 'addresses'>;

export interface Target {
  /** `balsa`, `etcd`: the key under which results and ratios stand. */
  readonly system: string;
  /** What is being compared, for the reader of a report: version, client, durability. */
  readonly description: string;
  readonly processes: readonly ServerProcess[];
  logCounters(): Promise<readonly LogCounters[]>;
  load(workload: Workload, listener: LoadListener, signal: AbortSignal): Promise<LoadReport>;
  /** Ends every process. */
  stop(): Promise<void>;
}
