// What a tour has shown: for a person, for a program, and as a page of the documentation.

import type { Killer, Mutant } from './mutant.ts';
import type { NotOnShow } from './not-on-show.ts';
import { medianSeeds, survives, type Verdict } from './tour.ts';

/** One row: the mutant, where it was seen, who killed it, at which seed or, of several hunts, after how many. */
export function describeVerdict(verdict: Verdict): string {
  const { mutant } = verdict;
  const mark = survives(verdict) ? '✘' : '✔';
  const killer = `${killerOf(verdict)}${isAsExpected(verdict) ? '' : `, not ${expectedOf(mutant)} as expected`}`;
  return `${mark} ${mutant.id.padEnd(32)} ${whereOf(verdict).padStart(6)}  ${killer}  ← ${mutant.seen}`;
}

export function describeTour(verdicts: readonly Verdict[], seconds: number): string {
  const survivors = verdicts.filter(survives);
  const outcome = survivors.length === 0 ? 'all killed' : `${survivors.length} SURVIVED`;
  return [
    `  ${'mutant'.padEnd(32)} ${(isThorough(verdicts) ? 'median' : 'seed').padStart(6)}  killed by  ← seen in`,
    ...verdicts.map(describeVerdict),
    `${verdicts.length} mutants, ${outcome}, in ${Math.round(seconds)} s`,
  ].join('\n');
}

/** What `--json` prints. */
export interface TourSummary {
  readonly mutants: number;
  readonly killed: number;
  readonly survivors: readonly string[];
  readonly seconds: number;
  readonly results: readonly {
    readonly id: string;
    readonly seen: string;
    readonly by: Killer['by'];
    readonly killedBy: string | null;
    /** The first that showed it; null: tests killed it, or it survived. */
    readonly seed: number | null;
    /** How many it took: the median over several first seeds. */
    readonly seeds: number | null;
  }[];
}

export function summarizeTour(verdicts: readonly Verdict[], seconds: number): TourSummary {
  const survivors = verdicts.filter(survives).map(({ mutant }) => mutant.id);
  return {
    mutants: verdicts.length,
    killed: verdicts.length - survivors.length,
    survivors,
    seconds: Math.round(seconds),
    results: verdicts.map((verdict) => ({
      id: verdict.mutant.id,
      seen: verdict.mutant.seen,
      by: verdict.mutant.killer.by,
      killedBy: survives(verdict) ? null : killerOf(verdict),
      seed: verdict.kills[0]?.seed ?? null,
      seeds: medianSeeds(verdict) ?? null,
    })),
  };
}

export function museumPage(verdicts: readonly Verdict[], notOnShow: readonly NotOnShow[], starts: number): string {
  const count = (by: Killer['by']): number => verdicts.filter(({ mutant }) => mutant.killer.by === by).length;
  return `# The bug museum

<!-- Written by \`npm run museum -- --thorough --write-docs\`: change packages/sim/src/museum instead. -->

Bugs that the original and other engines really had, and the traps that the Raft papers warn of, as small changes of our
own code. A checker is worth what it finds: \`npm run museum\` makes each change in a copy of the packages and shows who
notices. A mutant that survives is a hole in the harness, and fails the command. Before the tour the code as it is must
pass the same checks.

${verdicts.length} mutants: ${count('core')} are killed in the simulation of the core, ${count('nodes')} in the simulation of whole nodes (the real host, log,
term and vote, and state machines on simulated disks), ${count('tests')} by unit and scenario tests, which show what
no simulated cluster does, or hardly ever: because another line of defence holds, or because all that it costs is time.

S and L numbers are those of our list of the original's safety and liveness defects. *In* is the simulation, or the
tests, that the mutant was set before; *seeds* is how many simulated clusters it took until one showed the bug,
median of ${starts} runs from different first seeds. A name after *invariant* is an assertion of the core, which stays on in production; after
*exception*, an error where there was no reason for one.

| mutant | seen in | why it is wrong | in | killed by | seeds |
|---|---|---|---|---|--:|
${verdicts.map(pageRow).join('\n')}

## Not on show

Defects, of the original and of others, for which our code has no place, today or by design; of some, another side is on
show above.

| defects | what | reason |
|---|---|---|
${notOnShow.map(({ defects, what, reason }) => `| ${defects} | ${what} | ${reason} |`).join('\n')}
`;
}

function pageRow(verdict: Verdict): string {
  const { id, title, seen, why, killer } = verdict.mutant;
  const cells = [
    `**${title}** (\`${id}\`)`,
    seen,
    why,
    killer.by,
    killerOf(verdict).replace(/^test: /, ''),
    seedsOf(verdict),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Every check that killed it, once. */
function killerOf({ kills }: Verdict): string {
  const checks = kills.map((kill) => kill?.check ?? 'nobody');
  return [...new Set(checks)].join(' or ');
}

function isThorough(verdicts: readonly Verdict[]): boolean {
  return verdicts.some(({ kills }) => kills.length > 1);
}

/** Some run ended at the check that the mutant names. Of tests only the files are named. */
function isAsExpected({ mutant: { killer }, kills }: Verdict): boolean {
  return killer.by === 'tests' ? !kills.includes(undefined) : kills.some((kill) => kill?.check === killer.check);
}

function expectedOf({ killer }: Mutant): string {
  return killer.by === 'tests' ? killer.files.join(' or ') : killer.check;
}

function whereOf(verdict: Verdict): string {
  return isThorough([verdict]) ? seedsOf(verdict) : (verdict.kills[0]?.seed?.toString() ?? '–');
}

function seedsOf(verdict: Verdict): string {
  return medianSeeds(verdict)?.toLocaleString('en-US') ?? '–';
}
