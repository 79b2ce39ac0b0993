import { describe, expect, it } from 'vitest';
import { encodeDeleteRange, encodeSetTtl } from '../../data-command.ts';
import { MemoryFolder } from '../folder/memory-folder.ts';
import type { StorageEngine } from '../storage-engine.ts';
import { writeBulk } from '../testing/bulk.ts';
import { openForLogOn, openOn, rowsOf } from '../testing/harness.ts';
import { bringFiles, inOneChunk, install, takeSnapshot } from '../testing/snapshots.ts';
import type { HeldFiles } from './held-files.ts';

const device = 'root.plant.line4';
const value = (time: number): number => time;

async function filled(folder = new MemoryFolder(), options = {}): Promise<StorageEngine> {
  const engine = await openOn(folder, options);
  writeBulk(engine, device, ['a', 'b'], { startMs: 0, count: 3000, value });
  await engine.flush();
  engine.apply(engine.appliedIndex + 1, encodeDeleteRange({ patterns: ['root.**'], startMs: 10, endMs: 20 }));
  engine.apply(engine.appliedIndex + 1, encodeSetTtl({ path: 'root.plant.**', ttlMs: 1e9 }));
  writeBulk(engine, device, ['a'], { startMs: 100, count: 10, value: () => -1 });
  return engine;
}

async function readAll(held: HeldFiles): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < held.bytes; at += parts.at(-1)!.length) parts.push(await held.read(at, 5000));
  return Buffer.concat(parts);
}

describe('a snapshot', () => {
  it('makes another replica the same, and is fetched no further than it lacks', async () => {
    const engine = await filled();
    const first = await takeSnapshot(engine);
    const folder = new MemoryFolder();
    const other = await filled(folder);
    expect(await install(other, first)).toBe(first.held.bytes);
    expect(other.appliedIndex).toBe(engine.appliedIndex);
    expect(await other.checksum()).toBe(await engine.checksum());
    expect(await rowsOf(other, device, ['a', 'b'])).toEqual(await rowsOf(engine, device, ['a', 'b']));
    writeBulk(engine, device, ['a'], { startMs: 5000, count: 10, value });
    const second = await takeSnapshot(engine);
    const grownBy = await install(other, second);
    expect(grownBy).toBeGreaterThan(0);
    expect(grownBy).toBeLessThan(second.held.bytes / 2);
    expect(await install(other, second)).toBe(0);
    expect(await other.checksum()).toBe(await engine.checksum());
    // What was there before is gone, and what is there now is durable.
    await other.close();
    const again = await openOn(folder.crash());
    expect(again.statistics()).toMatchObject({ appliedIndex: engine.appliedIndex, tombstones: 1 });
    const { files } = again.statistics();
    expect(folder.names.filter((name) => name.endsWith('.tsfile'))).toHaveLength(files);
    expect(await again.checksum()).toBe(await engine.checksum());
    for (const { held } of [first, second]) held.release();
    await again.close();
    await engine.close();
  });

  it('keeps its files until it is released', async () => {
    const folder = new MemoryFolder();
    const engine = await filled(folder, {
      compaction: { lateFilesMax: 2, bytesPerSecondMax: Number.POSITIVE_INFINITY },
    });
    const snapshot = await takeSnapshot(engine);
    const expected = await engine.checksum();
    writeBulk(engine, device, ['a'], { startMs: 100, count: 5, value: () => -2 });
    writeBulk(engine, 'root.plant.line5', ['a'], { startMs: 100, count: 5, value: () => -2 });
    await engine.flush();
    await engine.compact();
    // The next one takes its place, but what it holds stays.
    const next = await takeSnapshot(engine);
    const filesKept = folder.names.length;
    const other = await openOn();
    await install(other, snapshot);
    expect(await other.checksum()).toBe(expected);
    expect(await engine.checksum()).not.toBe(expected);
    snapshot.held.release();
    snapshot.held.release();
    next.held.release();
    await other.close();
    await engine.close();
    expect(folder.names.length).toBeLessThan(filesKept);
    await (await openOn(folder)).close();
  });

  it('is known to be damaged before a start: what is gone or not what was written, not what the disk refuses to read', async () => {
    const folder = new MemoryFolder();
    const engine = await filled(folder);
    const { content, held } = await takeSnapshot(engine);
    expect(await engine.files.check(content)).toBeUndefined();
    expect(await engine.files.check(content.subarray(1))).toMatchObject({ code: 'STORAGE_SNAPSHOT_MALFORMED' });
    const resource = folder.names.find((name) => name.endsWith('.resource'))!;
    folder.failNext('read', 'EIO');
    await expect(engine.files.check(content)).rejects.toThrow('EIO');
    expect(await engine.files.check(content)).toBeUndefined();
    folder.flipBit(resource, 100);
    expect(await engine.files.check(content)).toMatchObject({ code: 'STORAGE_DAMAGED', file: resource });
    held.release();
    await engine.close();
  });

  it('that is damaged, or not what was asked for, changes nothing', async () => {
    const engine = await filled();
    const snapshot = await takeSnapshot(engine);
    const folder = new MemoryFolder();
    const other = await openOn(folder);
    writeBulk(other, device, ['z'], { startMs: 0, count: 10, value });
    const before = await other.checksum();
    const flipped = Buffer.from(snapshot.content);
    flipped[30]! ^= 1;
    const malformed = { code: 'STORAGE_SNAPSHOT_MALFORMED' };
    await expect(other.files.receive(flipped)).rejects.toMatchObject(malformed);
    await expect(other.restore(inOneChunk(flipped))).rejects.toMatchObject(malformed);
    await expect(other.restore(inOneChunk(snapshot.content))).rejects.toMatchObject({ code: 'STORAGE_DAMAGED' });
    // A file that is damaged on its way begins again; what came before it stays.
    const receiver = await other.files.receive(snapshot.content);
    const all = Buffer.from(await readAll(snapshot.held));
    const first = await snapshot.held.read(0, all.length);
    expect(await receiver.write(first)).toBe(true);
    const wrong = Buffer.from(all.subarray(receiver.offset));
    wrong[5]! ^= 1;
    expect(await receiver.write(wrong)).toBe(false);
    expect(receiver.offset).toBe(first.length);
    await expect(receiver.finish()).rejects.toThrow(RangeError);
    await receiver.close();
    folder.failNext('write', 'ENOSPC', 2);
    await expect(bringFiles(other, snapshot)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await other.checksum()).toBe(before);
    await other.flush();
    expect(folder.names.filter((name) => name.endsWith('.new'))).toEqual([]);
    // What came whole before was here.
    expect(await install(other, snapshot)).toBeLessThanOrEqual(snapshot.held.bytes - first.length);
    expect(await other.checksum()).toBe(await engine.checksum());
    await other.close();
    snapshot.held.release();
    await engine.close();
  });

  it('takes the place of damage', async () => {
    const engine = await filled();
    const snapshot = await takeSnapshot(engine);
    const folder = new MemoryFolder();
    let other = await openOn(folder);
    await install(other, snapshot);
    await other.close();
    const damaged = folder.names.find((name) => name.endsWith('.tsfile'))!;
    folder.flipBit(damaged, 8 * 100);
    other = await openOn(folder);
    await expect(other.checksum()).rejects.toMatchObject({ code: 'STORAGE_DAMAGED' });
    // Not fetched again is what is whole.
    const fetched = await install(other, snapshot);
    expect(fetched).toBeGreaterThan(0);
    expect(fetched).toBeLessThan(snapshot.held.bytes);
    expect(await other.checksum()).toBe(await engine.checksum());
    await other.close();
    snapshot.held.release();
    await engine.close();
  });

  it('does not disturb a read that is under way', async () => {
    const engine = await filled();
    const snapshot = await takeSnapshot(engine);
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
    snapshot.held.release();
    await engine.close();
  });

  it('is installed whole or not at all, wherever the power fails', async () => {
    const engine = await filled();
    const snapshot = await takeSnapshot(engine);
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
    snapshot.held.release();
    await engine.close();
  });

  it('finds nothing unfinished that an earlier process has left: its name may be in use again', async () => {
    const folder = new MemoryFolder();
    for (const name of ['a.tsfile.new', 'a.tsfile']) {
      const sink = await folder.createSink(name);
      await sink.finish();
    }
    const engine = await openForLogOn(folder);
    expect(folder.names).toEqual(['a.tsfile', 'manifest']);
    await engine.close();
  });
});
