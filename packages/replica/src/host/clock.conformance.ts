// What every clock must do. Time has to pass by itself while these run, a few tenths of a second of it.

import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ConformanceCase, casesOf } from '../conformance/case.ts';
import { eventually, pause } from '../conformance/eventually.ts';
import type { Clock } from '../ports.ts';

export function clockCases(createClock: () => Clock): ConformanceCase[] {
  return casesOf(
    { setUp: async () => createClock(), tearDown: async () => {} },
    {
      'goes on, and never back': async (clock) => {
        const startMs = clock.nowMs();
        let lastMs = startMs;
        await eventually(() => {
          const nowMs = clock.nowMs();
          ok(nowMs >= lastMs, `${nowMs} came after ${lastMs}`);
          lastMs = nowMs;
          ok(nowMs >= startMs + 20);
        });
      },

      'calls every so often, not within the call, until it is told to stop': async (clock) => {
        let ticks = 0;
        const stop = clock.every(5, () => ticks++);
        const startMs = clock.nowMs();
        equal(ticks, 0);
        await eventually(() => ok(ticks >= 3));
        ok(clock.nowMs() - startMs >= 10, 'three ticks of 5 ms took less than 10 ms');
        stop();
        stop();
        const ticksBefore = ticks;
        await pause(30);
        equal(ticks, ticksBefore);
      },

      'can stop within the very call': async (clock) => {
        let ticks = 0;
        const stop = clock.every(2, () => {
          ticks++;
          stop();
        });
        await eventually(() => equal(ticks, 1));
        await pause(20);
        equal(ticks, 1);
      },

      'goes on calling when time was short': async (clock) => {
        let ticks = 0;
        const stop = clock.every(2, () => ticks++);
        const endMs = performance.now() + 30;
        while (performance.now() < endMs) {
          // The process is held up.
        }
        await eventually(() => ok(ticks >= 2));
        stop();
      },

      'defers once, in order, until what is at hand is done': async (clock) => {
        const order: string[] = [];
        clock.defer(() => order.push('first'));
        clock.defer(() => order.push('second'));
        order.push('now');
        await Promise.resolve();
        order.push('still now');
        await eventually(() => equal(order.length, 4));
        await pause(10);
        deepEqual(order, ['now', 'still now', 'first', 'second']);
      },
    },
  );
}
