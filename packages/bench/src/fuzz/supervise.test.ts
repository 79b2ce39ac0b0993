import { expect, test } from 'vitest';
import { builtFile } from '../targets/built-file.ts';
import { fuzzTargets } from './bad-decoders.ts';
import { superviseFuzzing } from './supervise.ts';

const settings = { module: builtFile('fuzz/bad-decoders.js'), seed: 1 };
const names = fuzzTargets.map(({ name }) => name);
const slow = 'bad/slow';
const signal = new AbortController().signal;
/** Minutes: the decoders take seconds, and the machine may be busy. */
const timeout = 240_000;

test('every way in which a decoder can be bad is found, and the run goes on behind it', { timeout }, async () => {
  const job = { ...settings, targets: names.filter((name) => name !== slow), inputsMax: 500, stallMs: 8000 };
  const { failures, targets } = await superviseFuzzing(job, () => {}, signal);
  expect(targets.map(({ target }) => target)).toEqual(job.targets);
  const found = new Map(failures.map(({ target, what }) => [target, what]));
  for (const [name, what] of [
    ['reads-beyond', 'ERR_OUT_OF_RANGE'],
    ['type-error', 'TypeError'],
    ['hangs', 'not ended after 8000 ms'],
    ['believes-lengths', /^it took \d+ bytes of memory/],
    ['fills-heap', 'heap'],
    ['fills-memory', /^its process takes \d+ bytes of memory/],
    ['changes-input', 'changed its input'],
    ['rejects-later', 'TypeError: nobody waits for this'],
    ['ends-process', 'its process died, exit code 0'],
    ['forgets', 'encoded otherwise'],
    ['refuses-samples', 'a sample is refused'],
  ] as const) {
    expect(found.get(`bad/${name}`), name).toMatch(what);
    found.delete(`bad/${name}`);
  }
  expect([...found.keys()]).toEqual([]);
});

test('so is one that takes long, but ends', { timeout }, async () => {
  const { failures } = await superviseFuzzing({ ...settings, targets: [slow] }, () => {}, signal);
  expect(failures.map(({ what }) => what)).toEqual([expect.stringMatching(/^it took \d+ ms/)]);
});

test('what was found is found again, by its seed', { timeout }, async () => {
  const run = (seed: number) =>
    superviseFuzzing({ ...settings, seed, targets: ['bad/forgets', 'bad/reads-beyond'] }, () => {}, signal);
  const [first, again, other] = [await run(7), await run(7), await run(8)];
  expect(first.failures).toHaveLength(2);
  expect(again.failures).toEqual(first.failures);
  expect(other.failures.map(({ input }) => input)).not.toEqual(first.failures.map(({ input }) => input));
});

test('an interruption ends it', async () => {
  const interruption = new AbortController();
  const run = superviseFuzzing(
    { ...settings, targets: ['bad/is-good'] },
    (_target, _done, executions) => {
      if (executions > 0) interruption.abort(new Error('enough'));
    },
    interruption.signal,
  );
  await expect(run).rejects.toThrow('enough');
});
