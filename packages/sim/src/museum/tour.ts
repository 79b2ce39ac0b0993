// Takes every mutant to whom it must not survive, a few at a time, each in a workshop of its own.

import type { LevelName } from '../level.ts';
import { type HuntLimits, hunt, type Kill } from './hunt.ts';
import type { Killer, Mutant } from './mutant.ts';
import { simulators } from './simulators.ts';
import { Workshop } from './workshop.ts';

/** Tests draw their own. */
const noSeeds: HuntLimits = { known: [], from: 0, seedsMax: 0 };

export type KnownSeeds = Readonly<Record<string, number>>;

export interface Verdict {
  readonly mutant: Mutant;
  /** One for each first seed; one only if tests are the killer. `undefined`: it survived. */
  readonly kills: readonly (Kill | undefined)[];
}

export interface TourOptions {
  readonly mutants: readonly Mutant[];
  /** First seeds: the simulator starts once from each. */
  readonly from: readonly number[];
  /** By mutant: a seed that has shown it before, and is tried first. One that does so no more costs no more than itself. */
  readonly known: KnownSeeds;
  /** Seeds after which a mutant has survived; `undefined`: as many as befit who is to kill it. */
  readonly seedsMax: number | undefined;
  readonly workers: number;
  readonly onVerdict: (verdict: Verdict, done: number) => void;
}

/** Verdicts in the order of the mutants. Rejects if a mutant does not fit the code any more, or if healthy code is killed. */
export async function tour(options: TourOptions): Promise<Verdict[]> {
  const { mutants, workers, onVerdict } = options;
  const verdicts = new Map<Mutant, Verdict>();
  const waiting = [...mutants];
  const work = async (): Promise<void> => {
    const workshop = new Workshop();
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const verdict = await judge(workshop, mutant, options);
        verdicts.set(mutant, verdict);
        onVerdict(verdict, verdicts.size);
      }
    } catch (error) {
      // The others need not go on.
      waiting.length = 0;
      throw error;
    } finally {
      workshop.close();
    }
  };
  await checkHealthyCode(options);
  const results = await Promise.allSettled(Array.from({ length: workers }, work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return mutants.map((mutant) => verdicts.get(mutant)!);
}

/** The middle of the numbers of seeds that it took. `undefined`: tests killed it, or it survived. */
export function medianSeeds({ kills }: Verdict): number | undefined {
  const seeds = kills.map((kill) => kill?.seeds ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const median = seeds[Math.floor(seeds.length / 2)]!;
  return Number.isFinite(median) ? median : undefined;
}

export function survives({ kills }: Verdict): boolean {
  return kills.includes(undefined);
}

async function judge(workshop: Workshop, mutant: Mutant, { from, known, seedsMax }: TourOptions): Promise<Verdict> {
  try {
    const { patches, killer } = mutant;
    workshop.change(patches);
    if (killer.by === 'tests') return { mutant, kills: [await hunt(workshop, killer, noSeeds)] };
    await workshop.build();
    const kills: (Kill | undefined)[] = [];
    for (const start of from) {
      const limits = {
        known: knownOf([mutant], known),
        from: start,
        seedsMax: seedsMax ?? simulators[killer.by].seedsMax,
      };
      kills.push(await hunt(workshop, killer, limits));
    }
    return { mutant, kills };
  } catch (error) {
    throw new Error(`${mutant.id}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Whoever kills everything proves nothing: the same checks must let the code pass as it is. */
async function checkHealthyCode({ mutants, from, known }: TourOptions): Promise<void> {
  const healthyLimits = (level: LevelName): HuntLimits => ({
    known: knownOf(
      mutants.filter(({ killer }) => killer.by === level),
      known,
    ),
    from: from[0]!,
    seedsMax: simulators[level].healthySeeds,
  });
  const workshop = new Workshop();
  try {
    for (const killer of killersOf(mutants)) {
      const limits = killer.by === 'tests' ? noSeeds : healthyLimits(killer.by);
      const kill = await hunt(workshop, killer, limits);
      if (kill !== undefined) throw new Error(`the code as it is does not pass: ${kill.check}`);
    }
  } finally {
    workshop.close();
  }
}

function knownOf(mutants: readonly Mutant[], known: KnownSeeds): number[] {
  return mutants.flatMap(({ id }) => known[id] ?? []);
}

/** Each simulator once, and all the tests in one. */
function killersOf(mutants: readonly Mutant[]): Killer[] {
  const killers = mutants.map(({ killer }) => killer);
  const files = new Set(killers.flatMap((killer) => (killer.by === 'tests' ? killer.files : [])));
  const bySimulator = new Map(killers.flatMap((killer) => (killer.by === 'tests' ? [] : [[killer.by, killer]])));
  return [...bySimulator.values(), ...(files.size === 0 ? [] : [{ by: 'tests', files: [...files] } as const])];
}
