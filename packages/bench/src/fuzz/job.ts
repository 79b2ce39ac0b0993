// What the fuzzer's two processes say to each other.

import type { TargetReport } from './run-target.ts';

/** For the child: its only argument, as JSON. */
export interface FuzzJob {
  /** Path of the built module that exports `fuzzTargets`. */
  readonly module: string;
  /** Names, in the order in which they are tried. */
  readonly targets: readonly string[];
  readonly seed: number;
  /** For every target: it ends with what comes first. */
  readonly inputsMax?: number | undefined;
  readonly msMax?: number | undefined;
  /** Tries only what this file holds. */
  readonly inputFile?: string | undefined;
  /** Where the child writes what it is about to try (see trial-file.ts). */
  readonly trialFile: string;
}

export interface FuzzSettings extends Omit<FuzzJob, 'trialFile'> {
  /** A process that takes no further input for so long hangs. A busy machine stands still for less than the default, 20,000. */
  readonly stallMs?: number;
}

/** From the child. */
export type FuzzMessage =
  | { readonly kind: 'finished'; readonly report: TargetReport }
  /** The last target, on the input in the trial file. */
  | { readonly kind: 'broken'; readonly what: string };
