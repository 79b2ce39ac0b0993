import { expect, test } from 'vitest';
import { describeFuzzing, fuzzingJson } from './report.ts';

const report = {
  seed: 4711,
  seconds: 2.04,
  executions: 1500,
  targets: [{ target: 'wire/tablet', executions: 1500, accepted: 12, answers: 5, perSecond: 735 }],
  failures: [],
};
const failure = {
  target: 'wire/tablet',
  seed: 4711,
  execution: 1500,
  what: 'TypeError: no',
  input: Buffer.alloc(600, 0xab),
  file: 'balsa-data/fuzz-wire-tablet-4711.bin',
};

test('a good run tells what it did', () => {
  const text = describeFuzzing(report, []);
  expect(text).toMatch(/^wire\/tablet +1500 +12 +5 +735$/m);
  expect(text).toContain('1,500 inputs in 2.0 s, seed 4711: every one was accepted or refused as it should be');
  expect(fuzzingJson(report, [])).toMatchObject({ good: true, seed: 4711, executions: 1500, failures: [] });
});

test('a finding tells how to see it again', () => {
  const text = describeFuzzing(report, [failure]);
  expect(text).toContain('FAILED: wire/tablet, input 1500 of seed 4711: TypeError: no');
  expect(text).toContain(`input: ${'ab'.repeat(512)}… (600 bytes)`);
  expect(text).toContain('npm run fuzz -- --target wire/tablet --input balsa-data/fuzz-wire-tablet-4711.bin');
  expect(text).toContain('npm run fuzz -- --target wire/tablet --seed 4711 --inputs 1500');
  expect(fuzzingJson(report, [failure])).toMatchObject({ good: false, failures: [{ input: 'ab'.repeat(600) }] });
});
