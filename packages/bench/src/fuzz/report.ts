import { textTable } from '../text-table.ts';
import type { FuzzFailure } from './run-child.ts';
import type { FuzzReport } from './supervise.ts';

const hexBytesShown = 512;

/** A failure and the file that holds its input. */
export interface KeptFailure extends FuzzFailure {
  readonly file: string;
}

/** What --json prints. */
export function fuzzingJson(
  { seed, seconds, executions, targets }: FuzzReport,
  failures: readonly KeptFailure[],
): object {
  const found = failures.map((failure) => ({ ...failure, input: failure.input.toString('hex') }));
  return { good: failures.length === 0, seed, seconds, executions, targets, failures: found };
}

export function describeFuzzing(
  { seed, seconds, executions, targets }: FuzzReport,
  failures: readonly KeptFailure[],
): string {
  const rows = targets.map((it) => [
    it.target,
    `${it.executions}`,
    `${it.accepted}`,
    `${it.answers}`,
    `${it.perSecond}`,
  ]);
  const table = textTable([['target', 'inputs', 'accepted', 'answers', 'per second'], ...rows]);
  const total = `${executions.toLocaleString('en')} inputs in ${seconds.toFixed(1)} s, seed ${seed}`;
  if (failures.length === 0) return `${table}\n\n${total}: every one was accepted or refused as it should be`;
  return [table, total, ...failures.map(describeFailure)].join('\n\n');
}

function describeFailure({ target, seed, execution, what, input, file }: KeptFailure): string {
  const more = input.length > hexBytesShown ? `… (${input.length} bytes)` : '';
  return [
    `FAILED: ${target}, input ${execution} of seed ${seed}: ${what}`,
    `input: ${input.toString('hex', 0, hexBytesShown)}${more}`,
    `again: npm run fuzz -- --target ${target} --input ${file}`,
    `or:    npm run fuzz -- --target ${target} --seed ${seed} --inputs ${execution}`,
  ].join('\n');
}
