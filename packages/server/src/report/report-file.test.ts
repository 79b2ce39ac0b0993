import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../testing/test-node.ts';
import { ReportFile } from './report-file.ts';

let parent: ReturnType<typeof temporaryFolder>;
let folder: string;

beforeEach(() => {
  parent = temporaryFolder();
  folder = join(parent.path, 'reports');
});

afterEach(() => parent.remove());

const linesOf = (name: string): string[] => readFileSync(join(folder, name), 'utf8').split('\n');

test('lines are added, also by the next that opens it', async () => {
  await new ReportFile(folder, 1000).append('{"a":1}');
  await new ReportFile(folder, 1000).append('{"a":2}');
  expect(readdirSync(folder)).toEqual(['reports.jsonl']);
  expect(linesOf('reports.jsonl')).toEqual(['{"a":1}', '{"a":2}', '']);
});

test('the disk that they take is bounded, and the newest are kept', async () => {
  const file = new ReportFile(folder, 200);
  for (let i = 100; i < 150; i++) {
    await file.append(`{"number":${i}}`);
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBeLessThanOrEqual(200);
  }
  const kept = [...linesOf('reports.earlier.jsonl'), ...linesOf('reports.jsonl')].filter((line) => line !== '');
  const numbers = kept.map((line) => (JSON.parse(line) as { number: number }).number);
  expect(numbers.length).toBeGreaterThanOrEqual(6);
  expect(numbers).toEqual(numbers.map((_, i) => 150 - numbers.length + i));
});

test('a line that was cut off by a crash stays alone', async () => {
  const file = new ReportFile(folder, 1000);
  await file.append('{"a":1}');
  writeFileSync(join(folder, 'reports.jsonl'), '{"a":1}\n{"a"');
  await file.append('{"a":3}');
  expect(linesOf('reports.jsonl')).toEqual(['{"a":1}', '{"a"', '{"a":3}', '']);
});

test('what does not fit, or cannot be written, is refused', async () => {
  await expect(new ReportFile(folder, 20).append('x'.repeat(10))).rejects.toThrow('over half of report.bytesMax');
  rmSync(folder, { recursive: true, force: true });
  writeFileSync(folder, 'a file in its place');
  await expect(new ReportFile(folder, 1000).append('{}')).rejects.toThrow('EEXIST');
});
