import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type VirtualClock, VirtualTime } from '../host/testing/virtual-time.ts';
import { type PacedRestore, RestorePace } from './restore-pace.ts';

const bytesPerSecondMax = 50_000;
const chunkBytes = 1000;
const chunks = 100;
/** Of what may pass at once. */
const allowanceMs = 100;

let time: VirtualTime;
let clock: VirtualClock;

beforeEach(() => {
  time = new VirtualTime();
  clock = time.clock();
  time.start();
});

afterEach(() => time.stop());

/** Its chunks are told apart by their first byte. */
class Content {
  isClosed = false;

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (let i = 0; i < chunks; i++) yield new Uint8Array(chunkBytes).fill(i);
    } finally {
      this.isClosed = true;
    }
  }
}

async function* oneChunk(bytes: number): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(bytes);
}

class Restore implements PacedRestore {
  readonly content: Content = new Content();
  readonly ended: AbortController = new AbortController();
  readonly taken: number[] = [];
  readonly over: Promise<void>;
  urgent = false;
  tookMs = 0;

  constructor(pace: RestorePace) {
    this.over = this.#run(pace);
    this.over.catch(() => {});
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  readonly isUrgent = (): boolean => this.urgent;

  async #run(pace: RestorePace): Promise<void> {
    const startMs = time.nowMs;
    for await (const chunk of pace.paced(this.content.chunks(), this)) this.taken.push(chunk[0]!);
    this.tookMs = time.nowMs - startMs;
  }
}

const allChunks = Array.from({ length: chunks }, (_, i) => i);

describe('a restore', () => {
  test('does not go faster than it may, nor much slower, and gets all in order', async () => {
    const restore = new Restore(new RestorePace({ bytesPerSecondMax }, clock));
    await restore.over;
    expect(restore.taken).toEqual(allChunks);
    const dueMs = (1000 * chunks * chunkBytes) / bytesPerSecondMax;
    expect(restore.tookMs).toBeGreaterThanOrEqual(dueMs - allowanceMs);
    expect(restore.tookMs).toBeLessThan(1.1 * dueMs);
    expect(clock.timers).toBe(0);
  });

  test('of a single chunk has its time as well', async () => {
    const pace = new RestorePace({ bytesPerSecondMax }, clock);
    const restore = { isUrgent: () => false, signal: new AbortController().signal };
    const startMs = time.nowMs;
    for await (const _ of pace.paced(oneChunk(2 * bytesPerSecondMax), restore)) expect(time.nowMs).toBe(startMs);
    expect(time.nowMs - startMs).toBeGreaterThanOrEqual(2000 - allowanceMs);
    expect(clock.timers).toBe(0);
  });

  test('shares the rate with another', async () => {
    const pace = new RestorePace({ bytesPerSecondMax }, clock);
    const restores = [new Restore(pace), new Restore(pace)];
    await time.pass(1000);
    const [one, other] = restores.map(({ taken }) => taken.length);
    expect(Math.abs(one! - other!)).toBeLessThanOrEqual(1);
    await Promise.all(restores.map(({ over }) => over));
    const dueMs = (1000 * 2 * chunks * chunkBytes) / bytesPerSecondMax;
    expect(Math.max(...restores.map(({ tookMs }) => tookMs))).toBeGreaterThanOrEqual(dueMs - allowanceMs);
    expect(clock.timers).toBe(0);
  });

  test('is not held back with a rate of 0', async () => {
    const restore = new Restore(new RestorePace({ bytesPerSecondMax: 0 }, clock));
    await restore.over;
    expect(restore.taken).toEqual(allChunks);
    expect(restore.tookMs).toBeLessThanOrEqual(1);
  });

  test('that becomes urgent while it waits goes on at once, and does not hold back others', async () => {
    const pace = new RestorePace({ bytesPerSecondMax: 1 }, clock);
    const urgent = new Restore(pace);
    const other = new Restore(pace);
    await time.pass(100);
    expect(urgent.taken).toEqual([0]);
    expect(other.taken).toEqual([]);
    urgent.urgent = true;
    await urgent.over;
    expect(urgent.taken).toEqual(allChunks);
    expect(urgent.tookMs).toBeLessThan(200);
    expect(other.taken).toEqual([]);
    other.urgent = true;
    await other.over;
    expect(clock.timers).toBe(0);
  });

  test('that is ended while it waits is over at once, closes what it reads, and leaves others alone', async () => {
    const pace = new RestorePace({ bytesPerSecondMax }, clock);
    const ended = new Restore(pace);
    const other = new Restore(pace);
    await time.pass(500);
    const takenBefore = ended.taken.length;
    expect(takenBefore).toBeGreaterThan(0);
    expect(clock.timers).toBe(1);
    ended.ended.abort(new Error('enough'));
    await expect(ended.over).rejects.toThrow('enough');
    expect(ended.content.isClosed).toBe(true);
    expect(ended.taken).toHaveLength(takenBefore);
    await other.over;
    expect(other.taken).toEqual(allChunks);
    expect(clock.timers).toBe(0);
  });

  test('leaves no timer when it is ended', async () => {
    const restore = new Restore(new RestorePace({ bytesPerSecondMax: 1 }, clock));
    await time.pass(50);
    expect(clock.timers).toBe(1);
    restore.ended.abort(new Error('enough'));
    expect(clock.timers).toBe(0);
    await expect(restore.over).rejects.toThrow('enough');
  });

  test('that was ended does not go on although nothing holds it back', async () => {
    const pace = new RestorePace({ bytesPerSecondMax: 0 }, clock);
    const restore = new Restore(pace);
    restore.ended.abort(new Error('enough'));
    await expect(restore.over).rejects.toThrow('enough');
    expect(restore.taken.length).toBeLessThan(chunks);
  });
});
