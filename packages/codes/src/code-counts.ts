// How many fragments a code has.

/** Of all fragments together: each needs an element of the field, and their count fits into a byte. */
export const fragmentsMax = 255;

export interface CodeCounts {
  /** k: fragments that the data are cut into, and that are needed to get them back. At least 1. */
  readonly dataCount: number;
  /** m: fragments beyond those, and so how many may be lost. At least 1; k + m is at most 255. */
  readonly parityCount: number;
}

/** Whether there is a code of so many fragments. */
export function isCode({ dataCount, parityCount }: CodeCounts): boolean {
  return isCount(dataCount) && isCount(parityCount) && dataCount + parityCount <= fragmentsMax;
}

/** For messages. */
export function describeCode({ dataCount, parityCount }: CodeCounts): string {
  return `a code of ${dataCount} data and ${parityCount} parity fragments`;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
