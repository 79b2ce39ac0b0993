import type { Distribution } from '@balsa/replica';

/** Of the process in which this node runs. */
export interface ProcessFigures {
  /** Memory that the operating system counts as its own. */
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** Of the engine outside of its heap, such as the bytes of buffers. */
  readonly externalBytes: number;
  /** Processor time, of all its threads, since it was started. */
  readonly cpuMs: number;
  /** How late it does what is due: see event-loop-delay.ts. */
  readonly eventLoopDelayMs: Distribution;
}

export function processFigures(eventLoopDelayMs: Distribution): ProcessFigures {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    residentBytes: rss,
    heapUsedBytes: heapUsed,
    heapTotalBytes: heapTotal,
    externalBytes: external,
    cpuMs: (user + system) / 1000,
    eventLoopDelayMs,
  };
}
