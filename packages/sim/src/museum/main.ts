#!/usr/bin/env node
// `npm run museum`: are all historical bugs still found?

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { levelNames } from '../level.ts';
import { collection } from './collection.ts';
import { readKnownSeeds, writeKnownSeeds } from './known-seeds.ts';
import { describeTour, describeVerdict, museumPage, summarizeTour } from './museum-report.ts';
import { notOnShow } from './not-on-show.ts';
import { simulators } from './simulators.ts';
import { survives, tour } from './tour.ts';
import { root } from './workshop.ts';

/** Two cores are what a small machine has. */
const workers = 2;
/** First seeds of the one hunt for what is not found at its known seed, and of the three whose median is taken. */
const start = [1];
const thoroughStarts = [1, 1_000_001, 2_000_001];
const seedsMaxDefaults = levelNames.map((level) => `${simulators[level].seedsMax} of ${level}`).join(', ');

interface Options {
  readonly only?: readonly string[];
  readonly seedsMax?: number;
  readonly thorough: boolean;
  readonly writeDocs: boolean;
  readonly json: boolean;
}

// An exit is what the workshops clean up at.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

await new Command('museum')
  .description(
    'Re-creates historical bugs, one at a time, in a copy of the code, and shows who finds each. Seeds that are known to show one are tried first, except with --thorough.',
  )
  .option('--only <ids...>', 'these mutants only')
  .option('--seeds-max <n>', `seeds after which a mutant has survived (default: ${seedsMaxDefaults})`, positiveNumber)
  .option('--thorough', 'hunt from three first seeds, and take the median', false)
  .option('--write-docs', 'write docs/museum.md, and the seeds that are tried first', false)
  .option('--json', 'print one JSON object as the last line of the standard output', false)
  .addHelpText('after', '\nExamples:\n  npm run museum\n  npm run museum -- --only figure-8 no-pre-vote')
  .action(run)
  .parseAsync();

async function run({ only, seedsMax, thorough, writeDocs, json }: Options): Promise<void> {
  const mutants = only === undefined ? collection : collection.filter(({ id }) => only.includes(id));
  const unknown = only?.filter((id) => !collection.some((mutant) => mutant.id === id)) ?? [];
  if (unknown.length > 0) return refuse(`no mutant is called ${unknown.join(', ')}: see docs/museum.md`);
  if (writeDocs && (only !== undefined || !thorough))
    return refuse('the page shows medians of every mutant: use --write-docs with --thorough and without --only');

  const startMs = performance.now();
  const from = thorough ? thoroughStarts : start;
  const onVerdict = (verdict: Parameters<typeof describeVerdict>[0], done: number): void => {
    process.stderr.write(`${String(done).padStart(3)} of ${mutants.length}  ${describeVerdict(verdict)}\n`);
  };
  const known = thorough ? {} : readKnownSeeds();
  const verdicts = await tour({ mutants, from, known, seedsMax, workers, onVerdict });
  const seconds = (performance.now() - startMs) / 1000;
  if (verdicts.some(survives)) process.exitCode = 1;
  else if (writeDocs) {
    writeFileSync(join(root, 'docs', 'museum.md'), museumPage(verdicts, notOnShow, from.length));
    writeKnownSeeds(verdicts);
  }
  process.stdout.write(`${describeTour(verdicts, seconds)}\n`);
  if (json) process.stdout.write(`${JSON.stringify(summarizeTour(verdicts, seconds))}\n`);
}

function refuse(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number, 1 or more, is expected');
  return value;
}
