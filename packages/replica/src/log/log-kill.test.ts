// A real process, a real disk, a real SIGKILL.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { NodeDisk } from '../disk/node-disk.ts';
import { killTestBatch, killTestSettings, ManualClock, RecordedEvents } from './log-testing.ts';
import { WriteAheadLog } from './write-ahead-log.ts';

// Node 20 runs no TypeScript, so the writer is the built one.
const writer = fileURLToPath(new URL('../../dist/log/kill-test-writer.js', import.meta.url));

/** Lets the writer work for a while; returns the last sequence that it said was durable. */
async function writeAndKill(folder: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [writer, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString('latin1');
  });
  // The first line says where it begins.
  while (output.split('\n').length <= 2) await once(child.stdout, 'data');
  await delay(afterMs);
  child.kill('SIGKILL');
  await once(child, 'close');
  return Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
}

test('entries reported durable survive SIGKILL, in order and unchanged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'balsa-kill-'));
  let lastIndex = 0;
  for (const afterMs of [20, 55, 90, 31, 73, 44]) {
    const durable = await writeAndKill(folder, afterMs);
    expect(durable).toBeGreaterThan(lastIndex);
    const events = new RecordedEvents();
    const options = { disk: new NodeDisk(), folder, clock: new ManualClock(), events, settings: killTestSettings };
    const log = await WriteAheadLog.open(options);
    ({ lastIndex } = log.recovered(1));
    expect(lastIndex).toBeGreaterThanOrEqual(durable);
    for (let index = 1; index <= lastIndex; ) {
      const batches = await log.read(1, index, 1_000_000);
      for (const batch of batches) {
        expect(Buffer.compare(batch.bytes, killTestBatch(index).bytes), `entry ${index}`).toBe(0);
        index++;
      }
    }
    await log.close();
  }
  expect(lastIndex).toBeGreaterThan(100);
  await rm(folder, { recursive: true });
});
