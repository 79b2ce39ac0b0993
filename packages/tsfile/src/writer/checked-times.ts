// The times of a chunk, checked and exact. Sensors of a device are mostly read together, so one series after another has the same times:
// what they take to be checked and encoded, a third of all that a flush does, is then done once.

import { isTimeAscending } from '../ascending.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { encodeTs2diff64 } from '../encodings/ts-2diff.ts';
import { argumentError } from '../errors.ts';
import { halvesOf, int64sOf, toNumber } from '../int64.ts';

/** Milliseconds, or what else the file counts in: exact as BigInt64Array, or as integers up to 2^53. */
export type Times = BigInt64Array | Float64Array;

interface EncodedPage {
  readonly to: number;
  readonly bytes: Uint8Array;
}

export class CheckedTimes {
  /** Nobody else's memory. */
  readonly values: BigInt64Array;
  readonly #areExact: boolean;
  /** By where they begin. */
  readonly #pages = new Map<number, EncodedPage>();

  /** @throws TsFileError TSFILE_ARGUMENT: there are none, or they do not ascend. */
  constructor(given: Times) {
    this.#areExact = given instanceof BigInt64Array;
    this.values = given instanceof BigInt64Array ? given.slice() : int64sOf(given);
    if (given.length === 0) throw argumentError('a chunk has no rows');
    if (!isTimeAscending(this.values)) throw argumentError('times must ascend, each once');
  }

  /** Whether these are the times of `given`. Numbers beyond 2^53 could be those of several: the kinds have to be the same, too. */
  are(given: Times): boolean {
    const isExact = given instanceof BigInt64Array;
    if (given.length !== this.values.length || isExact !== this.#areExact) return false;
    const halves = halvesOf(this.values);
    if (isExact) {
      const others = halvesOf(given);
      for (let i = 0; i < halves.length; i++) if (halves[i] !== others[i]) return false;
      return true;
    }
    for (let i = 0; i < given.length; i++) if (toNumber(halves[2 * i + 1]!, halves[2 * i]!) !== given[i]) return false;
    return true;
  }

  /** A page of them, as series by themselves have it. */
  page(from: number, to: number): Uint8Array {
    const known = this.#pages.get(from);
    if (known?.to === to) return known.bytes;
    const writer = new ByteWriter();
    encodeTs2diff64(this.values.subarray(from, to), writer);
    const bytes = writer.written();
    this.#pages.set(from, { to, bytes });
    return bytes;
  }
}
