import { describe, expect, it } from 'vitest';
import { encodeDeleteRange, encodeSetTtl } from '../../data-command.ts';
import type { StorageSnapshot } from '../engine-api.ts';
import { MemoryFolder } from '../folder/memory-folder.ts';
import type { StorageEngine } from '../storage-engine.ts';
import { writeBulk } from '../testing/bulk.ts';
import { openOn, rowsOf } from '../testing/harness.ts';

const device = 'root.plant.line4';
const value = (time: number): number => time;

async function filled(folder = new MemoryFolder(), options = {}): Promise<StorageEngine> {
  const engine = await openOn(folder, options);
  writeBulk(engine, device, ['a', 'b'], { startMs: 0, count: 3000, value });
  await engine.flush();
  engine.apply(engine.appliedIndex + 1, encodeDeleteRange({ patterns: ['root.**'], startMs: 10, endMs: 20 }));
  engine.apply(engine.appliedIndex + 1, encodeSetTtl({ path: 'root.plant', ttlMs: 1e9 }));
  writeBulk(engine, device, ['a'], { startMs: 100, count: 10, value: () => -1 });
  return engine;
}

/** Installs, and tells what was fetched for it. */
async function install(into: StorageEngine, snapshot: StorageSnapshot): Promise<string[]> {
  const fetched: string[] = [];
  await into.installSnapshot(snapshot.manifest, {
    fetch: ({ name }) => {
      fetched.push(name);
      return snapshot.open(name);
    },
  });
  return fetched;
}

describe('a snapshot', () => {
  it('makes another replica the same, and is fetched no further than it lacks', async () => {
    const engine = await filled();
    const first = await engine.captureSnapshot();
    expect(first.appliedIndex).toBe(engine.appliedIndex);
    const folder = new MemoryFolder();
    const other = await filled(folder);
    expect(await install(other, first)).toHaveLength(first.files.length);
    expect(other.appliedIndex).toBe(engine.appliedIndex);
    expect(await other.checksum()).toBe(await engine.checksum());
    expect(await rowsOf(other, device, ['a', 'b'])).toEqual(await rowsOf(engine, device, ['a', 'b']));
    writeBulk(engine, device, ['a'], { startMs: 5000, count: 10, value });
    const second = await engine.captureSnapshot();
    expect(await install(other, second)).toHaveLength(2);
    expect(await install(other, second)).toEqual([]);
    expect(await other.checksum()).toBe(await engine.checksum());
    // What was there before is gone, and what is there now is durable.
    await other.close();
    expect(folder.names).toHaveLength(second.files.length + 1);
    const again = await openOn(folder.crash());
    expect(again.statistics()).toMatchObject({ appliedIndex: second.appliedIndex, tombstones: 1 });
    expect(await again.checksum()).toBe(await engine.checksum());
    for (const it of [first, second]) it.release();
    await again.close();
    await engine.close();
  });

  it('keeps its files until it is released', async () => {
    const folder = new MemoryFolder();
    const engine = await filled(folder, {
      compaction: { lateFilesMax: 2, bytesPerSecondMax: Number.POSITIVE_INFINITY },
    });
    const snapshot = await engine.captureSnapshot();
    const expected = await engine.checksum();
    writeBulk(engine, device, ['a'], { startMs: 100, count: 5, value: () => -2 });
    writeBulk(engine, 'root.plant.line5', ['a'], { startMs: 100, count: 5, value: () => -2 });
    await engine.flush();
    await engine.compact();
    const named = (name: string): boolean => folder.names.includes(name);
    expect(snapshot.files.every(({ name }) => named(name))).toBe(true);
    const other = await openOn();
    await install(other, snapshot);
    expect(await other.checksum()).toBe(expected);
    expect(await engine.checksum()).not.toBe(expected);
    snapshot.release();
    snapshot.release();
    await other.close();
    await engine.close();
    expect(snapshot.files.filter(({ name }) => named(name))).toEqual([]);
    await (await openOn(folder)).close();
  });

  it('that is damaged, or not what was asked for, changes nothing', async () => {
    const engine = await filled();
    const snapshot = await engine.captureSnapshot();
    const folder = new MemoryFolder();
    const other = await openOn(folder);
    writeBulk(other, device, ['z'], { startMs: 0, count: 10, value });
    const before = await other.checksum();
    const flipped = Buffer.from(snapshot.manifest);
    flipped[30]! ^= 1;
    const fetch = ({ name }: { name: string }) => snapshot.open(name);
    await expect(other.installSnapshot(flipped, { fetch })).rejects.toMatchObject({
      code: 'STORAGE_SNAPSHOT_MALFORMED',
    });
    const [one, two] = snapshot.files;
    const swapped = other.installSnapshot(snapshot.manifest, {
      fetch: ({ name }) => snapshot.open(name === one!.name ? two!.name : one!.name),
    });
    await expect(swapped).rejects.toMatchObject({ code: 'STORAGE_SNAPSHOT_MALFORMED' });
    const cut = new AbortController();
    const aborted = other.installSnapshot(snapshot.manifest, {
      signal: cut.signal,
      fetch: (file) => {
        cut.abort(new Error('stopped'));
        return fetch(file);
      },
    });
    await expect(aborted).rejects.toThrow('stopped');
    folder.failNext('write', 'ENOSPC', 2);
    await expect(other.installSnapshot(snapshot.manifest, { fetch })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(await other.checksum()).toBe(before);
    await other.flush();
    expect(folder.names.filter((name) => name.endsWith('.new'))).toEqual([]);
    await other.installSnapshot(snapshot.manifest, { fetch });
    expect(await other.checksum()).toBe(await engine.checksum());
    await other.close();
    snapshot.release();
    await engine.close();
  });

  it('takes the place of damage', async () => {
    const engine = await filled();
    const snapshot = await engine.captureSnapshot();
    const folder = new MemoryFolder();
    let other = await openOn(folder);
    await install(other, snapshot);
    await other.close();
    const damaged = folder.names.find((name) => name.endsWith('.tsfile'))!;
    folder.flipBit(damaged, 8 * 100);
    other = await openOn(folder);
    await expect(other.checksum()).rejects.toMatchObject({ code: 'STORAGE_DAMAGED' });
    // Not fetched again is what is whole.
    expect((await install(other, snapshot)).filter((name) => name.endsWith('.tsfile'))).toEqual([damaged]);
    expect(await other.checksum()).toBe(await engine.checksum());
    await other.close();
    snapshot.release();
    await engine.close();
  });

  it('does not disturb a read that is under way', async () => {
    const engine = await filled();
    const snapshot = await engine.captureSnapshot();
    const other = await openOn();
    writeBulk(other, device, ['a'], { startMs: 0, count: 9000, value: () => 3 });
    await other.flush();
    let rows = 0;
    for await (const { times, columns } of other.scan({ device, measurements: ['a'] })) {
      if (rows === 0) await install(other, snapshot);
      rows += times.length;
      expect((columns[0]!.values as Int32Array).every((it) => it === 3)).toBe(true);
    }
    expect(rows).toBe(9000);
    expect(await other.checksum()).toBe(await engine.checksum());
    await other.close();
    snapshot.release();
    await engine.close();
  });

  it('is installed whole or not at all, wherever the power fails', async () => {
    const engine = await filled();
    const snapshot = await engine.captureSnapshot();
    const expected = await engine.checksum();
    let isThrough = false;
    const outcomes = new Set<string>();
    for (let operations = 0; !isThrough; operations++) {
      let folder = new MemoryFolder({ seed: operations });
      const other = await openOn(folder);
      writeBulk(other, device, ['z'], { startMs: 0, count: 10, value });
      await other.flush();
      const before = await other.checksum();
      folder.crashAfter(operations);
      const installed = await install(other, snapshot).then(
        () => true,
        () => false,
      );
      await other.close();
      isThrough = installed && !folder.hasCrashed;
      folder = folder.crash(operations % 2 === 0 ? 'power' : 'process');
      const again = await openOn(folder);
      const found = await again.checksum();
      expect([before, expected]).toContain(found);
      if (installed) expect(found).toBe(expected);
      outcomes.add(`${installed} ${found === expected}`);
      await again.close();
      const { files } = again.statistics();
      expect(folder.names.filter((name) => name.endsWith('.tsfile'))).toHaveLength(files);
    }
    expect(outcomes.size).toBeGreaterThanOrEqual(3);
    snapshot.release();
    await engine.close();
  });
});
