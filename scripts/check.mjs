// @ts-check
// What `npm test` runs after the set-up: every check of the project, from the fastest to the slowest, stopping at the first
// that fails. The last line counts what really ran, as each step's own report gives it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ passed: number, failed: number }} Count
 * @typedef {{ name: string, script: string, args: string[], count?: () => Count }} Step
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'balsa-check-'));
const testReport = join(scratch, 'tests.json');

/** @type {Step[]} */
const steps = [
  { name: 'types', script: 'node_modules/typescript/bin/tsc', args: ['-b'] },
  { name: 'format and lint', script: 'node_modules/@biomejs/biome/bin/biome', args: ['check', '.'] },
  {
    name: 'tests',
    script: 'node_modules/vitest/vitest.mjs',
    args: ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${testReport}`],
    count: countTests,
  },
];

try {
  process.exitCode = check() ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function check() {
  const total = { passed: 0, failed: 0 };
  let good = true;
  for (const step of steps) {
    const startMs = performance.now();
    console.log(`\n▶ ${step.name}`);
    const { status } = spawnSync(process.execPath, [join(root, step.script), ...step.args], {
      cwd: root,
      stdio: 'inherit',
    });
    good = status === 0;
    // A step without a report of its own is one check.
    const count = step.count?.() ?? { passed: good ? 1 : 0, failed: good ? 0 : 1 };
    total.passed += count.passed;
    total.failed += count.failed;
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    console.log(`${good ? '✔' : '✘'} ${step.name}: ${count.passed} passed, ${count.failed} failed, ${seconds} s`);
    if (!good) break;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return good;
}

/** @returns {Count} */
function countTests() {
  try {
    const report = JSON.parse(readFileSync(testReport, 'utf8'));
    // A file that does not even load has no tests that failed, yet it is a failure.
    const brokenFiles = report.testResults.filter(
      (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
        file.status === 'failed' && file.assertionResults.length === 0,
    ).length;
    return { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
