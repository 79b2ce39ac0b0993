// The code as mathematics: fragments of equal length, k of which are the data themselves; m more are made of them, and
// any k give back all others. How a batch becomes fragments that can travel: batch-fragments.ts.

import { type CodeCounts, describeCode, fragmentsMax, isCode } from './code-counts.ts';
import { defaultKernel } from './default-kernel.ts';
import { CodesError } from './errors.ts';
import { generatorMatrix } from './generator-matrix.ts';
import type { Kernel } from './kernel.ts';
import { invertMatrix, type Matrix, multiplyMatrices, selectRows } from './matrix.ts';
import { RecentMatrices } from './recent-matrices.ts';

/** Enough for two hundred patterns of what is missing, where there are nine fragments. */
const recentBytesMax = 65_536;

export interface ErasureCodeOptions extends CodeCounts {
  /** Default: the fastest that this engine can run. */
  readonly kernel?: Kernel;
}

export interface NumberedBytes {
  /** Data fragments are 0 up to k - 1, parity fragments k up to k + m - 1. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * A systematic Reed-Solomon code over GF(2^8).
 *
 * ```ts
 * const code = new ErasureCode({ dataCount: 2, parityCount: 1 });
 * const [first, second, parity] = [Uint8Array.of(1, 2), Uint8Array.of(3, 4), new Uint8Array(2)] as const;
 * code.encode([first, second], [parity]);
 * const again = new Uint8Array(2);
 * code.rebuild([{ number: 1, bytes: second }, { number: 2, bytes: parity }], [{ number: 0, bytes: again }]);
 * ```
 */
export class ErasureCode implements CodeCounts {
  readonly dataCount: number;
  readonly parityCount: number;
  readonly kernel: Kernel;
  readonly #generator: Matrix;
  readonly #parity: Matrix;
  readonly #recent = new RecentMatrices(recentBytesMax);

  /** @throws CodesError CODE_INVALID. */
  constructor({ dataCount, parityCount, kernel = defaultKernel() }: ErasureCodeOptions) {
    this.dataCount = dataCount;
    this.parityCount = parityCount;
    this.kernel = kernel;
    if (!isCode(this)) {
      throw new CodesError(
        'CODE_INVALID',
        `${describeCode(this)} cannot be: there is at least one of each, and there are ${fragmentsMax} at most`,
      );
    }
    this.#generator = generatorMatrix(this);
    this.#parity = selectRows(this.#generator, range(dataCount, dataCount + parityCount));
  }

  /** k + m. */
  get fragmentCount(): number {
    return this.dataCount + this.parityCount;
  }

  /**
   * Makes all parity fragments.
   * @param data all k data fragments, of equal length.
   * @param parity where the m parity fragments go; of the same length, sharing no memory with the data or each other.
   * @throws CodesError FRAGMENTS_TOO_FEW, FRAGMENTS_MISMATCHED.
   */
  encode(data: readonly Uint8Array[], parity: readonly Uint8Array[]): void {
    this.#checkEnough(data.length);
    if (data.length !== this.dataCount || parity.length !== this.parityCount) {
      throw mismatch(
        `${data.length} data and ${parity.length} parity fragments are not those of ${describeCode(this)}`,
      );
    }
    checkLengths([...data, ...parity]);
    this.kernel.combine(this.#parity.values, data, parity);
  }

  /**
   * Makes fragments, data or parity, of others.
   * @param present at least k fragments in any order, of equal length. Data fragments are preferred to parity.
   * @param missing where others go; of the same length, sharing no memory with those present or each other.
   * @throws CodesError FRAGMENTS_TOO_FEW; FRAGMENTS_MISMATCHED if a number is none of this code's or stands twice, or if
   *   lengths differ.
   */
  rebuild(present: readonly NumberedBytes[], missing: readonly NumberedBytes[]): void {
    const all = [...present, ...missing];
    this.#checkNumbers(all.map(({ number }) => number));
    this.#checkEnough(present.length);
    checkLengths(all.map(({ bytes }) => bytes));
    if (missing.length === 0) return;
    const chosen = [...present].sort((a, b) => a.number - b.number).slice(0, this.dataCount);
    const { values } = this.#matrix(chosen.map(numberOf), missing.map(numberOf));
    this.kernel.combine(values, chosen.map(bytesOf), missing.map(bytesOf));
  }

  /** What `missing` are of `present`: the latter give the data, and these give the former. */
  #matrix(present: readonly number[], missing: readonly number[]): Matrix {
    return this.#recent.get(`${present} > ${missing}`, () => {
      const toData = invertMatrix(selectRows(this.#generator, present));
      if (toData === undefined) throw new Error(`fragments ${present} of ${describeCode(this)} do not give the data`);
      return multiplyMatrices(selectRows(this.#generator, missing), toData);
    });
  }

  #checkEnough(count: number): void {
    if (count >= this.dataCount) return;
    throw new CodesError(
      'FRAGMENTS_TOO_FEW',
      `${count} fragments are there where ${describeCode(this)} needs ${this.dataCount}`,
    );
  }

  #checkNumbers(numbers: readonly number[]): void {
    const foreign = numbers.find((number) => !Number.isInteger(number) || number < 0 || number >= this.fragmentCount);
    if (foreign !== undefined) throw mismatch(`${describeCode(this)} has no fragment ${foreign}`);
    if (new Set(numbers).size !== numbers.length) throw mismatch(`fragments ${numbers}: one stands twice`);
  }
}

function checkLengths(fragments: readonly Uint8Array[]): void {
  const length = fragments[0]?.length;
  const other = fragments.find((fragment) => fragment.length !== length);
  if (other !== undefined) throw mismatch(`one fragment has ${length} bytes, another ${other.length}`);
}

function mismatch(message: string): CodesError {
  return new CodesError('FRAGMENTS_MISMATCHED', message);
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

function numberOf({ number }: NumberedBytes): number {
  return number;
}

function bytesOf({ bytes }: NumberedBytes): Uint8Array {
  return bytes;
}
