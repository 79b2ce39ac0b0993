// Medians with their range: what several rounds on a noisy machine can honestly say.

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Of those values that are known; `null`: none is. */
export function spreadOfKnown(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : spreadOf(known);
}

/** The median of what one system's figure is, divided by another's of the same round: a noisy neighbour meets both. */
export function medianRatio<Round>(
  ours: readonly Round[],
  theirs: readonly Round[],
  figure: (round: Round) => number,
): number {
  return spreadOf(ours.map((round, i) => figure(round) / figure(theirs[i]!))).median;
}

/** The same of a figure that may be unknown; `null`: it is, in one of the rounds. */
export function medianRatioIfKnown<Round>(
  ours: readonly Round[],
  theirs: readonly Round[],
  figure: (round: Round) => number | null,
): number | null {
  const isKnown = [...ours, ...theirs].every((round) => figure(round) !== null);
  return isKnown ? medianRatio(ours, theirs, (round) => figure(round)!) : null;
}
