import { expect, test } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import type { NodeReport } from './node-report.ts';
import { ReportWriter } from './report-writer.ts';

/** Intervals pass when the test says so, and the disk takes as long as it says. */
class Rig {
  readonly written: string[] = [];
  readonly states: string[] = [];
  readonly logged: string[] = [];
  readonly clock = new HandClock();
  /** What each report tells. */
  state = '';
  /** Resolves when what is being written may be done. */
  disk: Promise<void> = Promise.resolve();
  readonly writer: ReportWriter;

  constructor(atShutdown: 'yes' | 'no') {
    this.writer = new ReportWriter(
      { intervalMs: 1000, atShutdown, bytesMax: 1000 },
      {
        file: {
          append: async (line) => {
            await this.disk;
            this.written.push((JSON.parse(line) as NodeReport).reason);
            this.states.push((JSON.parse(line) as NodeReport).writtenAt);
          },
        },
        report: (reason) => ({ reason, writtenAt: this.state }) as NodeReport,
        clock: this.clock,
        log: (_level, code) => this.logged.push(code),
      },
    );
  }
}

test('a disk that is slow gets one report at a time; the last one is made at once, and waits for it', async () => {
  const rig = new Rig('yes');
  let finish: () => void = () => {};
  rig.disk = new Promise((resolve) => {
    finish = resolve;
  });
  rig.state = 'leads';
  rig.clock.tick!();
  rig.clock.tick!();
  rig.state = 'leads still';
  const ended = rig.writer.end();
  rig.state = 'leads no more';
  expect(rig.clock.tick).toBeUndefined();
  expect(rig.written).toEqual([]);
  finish();
  await ended;
  expect(rig.written).toEqual(['interval', 'shutdown']);
  expect(rig.states).toEqual(['leads', 'leads still']);
  await rig.writer.end();
  await rig.writer.close();
  expect(rig.written).toEqual(['interval', 'shutdown']);
});

test('a report that cannot be written is told in the log, and the next is tried', async () => {
  const rig = new Rig('yes');
  rig.disk = Promise.reject(new Error('the disk is full'));
  rig.clock.tick!();
  await rig.disk.catch(() => {});
  rig.disk = Promise.resolve();
  await rig.writer.end();
  expect(rig.logged).toEqual(['REPORT_FAILED']);
  expect(rig.written).toEqual(['shutdown']);
});

test('a node that has not come up writes none', async () => {
  const rig = new Rig('yes');
  await rig.writer.close();
  expect(rig.clock.tick).toBeUndefined();
  expect(rig.written).toEqual([]);
});
