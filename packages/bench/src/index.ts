export { BenchError, type BenchErrorCode } from './bench-error.ts';
export type { ChaosReport, StallSummary } from './chaos/report.ts';
export { type ChaosEvents, type ChaosSettings, runChaos } from './chaos/run-chaos.ts';
export type { LatencySummary } from './measure/latencies.ts';
export type { Spread } from './measure/spread.ts';
export type { PeerRatios, SystemReport, WritesReport } from './writes/report.ts';
export type { RoundResult } from './writes/result.ts';
