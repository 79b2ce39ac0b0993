import { SeededRandom } from '@balsa/raft';
import { SimulatedDisk } from '@balsa/replica';
import { describe, expect, it } from 'vitest';
import { Scheduler } from '../scheduler.ts';
import { damage, LogBlocks } from './damage.ts';
import { NodeClock } from './node-clock.ts';
import { SimulatedProcess } from './simulated-process.ts';

function start(): { scheduler: Scheduler; process: SimulatedProcess; inputs: () => number } {
  const scheduler = new Scheduler();
  let inputs = 0;
  const process = new SimulatedProcess(
    (task) => scheduler.after(0, task),
    () => inputs++,
  );
  return { scheduler, process, inputs: () => inputs };
}

describe('a simulated process', () => {
  it('takes in, in order and after its pause, what arrived during it', () => {
    const { scheduler, process, inputs } = start();
    const done: number[] = [];
    process.run(() => done.push(1));
    process.pause();
    for (const input of [2, 3]) process.run(() => done.push(input));
    expect([done, inputs()]).toEqual([[1], 1]);
    process.resume();
    scheduler.runUntil(1);
    expect([done, inputs()]).toEqual([[1, 2, 3], 3]);
  });

  it('takes in nothing once it is dead, not even what it was keeping', () => {
    const { scheduler, process, inputs } = start();
    process.pause();
    process.run(() => {
      throw new Error('the dead hear nothing');
    });
    process.die();
    process.resume();
    process.run(() => {
      throw new Error('the dead hear nothing');
    });
    scheduler.runUntil(1);
    expect([process.isAlive, inputs()]).toEqual([false, 0]);
  });
});

describe('the clock of a process', () => {
  it('drifts and jumps, and its timers stop with the process', () => {
    const { scheduler, process } = start();
    const clock = new NodeClock(scheduler, process, 1.1, 1000);
    let ticks = 0;
    const stop = clock.every(10, () => ticks++);
    clock.every(10, () => {});
    scheduler.runUntil(100);
    expect([ticks, clock.nowMs()]).toEqual([11, 1110]);
    clock.jump(500);
    expect(clock.nowMs()).toBe(1610);
    stop();
    expect(clock.timers).toBe(1);
    scheduler.runUntil(200);
    expect(ticks).toBe(11);
    process.die();
    scheduler.runUntil(300);
    expect(scheduler.runNext(1_000)).toBe(false);
  });

  it('does not make up for ticks of a pause', () => {
    const { scheduler, process } = start();
    let ticks = 0;
    new NodeClock(scheduler, process, 1, 0).every(10, () => ticks++);
    process.pause();
    scheduler.runUntil(95);
    process.resume();
    scheduler.runUntil(100);
    expect(ticks).toBe(1);
  });
});

describe('damage', () => {
  it('hits only what has a durable block behind it', async () => {
    const blocks = new LogBlocks();
    const disk = new SimulatedDisk({
      onDurableWrite: (path, position, bytes) => blocks.written(path, position, bytes),
    });
    await disk.createFolder('/node/log');
    const file = await disk.open('/node/log/segment-000001.log', { create: true, durableWrites: true });
    const write = (position: number, fill: number) =>
      new Promise<void>((resolve) => file.write(Buffer.alloc(4096, fill), position, () => resolve()));
    await write(0, 1);
    for (const position of [4096, 8192, 12288]) await write(position, 7);
    await write(16384, 0);
    expect(blocks.witnessed().map(({ position }) => position)).toEqual([4096, 8192]);
    const kinds = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const before = disk.contentOf('/node/log/segment-000001.log');
      const done = damage(disk, blocks.witnessed(), new SeededRandom(seed));
      const after = disk.contentOf('/node/log/segment-000001.log');
      expect(after.subarray(12288).equals(before.subarray(12288))).toBe(true);
      if (done === undefined) continue;
      expect(after.equals(before), done).toBe(false);
      kinds.add(done.replaceAll(/\d+/g, 'n'));
      disk.overwrite('/node/log/segment-000001.log', before, 0);
    }
    expect(kinds.size).toBe(3);
  });
});
