// Writes all points of a shape to a target. They are made and encoded some at a time, while nothing is sent and no time counts, so that the
// writing is measured and not the making, and memory is bounded. Devices belong to clients, and each client waits for one answer before it sends
// the next batch.
//
// Programs that compile as they run begin slowly: the first part can be left out of the measurement.

import { LatencyRecorder, type LatencySummary, summarizeLatencies } from '../measure/latencies.ts';
import { batchesOf } from './batches.ts';
import { type DataShape, pointsOf } from './data-shape.ts';
import type { Message, SeriesTarget } from './series-target.ts';

export interface WriteResult {
  /** Measured, as is everything else here. */
  readonly points: number;
  readonly batches: number;
  /** In which something was under way. */
  readonly seconds: number;
  /** What was sent, encoded. */
  readonly bytes: number;
  /** Of a batch, from when it is sent until it is acknowledged. */
  readonly latency: LatencySummary;
  /** Of this process, in these seconds. */
  readonly clientCpuMs: number;
}

/** Encoded at a time. */
const portionBytesMax = 16 * 1024 * 1024;

export interface WriteEvents {
  /** The measured part begins. */
  onMeasuring(): void;
  /** So many points are written, those of the beginning included. */
  onProgress(points: number): void;
}

export interface WriteSettings {
  readonly shape: DataShape;
  readonly clients: number;
  /** Of a hundred batches, those at the beginning that are not measured. */
  readonly warmupPercent: number;
}

/** Throws NO_SUCCESS, and the reason of `signal`. */
export async function writeAll(
  target: SeriesTarget,
  settings: WriteSettings,
  events: WriteEvents,
  signal: AbortSignal,
): Promise<WriteResult> {
  const recorder = new LatencyRecorder();
  let written = 0;
  let points = 0;
  let batches = 0;
  let bytes = 0;
  let elapsedMs = 0;
  let clientCpuMs = 0;
  let isMeasuring = false;
  for (const portion of portionsOf(target, settings)) {
    signal.throwIfAborted();
    if (portion.isMeasured && !isMeasuring) {
      isMeasuring = true;
      events.onMeasuring();
    }
    const cpu = process.cpuUsage();
    const beganMs = performance.now();
    await Promise.all(portion.queues.map((queue) => sendAll(queue, isMeasuring ? recorder : undefined, signal)));
    written += portion.points;
    events.onProgress(written);
    if (!isMeasuring) continue;
    elapsedMs += performance.now() - beganMs;
    const { user, system } = process.cpuUsage(cpu);
    clientCpuMs += (user + system) / 1000;
    points += portion.points;
    bytes += portion.bytes;
    batches += portion.queues.reduce((sum, queue) => sum + queue.length, 0);
  }
  const latency = summarizeLatencies(recorder.pairs());
  return { points, batches, seconds: elapsedMs / 1000, bytes, latency, clientCpuMs };
}

interface Portion {
  /** One for each client. */
  readonly queues: readonly (readonly Message[])[];
  readonly points: number;
  readonly bytes: number;
  readonly isMeasured: boolean;
}

function* portionsOf(
  target: SeriesTarget,
  { shape, clients, warmupPercent }: WriteSettings,
): Generator<Portion, void, undefined> {
  const warmupPoints = (pointsOf(shape) * warmupPercent) / 100;
  let made = 0;
  let isMeasured = warmupPercent === 0;
  const empty = (): Message[][] => Array.from({ length: clients }, () => []);
  let queues = empty();
  let points = 0;
  let bytes = 0;
  for (const batch of batchesOf(shape)) {
    const message = target.encode(batch);
    queues[batch.device % clients]!.push(message);
    const batchPoints = batch.timestamps.length * batch.columns.length;
    points += batchPoints;
    bytes += message.bytes;
    made += batchPoints;
    const isWarm = !isMeasured && made >= warmupPoints;
    if (bytes < portionBytesMax && !isWarm) continue;
    yield { queues, points, bytes, isMeasured };
    isMeasured ||= isWarm;
    queues = empty();
    points = 0;
    bytes = 0;
  }
  if (points > 0) yield { queues, points, bytes, isMeasured };
}

async function sendAll(
  queue: readonly Message[],
  recorder: LatencyRecorder | undefined,
  signal: AbortSignal,
): Promise<void> {
  for (const message of queue) {
    signal.throwIfAborted();
    const beganMs = performance.now();
    await message.send();
    recorder?.record((performance.now() - beganMs) * 1000);
  }
}
