import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OpenLoop } from './open-loop.ts';

const ratePerSecond = 100;
const intervalMs = 1000 / ratePerSecond;

/** A system that answers only while it is up; what was sent to it meanwhile is answered when it comes up again. */
class System {
  isUp = true;
  sent = 0;
  #waiting: (() => void)[] = [];

  readonly operation = (): Promise<void> => {
    this.sent++;
    return this.isUp ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  };

  comeUp(): void {
    this.isUp = true;
    for (const answer of this.#waiting.splice(0)) answer();
  }
}

let system: System;
let loop: OpenLoop;

beforeEach(() => {
  vi.useFakeTimers();
  system = new System();
  loop = new OpenLoop('writes', ratePerSecond, system.operation);
});

afterEach(() => {
  vi.useRealTimers();
});

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

test('operations are sent at their pace, whatever becomes of those before them', async () => {
  system.isUp = false;
  await pass(1000);
  expect(Math.abs(system.sent - ratePerSecond)).toBeLessThanOrEqual(1);
  expect(loop.counts).toEqual({ succeeded: 0, failed: 0 });
  system.comeUp();
  await loop.stop();
  expect(loop.counts).toEqual({ succeeded: system.sent, failed: 0 });
});

test('a standstill is the time between the last success before it and the first after it', async () => {
  await pass(100);
  loop.begin();
  system.isUp = false;
  await pass(300);
  system.comeUp();
  await pass(100);
  const { ms, lateMs } = loop.end();
  expect(Math.abs(ms - 300)).toBeLessThanOrEqual(intervalMs);
  expect(lateMs).toBeLessThan(intervalMs);
  await loop.stop();
});

test('a standstill that lasts is counted up to now, and earlier ones are forgotten', async () => {
  system.isUp = false;
  await pass(900);
  system.comeUp();
  await pass(100);
  loop.begin();
  system.isUp = false;
  await pass(200);
  expect(Math.abs(loop.end().ms - 200)).toBeLessThanOrEqual(intervalMs);
  system.comeUp();
  await loop.stop();
});

test('it flows when something has succeeded that was sent afterwards, not when a late answer comes', async () => {
  system.isUp = false;
  await pass(50);
  let flows = false;
  const flowing = loop.flows(10_000).then(() => {
    flows = true;
  });
  // Answers to what was sent before.
  system.comeUp();
  system.isUp = false;
  await pass(100);
  expect(flows).toBe(false);
  system.comeUp();
  await pass(10);
  expect(flows).toBe(true);
  await flowing;
  await loop.stop();
});

test('what does not flow again in time is an error with a code', async () => {
  system.isUp = false;
  await pass(50);
  const flowing = expect(loop.flows(500)).rejects.toMatchObject({ code: 'NOT_HEALTHY' });
  await pass(600);
  await flowing;
  system.comeUp();
  await loop.stop();
});

test('failures are counted, and are no sign of life', async () => {
  const failing = new OpenLoop('reads', ratePerSecond, () => Promise.reject(new Error('no')));
  failing.begin();
  const flowing = expect(failing.flows(200)).rejects.toMatchObject({ code: 'NOT_HEALTHY' });
  await pass(300);
  await flowing;
  await failing.stop();
  expect(failing.counts.succeeded).toBe(0);
  expect(failing.counts.failed).toBeGreaterThan(20);
  await loop.stop();
});
