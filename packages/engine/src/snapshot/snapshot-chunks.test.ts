import { expect, it, vi } from 'vitest';
import { chunkBytesMax } from './format.ts';
import { SnapshotChunks } from './snapshot-chunks.ts';

const format = { machine: 9, version: 1 };

function chunksOf(recordBytes: number, records: number, fail = false) {
  const release = vi.fn();
  const written = vi.fn();
  const chunks = new SnapshotChunks(
    format,
    function* (out) {
      for (let i = 0; i < records; i++) {
        out.begin(1);
        out.raw(Buffer.alloc(recordBytes, i));
        out.end();
        written();
        yield;
      }
      if (fail) throw new Error('no more');
    },
    release,
  );
  return { chunks, release, written };
}

it('writes no more than it is asked for', () => {
  const { chunks, release, written } = chunksOf(10_000, 100);
  expect(written).toHaveBeenCalledTimes(0);
  const { value: first } = chunks.next();
  expect(first?.length).toBeGreaterThan(chunkBytesMax / 2);
  expect(first?.length).toBeLessThanOrEqual(chunkBytesMax);
  expect(written).toHaveBeenCalledTimes(Math.floor(first!.length / 10_000));
  expect(release).toHaveBeenCalledTimes(0);
  const copy = Buffer.from(first!);
  const rest = [...chunks];
  expect(rest.length).toBeGreaterThan(3);
  expect(copy.equals(first!), 'a chunk stays as it is').toBe(true);
});

it.each([
  ['at its end', (chunks: SnapshotChunks) => [...chunks]],
  ['when nobody wants more', (chunks: SnapshotChunks) => chunks.next()],
  ['before it has begun', () => undefined],
])('lets go of what it has captured once, %s', (_when, read) => {
  const { chunks, release } = chunksOf(100_000, 20);
  read(chunks);
  chunks.return();
  chunks.return();
  expect(chunks.next()).toEqual({ done: true, value: undefined });
  expect(release).toHaveBeenCalledTimes(1);
});

it('lets go of it when a loop over it is left', () => {
  const { chunks, release } = chunksOf(100_000, 20);
  for (const chunk of chunks) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  expect(release).toHaveBeenCalledTimes(1);
});

it('lets go of it when writing fails', () => {
  const { chunks, release } = chunksOf(10, 1, true);
  expect(() => chunks.next()).toThrow('no more');
  expect(chunks.next().done).toBe(true);
  expect(release).toHaveBeenCalledTimes(1);
});
