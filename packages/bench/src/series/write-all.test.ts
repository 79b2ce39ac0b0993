import { expect, test } from 'vitest';
import type { DataShape } from './data-shape.ts';
import type { SeriesTarget } from './series-target.ts';
import { writeAll } from './write-all.ts';

const shape: DataShape = {
  devices: 4,
  sensors: 2,
  rows: 100,
  batchRows: 10,
  outOfOrderPercent: 0,
  intervalMs: 1000,
  kind: 'mixed',
  seed: 1,
};
const never = new AbortController().signal;

class RecordingTarget implements SeriesTarget {
  readonly system = 'recording';
  readonly description = '';
  readonly processes = [];
  readonly sent: { readonly device: number; readonly firstMs: number }[] = [];
  underWay = 0;
  underWayMax = 0;

  encode({ device, timestamps }: Parameters<SeriesTarget['encode']>[0]): ReturnType<SeriesTarget['encode']> {
    const send = async (): Promise<void> => {
      this.underWay += 1;
      this.underWayMax = Math.max(this.underWayMax, this.underWay);
      await Promise.resolve();
      this.sent.push({ device, firstMs: timestamps[0]! });
      this.underWay -= 1;
    };
    return { bytes: 100, send };
  }

  ask = (): Promise<never> => Promise.reject(new Error('not asked'));
  settle = async () => ({ seconds: 0, isQuiet: true });
  stop = async (): Promise<void> => undefined;
  diskUse = () => ({ storageBytes: 0, logBytes: 0 });
}

test('every batch is sent, those of a device one after the other, and the beginning is not measured', async () => {
  const target = new RecordingTarget();
  const progress: number[] = [];
  let sentBefore = 0;
  const events = {
    onMeasuring: () => {
      sentBefore = target.sent.length;
    },
    onProgress: (points: number) => progress.push(points),
  };
  const result = await writeAll(target, { shape, clients: 2, warmupPercent: 20 }, events, never);
  expect(target.sent.length).toBe(40);
  expect(sentBefore).toBe(8);
  expect(result).toMatchObject({ points: 640, batches: 32, bytes: 3200 });
  expect(progress).toEqual([160, 800]);
  expect(target.underWayMax).toBe(2);
  for (let device = 0; device < shape.devices; device++) {
    const times = target.sent.filter((batch) => batch.device === device).map(({ firstMs }) => firstMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.length).toBe(10);
  }
});

test('without a warm-up everything is measured', async () => {
  const events = { onMeasuring: () => undefined, onProgress: () => undefined };
  const result = await writeAll(new RecordingTarget(), { shape, clients: 1, warmupPercent: 0 }, events, never);
  expect(result).toMatchObject({ points: 800, batches: 40 });
});

test('an interruption ends it', async () => {
  const interruption = new AbortController();
  const events = { onMeasuring: () => interruption.abort(new Error('enough')), onProgress: () => undefined };
  const writing = writeAll(
    new RecordingTarget(),
    { shape, clients: 1, warmupPercent: 20 },
    events,
    interruption.signal,
  );
  await expect(writing).rejects.toThrow('enough');
});
