// Sets a simulator, or the tests, on the code in a workshop, and tells what they found.

import type { LevelName } from '../level.ts';
import type { Killer } from './mutant.ts';
import type { Sought } from './seek.ts';
import type { Workshop } from './workshop.ts';

export interface HuntLimits {
  /** Seeds that have shown it before: tried first. */
  readonly known: readonly number[];
  /** First seed of those that are tried after them, one after the other. */
  readonly from: number;
  readonly seedsMax: number;
}

export interface Kill {
  /** The oracle, the assertion or the test that noticed. */
  readonly check: string;
  /** Seeds run until then, the last one included; `undefined`: it was a test. */
  readonly seeds: number | undefined;
  /** The last one. */
  readonly seed: number | undefined;
}

/** Where mutated code can be run. */
type Grounds = Pick<Workshop, 'run'>;

/** Far more than either takes, whatever the mutant. */
const simulateMsMax = 30 * 60_000;
const testMsMax = 2 * 60_000;
const vitest = 'node_modules/vitest/vitest.mjs';
const seeker = 'packages/sim/dist/museum/seek.js';

/** `undefined`: nobody noticed. Throws if the code does not even run, which is no kill. */
export function hunt(workshop: Grounds, killer: Killer, limits: HuntLimits): Promise<Kill | undefined> {
  return killer.by === 'tests' ? test(workshop, killer.files) : simulate(workshop, killer.by, limits);
}

async function simulate(
  workshop: Grounds,
  level: LevelName,
  { known, from, seedsMax }: HuntLimits,
): Promise<Kill | undefined> {
  const { stdout, stderr } = await workshop.run(
    seeker,
    [level, ...[from, seedsMax, ...known].map(String)],
    simulateMsMax,
  );
  const sought = parseJson<Sought>(lastLineOf(stdout));
  if (sought === undefined) throw new Error(`the simulator did not come to an end:\n${stderr}`);
  if (sought.violation === null) return undefined;
  const check = checkIn(sought.violation);
  if (check === 'exception: ReferenceError') throw new Error(`the mutant is no sound code:\n${sought.violation}`);
  return { check, seeds: sought.seeds, seed: sought.seed };
}

interface TestReport {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

async function test(workshop: Grounds, files: readonly string[]): Promise<Kill | undefined> {
  const args = ['run', ...files, '--reporter=json', '--bail=1', '--maxWorkers=1', '--testTimeout=10000'];
  const { exitCode, stdout, stderr } = await workshop.run(vitest, args, testMsMax);
  const report = parseJson<TestReport>(lastLineOf(stdout));
  if (report === undefined) throw new Error(`the tests did not come to an end:\n${stdout}${stderr}`);
  if (exitCode === 0 && report.numPassedTests > 0) return undefined;
  const failed = report.testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .find(({ status }) => status === 'failed');
  if (failed === undefined) throw new Error(`no test ran:\n${stdout}${stderr}`);
  return { check: `test: ${failed.fullName}`, seeds: undefined, seed: undefined };
}

/** Which check a violation comes from: an oracle, an assertion of the core, or an exception that nobody meant. */
export function checkIn(violation: string): string {
  const [firstLine = ''] = violation.split('\n');
  const invariant = /^InvariantError: invariant broken: (.*)$/.exec(firstLine);
  if (invariant !== null) return `invariant: ${invariant[1]}`;
  const name = firstLine.split(':', 1)[0] ?? '';
  return /^\w*Error$/.test(name) ? `exception: ${name}` : name;
}

function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function parseJson<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
