// @ts-check
// What `npm test` runs after the set-up: every check of the project, from the fastest to the slowest, stopping at the first
// that fails. The last line counts what really ran, as each step's own report gives it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ passed: number, failed: number, skipped?: number }} Count
 * @typedef {object} Step
 * @property {string} name
 * @property {string} script
 * @property {string[]} args
 * @property {boolean} [json] Whether its standard output is a report for `count`, shown only if the step fails.
 * @property {(output: string) => Count} [count] What the step's own report says. Without it the step is one check.
 */

/** Enough to meet each kind of fault many times; `.ci/run` does more, with seeds of the day. */
const SIMULATED_CLUSTERS = 300;
const SIMULATED_GROUPS = 1000;
const CHAOS_ROUNDS = 8;
const QUICK_FAULTS = 'kill leader,kill follower,kill two at once,strand leader,pause leader,isolate leader,cut one way';
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

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
  {
    name: 'simulated clusters of whole nodes',
    script: 'packages/sim/dist/main.js',
    json: true,
    args: ['--from', '1', '--seeds', `${SIMULATED_CLUSTERS}`, '--json'],
    count: countSeeds,
  },
  {
    name: 'simulated groups of the consensus core',
    script: 'packages/sim/dist/main.js',
    json: true,
    args: ['--level', 'core', '--from', '1', '--seeds', `${SIMULATED_GROUPS}`, '--json'],
    count: countSeeds,
  },
  {
    name: 'rounds of chaos',
    script: 'packages/bench/dist/chaos-main.js',
    json: true,
    // A full disk takes its time, and root.
    args: ['--rounds', `${CHAOS_ROUNDS}`, '--faults', QUICK_FAULTS, '--json'],
    count: (output) => {
      const { rounds, good } = lastLine(output);
      return { passed: rounds, failed: good ? 0 : 1 };
    },
  },
];

try {
  process.exitCode = check() ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function check() {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    const startMs = performance.now();
    console.log(`\n▶ ${step.name}`);
    const { passed, failed, skipped = 0 } = run(step);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    console.log(`${failed === 0 ? '✔' : '✘'} ${step.name}: ${passed} passed, ${failed} failed, ${seconds} s`);
    if (failed > 0) break;
  }
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped === 0 ? '' : `, ${total.skipped} skipped`}`,
  );
  return total.failed === 0;
}

/**
 * @param {Step} step
 * @returns {Count}
 */
function run({ script, args, json = false, count }) {
  const { status, stdout } = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    // In a file, colours are noise.
    env: process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    stdio: ['ignore', json ? 'pipe' : 'inherit', 'inherit'],
  });
  const good = status === 0;
  if (count === undefined) return { passed: good ? 1 : 0, failed: good ? 0 : 1 };
  if (json && !good) process.stdout.write(stdout);
  try {
    const { passed, failed, skipped = 0 } = count(stdout);
    // A step that fails without naming a failure has failed all the same.
    return { passed, failed: good ? failed : Math.max(1, failed), skipped };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

/** @returns {Count} */
function countTests() {
  const report = JSON.parse(readFileSync(testReport, 'utf8'));
  // A file that does not even load has no tests that failed, yet it is a failure.
  const brokenFiles = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @param {string} output
 * @returns {Count}
 */
function countSeeds(output) {
  const { seeds, failedSeed } = lastLine(output);
  const failed = failedSeed === null ? 0 : 1;
  return { passed: seeds - failed, failed };
}

/**
 * The report that commands print as the last line of their standard output.
 * @param {string} output
 */
function lastLine(output) {
  return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '');
}
