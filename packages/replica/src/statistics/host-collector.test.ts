import { expect, test } from 'vitest';
import { ManualClock } from '../log/log-testing.ts';
import type { LogObserver, LogStore } from '../ports.ts';
import { HostCollector } from './host-collector.ts';
import { defaultStatisticsSettings, type StatisticsSettings, statisticsProblems } from './settings.ts';

const block = { records: 1, blockBytes: 4096, queuedMs: 0, beganMs: 0, doneMs: 1, waitedForSegment: false };

/** A collector of a host whose log keeps its observer. */
function rig(settings: Partial<StatisticsSettings> = {}): {
  readonly clock: ManualClock;
  readonly host: HostCollector;
  readonly observer: () => LogObserver | undefined;
} {
  const clock = new ManualClock();
  let observer: LogObserver | undefined;
  const log: Pick<LogStore, 'observe'> = {
    observe: (next) => {
      observer = next;
    },
  };
  const host = new HostCollector({ ...defaultStatisticsSettings, forgetAfterMs: 100, ...settings }, clock, log);
  return { clock, host, observer: () => observer };
}

test('the log is observed from the first look, until nobody has looked for long enough', () => {
  const { clock, host, observer } = rig();
  expect(observer()).toBeUndefined();
  expect(host.report()).toMatchObject({ sinceMs: 0, log: { writeMs: { count: 0 } } });
  observer()!.blockWritten(block);
  clock.atMs = 60;
  expect(host.report().log.writeMs).toMatchObject({ count: 1, max: 1 });
  host.forget(159);
  expect(observer()).toBeDefined();
  host.forget(160);
  expect(observer()).toBeUndefined();
  expect(host.lastWriteBeganMs).toBeUndefined();
  clock.atMs = 200;
  expect(host.report()).toMatchObject({ sinceMs: 200, log: { writeMs: { count: 0 } } });
});

test('as long as a group collects, so does the log; groups are asked whether they still do', () => {
  const { host, observer } = rig();
  const group = {
    forgetStatistics(nowMs: number): void {
      if (nowMs >= 500) host.collects(group, false);
    },
  };
  host.collects(group, true);
  expect(observer()).toBeDefined();
  expect(host.report().collectingGroups).toBe(1);
  host.forget(499);
  expect(observer()).toBeDefined();
  host.forget(500);
  expect(observer()).toBeUndefined();
  expect(host.report().collectingGroups).toBe(0);
});

test('always is from the beginning, and for good', () => {
  const { host, observer } = rig({ collect: 'always' });
  expect(observer()).toBeDefined();
  host.forget(1e9);
  expect(observer()).toBeDefined();
  host.stop();
  expect(observer()).toBeUndefined();
});

test('a reset begins anew, and begins nothing that nobody asked for', () => {
  const { clock, host, observer } = rig();
  host.reset();
  expect(observer()).toBeUndefined();
  host.report();
  observer()!.blockWritten(block);
  clock.atMs = 7;
  host.reset();
  expect(host.report()).toMatchObject({ sinceMs: 7, log: { writeMs: { count: 0 } } });
});

test.each([
  ['collect', 'sometimes'],
  ['windowMs', 0],
  ['windowMs', Number.POSITIVE_INFINITY],
  ['forgetAfterMs', -1],
  ['slowBatchMs', Number.NaN],
  ['slowBatchesMax', 1.5],
  ['slowBatchesMax', 1025],
])('statistics.%s: %s is a problem', (name, value) => {
  const problems = [...statisticsProblems({ ...defaultStatisticsSettings, [name]: value })];
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(`statistics.${name}`);
});
