// Writes all points of a shape to a target. They are made and encoded some at a time, while nothing is sent and no time counts, so that the
// writing is measured and not the making, and memory is bounded. Devices belong to clients, and each client waits for one answer before it sends
// the next batch.

import { LatencyRecorder, type LatencySummary, summarizeLatencies } from '../measure/latencies.ts';
import { batchesOf } from './batches.ts';
import { type DataShape, pointsOf } from './data-shape.ts';
import type { Message, SeriesTarget } from './series-target.ts';

export interface WriteResult {
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
const portionBytesMax = 32 * 1024 * 1024;

/** Throws NO_SUCCESS, and the reason of `signal`. */
export async function writeAll(
  target: SeriesTarget,
  shape: DataShape,
  clients: number,
  onProgress: (points: number) => void,
  signal: AbortSignal,
): Promise<WriteResult> {
  const recorder = new LatencyRecorder();
  let points = 0;
  let batches = 0;
  let bytes = 0;
  let elapsedMs = 0;
  let clientCpuMs = 0;
  for (const portion of portionsOf(target, shape, clients)) {
    signal.throwIfAborted();
    const cpu = process.cpuUsage();
    const beganMs = performance.now();
    await Promise.all(portion.queues.map((queue) => sendAll(queue, recorder, signal)));
    elapsedMs += performance.now() - beganMs;
    const { user, system } = process.cpuUsage(cpu);
    clientCpuMs += (user + system) / 1000;
    points += portion.points;
    bytes += portion.bytes;
    batches += portion.queues.reduce((sum, queue) => sum + queue.length, 0);
    onProgress(points);
  }
  if (points !== pointsOf(shape)) throw new TypeError(`${points} points were made of ${pointsOf(shape)}`);
  const latency = summarizeLatencies(recorder.pairs());
  return { points, batches, seconds: elapsedMs / 1000, bytes, latency, clientCpuMs };
}

interface Portion {
  /** One for each client. */
  readonly queues: readonly (readonly Message[])[];
  readonly points: number;
  readonly bytes: number;
}

function* portionsOf(target: SeriesTarget, shape: DataShape, clients: number): Generator<Portion, void, undefined> {
  const empty = (): Message[][] => Array.from({ length: clients }, () => []);
  let queues = empty();
  let points = 0;
  let bytes = 0;
  for (const batch of batchesOf(shape)) {
    const message = target.encode(batch);
    queues[batch.device % clients]!.push(message);
    points += batch.timestamps.length * batch.columns.length;
    bytes += message.bytes;
    if (bytes < portionBytesMax) continue;
    yield { queues, points, bytes };
    queues = empty();
    points = 0;
    bytes = 0;
  }
  if (points > 0) yield { queues, points, bytes };
}

async function sendAll(queue: readonly Message[], recorder: LatencyRecorder, signal: AbortSignal): Promise<void> {
  for (const message of queue) {
    signal.throwIfAborted();
    const beganMs = performance.now();
    try {
      await message.send();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
    recorder.record((performance.now() - beganMs) * 1000);
  }
}
