// Whatever bit of whatever file is turned: it is found, and nothing wrong is ever served.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDeleteRange } from '../../data-command.ts';
import { StorageError } from '../errors.ts';
import { MemoryFolder } from '../folder/memory-folder.ts';
import { noise, writeBulk } from '../testing/bulk.ts';
import { openOn, rowsOf } from '../testing/harness.ts';
import { takeSnapshot } from '../testing/snapshots.ts';

const devices = ['root.plant.line1', 'root.plant.line2'];

/** A folder with files in order and out of order, a delete, and two catalogs. */
async function filledFolder(): Promise<{ folder: MemoryFolder; rows: unknown[] }> {
  const folder = new MemoryFolder();
  const engine = await openOn(folder);
  for (const device of devices) {
    writeBulk(engine, device, ['a', 'b'], { startMs: 0, count: 5000, value: noise });
    await engine.flush();
  }
  writeBulk(engine, devices[0]!, ['a'], { startMs: 1000, count: 10, value: () => 1 });
  engine.apply(engine.appliedIndex + 1, encodeDeleteRange({ patterns: ['root.**'], startMs: 20, endMs: 30 }));
  await engine.flush();
  const rows = await allRows(engine);
  await engine.close();
  return { folder, rows };
}

async function allRows(engine: Awaited<ReturnType<typeof openOn>>): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const device of devices) rows.push(...(await rowsOf(engine, device, ['a', 'b'])));
  return rows;
}

const isDamage = (error: unknown): boolean => error instanceof StorageError && /DAMAGED|UNKNOWN/.test(error.code);

describe('a damaged file', () => {
  it('is found, wherever the damage is, and never served', async () => {
    const { folder, rows } = await filledFolder();
    const names = folder.names;
    expect(names.length).toBeGreaterThan(7);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(7),
        async (name, at, bit) => {
          const place = Math.floor(at * folder.contentOf(name).length) * 8 + bit;
          folder.flipBit(name, place);
          const reported: string[] = [];
          try {
            const engine = await openOn(folder, { onDamage: ({ file }) => void reported.push(file ?? '') });
            try {
              const found = await allRows(engine);
              // What nobody reads, such as the head of a chunk behind which all is deleted, does no harm.
              expect(found).toEqual(rows);
              expect(await engine.checksum().then(() => true, isDamage)).toBe(true);
            } catch (error) {
              if (!isDamage(error)) throw error;
              expect(reported).toEqual([name]);
              expect(engine.statistics().damagedFiles).toHaveLength(1);
              // From now on nothing of it is served at all.
              await expect(allRows(engine)).rejects.toMatchObject({ code: 'STORAGE_DAMAGED' });
              await expect(takeSnapshot(engine)).rejects.toMatchObject({ code: 'STORAGE_DAMAGED' });
            } finally {
              await engine.close();
            }
          } catch (error) {
            if (!isDamage(error)) throw error;
            expect(name).toMatch(/^manifest$|catalog$/);
          }
          folder.flipBit(name, place);
        },
      ),
      { numRuns: 150 },
    );
    expect(folder.openFiles).toBe(0);
  });

  it('does not keep others from being served, nor new points from being written', async () => {
    const { folder } = await filledFolder();
    const [first] = folder.names.filter((name) => name.startsWith('1-') && name.endsWith('.tsfile'));
    folder.truncate(first!, 100);
    const engine = await openOn(folder);
    await expect(rowsOf(engine, devices[0]!, ['a'])).rejects.toMatchObject({ code: 'STORAGE_DAMAGED', file: first });
    expect(await rowsOf(engine, devices[1]!, ['a'])).toHaveLength(4990);
    writeBulk(engine, devices[0]!, ['a'], { startMs: 9000, count: 3, value: () => 1 });
    await engine.flush();
    expect(await rowsOf(engine, devices[0]!, ['a'], { startMs: 8000 })).toHaveLength(3);
    await engine.close();
  });

  it('of which nothing is known does not get points in order behind it', async () => {
    const { folder, rows } = await filledFolder();
    const damaged = folder.names.filter((name) => /^3-.*resource$/.test(name))[0]!;
    const good = folder.contentOf(damaged);
    folder.flipBit(damaged, 100);
    const engine = await openOn(folder, {
      fetchFile: async ({ name }) => {
        expect(name).toBe(damaged);
        return {
          sizeBytes: good.length,
          read: async (at, count) => good.subarray(at, at + count),
          close: async () => undefined,
        };
      },
    });
    // Later than what the other files show, but not than what the damaged one may have.
    writeBulk(engine, 'root.plant.line3', ['a'], { startMs: 500, count: 1, value: () => 1 });
    await engine.flush();
    expect(engine.statistics()).toMatchObject({ lateFiles: 2, damagedFiles: [damaged.replace('.resource', '')] });
    expect(await engine.repair()).toBe(0);
    expect(await allRows(engine)).toEqual(rows);
    expect(engine.statistics().damagedFiles).toEqual([]);
    await engine.close();
  });

  it('that nobody has stays damaged, and what is something else is refused', async () => {
    const { folder } = await filledFolder();
    const damaged = folder.names.find((name) => /^1-.*tsfile$/.test(name))!;
    folder.flipBit(damaged, 8 * 30_000);
    const bytes = Buffer.from(folder.contentOf(damaged));
    let given: Buffer | undefined;
    const engine = await openOn(folder, {
      fetchFile: async () =>
        given && {
          sizeBytes: given.length,
          read: async (at, count) => given!.subarray(at, at + count),
          close: async () => undefined,
        },
    });
    await expect(allRows(engine)).rejects.toMatchObject({ code: 'STORAGE_DAMAGED' });
    expect(await engine.repair()).toBe(1);
    given = bytes;
    await expect(engine.repair()).rejects.toMatchObject({ code: 'STORAGE_SNAPSHOT_MALFORMED' });
    expect(engine.statistics().damagedFiles).toEqual([damaged]);
    await engine.close();
  });

  it('a manifest that is gone is not taken for an empty engine', async () => {
    const { folder } = await filledFolder();
    await folder.remove('manifest');
    await expect(openOn(folder)).rejects.toMatchObject({ code: 'STORAGE_DAMAGED', file: 'manifest' });
    expect(folder.names.length).toBeGreaterThan(5);
  });

  it('files of others are left alone, those that were not finished are removed', async () => {
    const { folder } = await filledFolder();
    for (const name of ['notes.txt', '9-x.tsfile', 'y.catalog', 'z.new']) {
      const sink = await folder.createSink(name);
      await sink.finish();
    }
    await (await openOn(folder)).close();
    expect(folder.names).toContain('notes.txt');
    for (const name of ['9-x.tsfile', 'y.catalog', 'z.new']) expect(folder.names).not.toContain(name);
  });
});
