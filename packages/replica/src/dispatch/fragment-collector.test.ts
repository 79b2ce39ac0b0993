import { ErasureCode, type Fragment, splitBatch } from '@balsa/codes';
import { SeededRandom } from '@balsa/raft';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FragmentCollector } from './fragment-collector.ts';

const code = new ErasureCode({ dataCount: 3, parityCount: 2 });

function fragmentsOf(batch: Uint8Array): Fragment[] {
  return splitBatch(code, batch);
}

const batchOf = (bytes: number, fill: number): Uint8Array => new Uint8Array(bytes).fill(fill);

test('the batch comes out once, as soon as there is enough of it, whichever fragments come', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.integer(), (batch, seed) => {
      const random = new SeededRandom(seed);
      const arrivals = [...fragmentsOf(batch), ...fragmentsOf(batch)];
      arrivals.sort(() => random.integerBetween(-1, 2));
      const collector = new FragmentCollector(10_000);
      const whole: Uint8Array[] = [];
      const seen = new Set<number>();
      for (const fragment of arrivals) {
        const result = collector.add(1, 7, fragment);
        seen.add(fragment.number);
        expect(result !== undefined).toBe(whole.length === 0 && seen.size === 3);
        if (result !== undefined) whole.push(result);
      }
      expect(whole).toHaveLength(1);
      expect(Uint8Array.from(whole[0]!)).toEqual(batch);
      expect(collector.bytes).toBe(0);
    }),
  );
});

test('batches at other places, or with other content, are kept apart', () => {
  const collector = new FragmentCollector(10_000);
  const [one, two] = [batchOf(30, 1), batchOf(30, 2)].map(fragmentsOf) as [Fragment[], Fragment[]];
  for (const [prevIndex, fragment] of [
    [7, one[0]],
    [7, two[1]],
    [8, one[1]],
    [7, one[2]],
    [8, one[2]],
  ] as const) {
    expect(collector.add(1, prevIndex, fragment!)).toBeUndefined();
  }
  expect([...collector.add(1, 8, one[4]!)!]).toEqual([...batchOf(30, 1)]);
  expect([...collector.add(1, 7, one[1]!)!]).toEqual([...batchOf(30, 1)]);
});

test('what does not become complete makes room for what comes after it', () => {
  const collector = new FragmentCollector(50);
  const batches = [1, 2, 3].map((fill) => fragmentsOf(batchOf(90, fill)));
  collector.add(1, 1, batches[0]![0]!);
  collector.add(1, 2, batches[1]![0]!);
  expect(collector.bytes).toBe(30);
  collector.add(1, 1, batches[0]![1]!);
  expect(collector.add(1, 1, batches[0]![2]!)).toBeUndefined();
  for (const fragment of batches[2]!.slice(0, 2)) collector.add(1, 3, fragment);
  expect(collector.bytes).toBeLessThanOrEqual(50);
});

test('a new term begins with nothing, and an older one has nothing to say any more', () => {
  const collector = new FragmentCollector(1000);
  const fragments = fragmentsOf(batchOf(30, 1));
  collector.add(1, 1, fragments[0]!);
  collector.add(1, 1, fragments[1]!);
  expect(collector.add(2, 1, fragments[2]!)).toBeUndefined();
  expect(collector.bytes).toBe(10);
  expect(collector.add(1, 1, fragments[3]!)).toBeUndefined();
  expect(collector.bytes).toBe(10);
});

test('fragments that only say that they belong together give nothing', () => {
  const collector = new FragmentCollector(1000);
  const [one, two] = [batchOf(30, 1), batchOf(30, 2)].map(fragmentsOf) as [Fragment[], Fragment[]];
  const { batchChecksum } = one[0]!;
  collector.add(1, 1, one[0]!);
  collector.add(1, 1, one[1]!);
  expect(collector.add(1, 1, { ...two[2]!, batchChecksum })).toBeUndefined();
  expect(collector.bytes).toBe(0);
});
