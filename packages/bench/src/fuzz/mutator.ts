// Damages inputs as disks, networks and wrong programs do. The same seed draws the same damage.

import { inputBytesMax } from '@balsa/wire/fuzz';
import type { Random } from '../chaos/random.ts';

const damagesMax = 4;
const noiseBytesMax = 256;
/** Lengths, counts and numbers at which decoders break, if they break. */
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 2 ** 53 - 1, 2 ** 53];
const twoTo32 = 0x1_0000_0000;

type Damage = (input: Buffer) => Buffer;

export class Mutator {
  readonly #random: Random;
  readonly #words: readonly string[];
  readonly #damages: readonly Damage[];

  constructor(random: Random, words: readonly string[]) {
    this.#random = random;
    this.#words = words;
    this.#damages = [
      (input) => input.subarray(0, this.#below(input.length + 1)),
      (input) => Buffer.concat([input, this.#noise()]),
      () => this.#noise(),
      (input) => this.#flip(input),
      (input) => this.#flip(input),
      (input) => this.#overwriteNumber(input),
      (input) => this.#overwriteNumber(input),
      (input) => this.#repeat(input),
      (input) => this.#remove(input),
      (input) => this.#insert(input, this.#noise()),
      ...(words.length === 0 ? [] : this.#damagesOfText()),
    ];
  }

  /** A damaged copy of one of `pool`, or a crossing of two. */
  next(pool: readonly Buffer[]): Buffer {
    let input: Buffer = Buffer.from(this.#oneOf(pool));
    if (this.#below(8) === 0) input = this.#splice(input, this.#oneOf(pool));
    // One damage mostly: the more there are, the sooner a decoder gives up.
    for (let left = 1 + this.#below(1 + this.#below(damagesMax)); left > 0; left--)
      input = this.#oneOf(this.#damages)(input);
    // A copy: a view of what lies around it would hide reading beyond the end.
    return Buffer.from(input.subarray(0, inputBytesMax));
  }

  /** More of them than of the others: a text with a flipped bit is seldom understood at all. */
  #damagesOfText(): Damage[] {
    const replace: Damage = (input) => this.#replaceToken(input);
    return [replace, replace, replace, replace, replace, (input) => this.#insert(input, this.#word())];
  }

  /** Puts a word, another token of the same text, or a number in the place of a number, a name or a quoted text. */
  #replaceToken(input: Buffer): Buffer {
    const tokens = [...input.toString('latin1').matchAll(/"[^"]*"|[\w.-]+/g)];
    if (tokens.length === 0) return input;
    const { index, 0: token } = this.#oneOf(tokens);
    const other = this.#oneOf([
      this.#word(),
      Buffer.from(this.#oneOf(tokens)[0], 'latin1'),
      Buffer.from(`${this.#oneOf(['', '-'])}${this.#oneOf(edges)}`),
    ]);
    return Buffer.concat([input.subarray(0, index), other, input.subarray(index + token.length)]);
  }

  #flip(input: Buffer): Buffer {
    for (let left = this.#below(8) + 1; left > 0 && input.length > 0; left--) {
      const at = this.#below(input.length);
      input[at] = (input[at] ?? 0) ^ (1 << this.#below(8));
    }
    return input;
  }

  /** Little endian, of 1, 2, 4 or 8 bytes: an edge, or what is near the number of bytes there are. */
  #overwriteNumber(input: Buffer): Buffer {
    const width = 1 << this.#below(4);
    if (input.length < width) return input;
    const at = this.#below(input.length - width + 1);
    const nearLength = Math.max(0, input.length - this.#below(at + 2) + this.#below(3) - 1);
    const value = this.#below(3) === 0 ? nearLength : this.#oneOf(edges);
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32LE(value % twoTo32, 0);
    bytes.writeUInt32LE(Math.floor(value / twoTo32), 4);
    bytes.copy(input, at, 0, width);
    return input;
  }

  #repeat(input: Buffer): Buffer {
    const [from, to] = this.#part(input);
    const part = input.subarray(from, to);
    const times = 2 ** this.#below(12);
    const room = Math.floor((inputBytesMax - input.length) / Math.max(1, part.length));
    const copies = Buffer.alloc(Math.max(0, Math.min(times, room)) * part.length, part);
    return Buffer.concat([input.subarray(0, to), copies, input.subarray(to)]);
  }

  #remove(input: Buffer): Buffer {
    const [from, to] = this.#part(input);
    return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  }

  #insert(input: Buffer, piece: Buffer): Buffer {
    const at = this.#below(input.length + 1);
    return Buffer.concat([input.subarray(0, at), piece, input.subarray(at)]);
  }

  #splice(head: Buffer, tail: Buffer): Buffer {
    const cut = this.#below(head.length + 1);
    return Buffer.concat([head.subarray(0, cut), tail.subarray(Math.min(cut, this.#below(tail.length + 1)))]);
  }

  #part(input: Buffer): [from: number, to: number] {
    const from = this.#below(input.length + 1);
    return [from, from + this.#below(Math.min(input.length - from, noiseBytesMax) + 1)];
  }

  #noise(): Buffer {
    return Buffer.from(Array.from({ length: 1 + this.#below(noiseBytesMax) }, () => this.#below(256)));
  }

  #word(): Buffer {
    return Buffer.from(this.#oneOf(this.#words));
  }

  #oneOf<T>(values: readonly T[]): T {
    const value = values[this.#below(values.length)];
    if (value === undefined) throw new RangeError('there is nothing to draw from');
    return value;
  }

  /** 0 to `bound - 1`. */
  #below(bound: number): number {
    return this.#random.between(0, bound - 1);
  }
}
