import { createJavaScriptKernel } from '@balsa/codes';
import { expect, test } from 'vitest';
import { lastLine, startBuilt } from '../command/testing.ts';
import type { Machine } from '../measure/environment.ts';
import { createLoad, shapesOf } from './load.ts';
import { codesReport, describeCodes } from './report.ts';

test('every code and size is measured, and the report is the last line', async () => {
  const args = ['codes', '--round-ms', '1', '--rounds', '1', '--json'];
  const { exitCode, stdout, stderr } = await startBuilt('main.js', args).finished;
  expect(exitCode, stderr).toBe(0);
  const report = lastLine(stdout) as { shapes: { dataCount: number; parityCount: number; batchBytes: number }[] };
  expect(report).toMatchObject({ benchmark: 'codes', settings: { roundMs: 1, rounds: 1 } });
  const sizes = [4, 16, 64, 256, 1024, 4096].map((kibibytes) => kibibytes * 1024);
  const codes = [
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 4],
  ];
  expect(report.shapes.map(({ dataCount, parityCount, batchBytes }) => [dataCount, parityCount, batchBytes])).toEqual(
    codes.flatMap((counts) => sizes.map((size) => [...counts, size])),
  );
}, 60_000);

test('any majority of the fragments is enough', () => {
  expect(shapesOf(3, [7])).toEqual([{ dataCount: 2, parityCount: 1, batchBytes: 7 }]);
  expect(shapesOf(4, [7, 8])).toEqual([7, 8].map((batchBytes) => ({ dataCount: 3, parityCount: 1, batchBytes })));
});

test('a load does on its kernel what it says', () => {
  const calls: [inputs: number, outputs: number, bytes: number][] = [];
  const kernel = createJavaScriptKernel();
  const load = createLoad(shapesOf(5, [300])[0]!, {
    name: 'watched',
    combine: (coefficients, inputs, outputs) => {
      calls.push([inputs.length, outputs.length, inputs[0]!.length]);
      kernel.combine(coefficients, inputs, outputs);
    },
  });
  for (const work of [load.encode, load.rebuild, load.split, load.join]) {
    calls.length = 0;
    work();
    expect(calls).toEqual([[3, 2, 100]]);
  }
});

test('figures are medians over the rounds, ratios those of the same round, and everything is JSON', () => {
  const machine: Machine = { node: 'v20', system: 'Linux', cpuModel: 'some', cpuCount: 2, memoryBytes: 1 };
  const settings = { roundMs: 1, rounds: 3 };
  const round = (encode: number, encodeJavaScript: number) => {
    return { encode, encodeJavaScript, rebuild: 600, rebuildJavaScript: 100, split: 300, join: 200 };
  };
  const rounds = [round(1000, 100), round(3000, 100), round(2000, 1000)];
  const report = codesReport(settings, machine, [{ dataCount: 2, parityCount: 1, batchBytes: 4096, rounds }]);
  expect(report.shapes[0]).toMatchObject({
    megabytesPerSecond: {
      encode: { median: 2000, min: 1000, max: 3000 },
      encodeJavaScript: { median: 100, min: 100, max: 1000 },
      rebuild: { median: 600 },
      rebuildJavaScript: { median: 100 },
      split: { median: 300 },
      join: { median: 200 },
    },
    ratios: { encode: { median: 10, min: 2, max: 30 }, rebuild: { median: 6 } },
  });
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  expect(describeCodes(report)).toMatch(/2 \+ 1, 4 KiB +2,000 \(1,000-3,000\) +10 \(2-30\) +600 /);
});
