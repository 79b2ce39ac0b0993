// A catalog that rots under an engine that runs: what it said is in memory, and is written anew.

import { describe, expect, it } from 'vitest';
import { MemoryFolder } from '../folder/memory-folder.ts';
import type { StorageEngine } from '../storage-engine.ts';
import { writeBulk } from '../testing/bulk.ts';
import { openForLogOn, openOn, rowsOf } from '../testing/harness.ts';
import { bringFiles, install, takeSnapshot } from '../testing/snapshots.ts';

const device = 'root.plant.line1';

function writeSeries(engine: StorageEngine, ...measurements: string[]): void {
  writeBulk(engine, device, measurements, { startMs: 0, count: 3, value: (time) => time });
}

/** An engine whose only catalog is damaged, though it does not know yet. */
async function withRot(): Promise<{ folder: MemoryFolder; engine: StorageEngine; rotten: string; told: string[] }> {
  const folder = new MemoryFolder();
  const told: string[] = [];
  const engine = await openOn(folder, { onDamage: ({ file }) => void told.push(file ?? '') });
  writeSeries(engine, 'a', 'b');
  await engine.flush();
  const rotten = catalogsIn(folder)[0]!;
  folder.flipBit(rotten, 77);
  return { folder, engine, rotten, told };
}

function catalogsIn(folder: MemoryFolder): string[] {
  return folder.names.filter((name) => name.endsWith('.catalog'));
}

const expected = [0, 1, 2].map((time) => [time, time, time, time]);

describe('a catalog that has rotted', () => {
  it('does not hold up flushes, and the next but one has all of it', async () => {
    const { folder, engine, rotten, told } = await withRot();
    writeSeries(engine, 'c');
    await engine.flush();
    expect(told).toEqual([rotten]);
    expect(catalogsIn(folder)).toContain(rotten);
    engine.tick();
    writeSeries(engine, 'c');
    await engine.flush();
    expect(catalogsIn(folder)).toHaveLength(1);
    expect(catalogsIn(folder)).not.toContain(rotten);
    await engine.close();
    const again = await openOn(folder);
    expect(await rowsOf(again, device, ['a', 'b', 'c'])).toEqual(expected);
    expect(told).toEqual([rotten]);
    await again.close();
  });

  it('is written anew though nobody writes any more', async () => {
    const { folder, engine, rotten } = await withRot();
    const { held } = await takeSnapshot(engine);
    await expect(readAll(held)).rejects.toMatchObject({ code: 'STORAGE_DAMAGED', file: rotten });
    held.release();
    engine.tick();
    // What is captured next waits for it.
    await takeSnapshot(engine);
    expect(engine.durableIndex).toBe(engine.appliedIndex);
    expect(catalogsIn(folder)).not.toContain(rotten);
    await engine.close();
  });

  it('is found when somebody is sent it; the next snapshot names another', async () => {
    const { engine, rotten, told } = await withRot();
    const other = await openForLogOn(new MemoryFolder());
    const first = await takeSnapshot(engine);
    await expect(bringFiles(other, first)).rejects.toMatchObject({ code: 'STORAGE_DAMAGED', file: rotten });
    expect(first.held.damage).toMatchObject({ code: 'STORAGE_DAMAGED' });
    expect(told).toEqual([rotten]);
    first.held.release();
    const second = await takeSnapshot(engine);
    await install(other, second);
    expect(await rowsOf(other, device, ['a', 'b'])).toEqual(expected.map((row) => row.slice(0, 3)));
    second.held.release();
    await other.close();
    await engine.close();
  });

  it('comes again with a snapshot that names the same', async () => {
    const folder = new MemoryFolder();
    const other = await openForLogOn(folder);
    const whole = await openOn();
    writeSeries(whole, 'a', 'b');
    const taken = await takeSnapshot(whole);
    await install(other, taken);
    const [copied] = catalogsIn(folder);
    folder.flipBit(copied!, 77);
    writeSeries(whole, 'a', 'b');
    const later = await takeSnapshot(whole);
    expect(await install(other, later)).toBeGreaterThan(0);
    expect(await rowsOf(other, device, ['a', 'b'])).toEqual(expected.map((row) => row.slice(0, 3)));
    expect(catalogsIn(folder)).toEqual([copied]);
    for (const { held } of [taken, later]) held.release();
    await other.close();
    await whole.close();
  });

  it('is looked at before it counts as here, and stays meanwhile, though a flush has no need of it any more', async () => {
    const folder = new SlowFolder();
    const other = await openForLogOn(folder);
    const whole = await openOn();
    writeSeries(whole, 'a', 'b');
    const taken = await takeSnapshot(whole);
    await install(other, taken);
    const [copied] = catalogsIn(folder);
    writeSeries(whole, 'a', 'b');
    const later = await takeSnapshot(whole);
    folder.onClosing = async (name) => {
      if (name !== copied) return;
      folder.onClosing = undefined;
      writeSeries(other, 'c', 'd', 'e');
      await other.flush();
    };
    await install(other, later);
    expect(folder.onClosing).toBeUndefined();
    expect(await rowsOf(other, device, ['a', 'b'])).toEqual(expected.map((row) => row.slice(0, 3)));
    for (const { held } of [taken, later]) held.release();
    await other.close();
    await whole.close();
  });
});

/** Something may happen while a file is being closed. */
class SlowFolder extends MemoryFolder {
  onClosing: ((name: string) => Promise<void>) | undefined;

  override async openSource(name: string): ReturnType<MemoryFolder['openSource']> {
    const source = await super.openSource(name);
    return {
      sizeBytes: source.sizeBytes,
      read: (at, count) => source.read(at, count),
      close: async () => {
        await source.close();
        await this.onClosing?.(name);
      },
    };
  }
}

async function readAll(held: { readonly bytes: number; read(at: number, max: number): Promise<Uint8Array> }) {
  for (let at = 0; at < held.bytes; ) at += (await held.read(at, 1000)).length;
}
