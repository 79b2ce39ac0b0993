// What stands in the museum: a bug that some engine really had, as a small change of our own code.

import type { LevelName } from '../level.ts';

export interface Mutant {
  /** kebab-case, unique. */
  readonly id: string;
  /** What the mutated code does. */
  readonly title: string;
  /** Where the bug was met: S and L numbers are those of our list of the original's safety and liveness defects. */
  readonly seen: string;
  /** Why that is wrong. */
  readonly why: string;
  readonly patches: readonly Patch[];
  readonly killer: Killer;
}

/** Replaces one text, which must occur exactly once, in one file. */
export interface Patch {
  /** From the root of the workspace. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** Who is expected to notice. */
export type Killer =
  | {
      /** The simulation of this level. */
      readonly by: LevelName;
      /** The oracle, or an assertion of the code itself; another seed may meet another one first. */
      readonly check: string;
    }
  /** Nothing that a simulator does shows it, often because a second line of defence holds. */
  | { readonly by: 'tests'; readonly files: readonly string[] };

/** Throws if the code has moved on and the patch no longer fits: a mutant that changes nothing would rot in silence. */
export function applyPatch(text: string, { file, find, replace }: Patch): string {
  const places = text.split(find).length - 1;
  if (places !== 1) {
    throw new Error(
      `${file} has ${places} places that read ${JSON.stringify(find)}, not one: bring the mutant up to date`,
    );
  }
  return text.replace(find, () => replace);
}
