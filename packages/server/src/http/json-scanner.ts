// JSON read from its bytes, where lists of numbers are most of it: they go into an array of doubles at once, without a text, a list and an object
// for each that does not fit into 31 bits. It knows only what is usual; whoever is told "no" asks JSON.parse, which knows everything.

import { rowsMax } from '@balsa/wire';
import { decimalsMax, longDecimal, powersOfTen } from './long-decimal.ts';

const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const openList = 0x5b;
const backslash = 0x5c;
const closeList = 0x5d;
const closeMap = 0x7d;

/** A whole number of so many digits is a double, and so is the power of ten that it is divided by: the quotient is rounded once, as it should be. */
const digitsMax = 15;

/** Where numbers are put until it is known how many there are. Kept, since it is wanted again at once. */
let memory = new Float64Array(1024);

export class JsonScanner {
  readonly #bytes: Buffer;
  #at = 0;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** `undefined`: this is no object that ends with its last byte. That byte stops all loops here, which so need not look for the end. */
  static ofMap(bytes: Buffer): JsonScanner | undefined {
    return bytes.length > 0 && bytes[bytes.length - 1] === closeMap ? new JsonScanner(bytes) : undefined;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Whether so many values may be left: each takes two characters at least. */
  mayHave(values: number): boolean {
    return 2 * values <= this.#bytes.length - this.#at;
  }

  /** Takes this character, if it is the next. */
  takes(character: '{' | '}' | '[' | ']' | ':' | ','): boolean {
    this.#skipSpace();
    if (this.#bytes[this.#at] !== character.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  /** `true`, `false` or `null`, if that is next. */
  word<Word extends string>(...words: readonly Word[]): Word | undefined {
    this.#skipSpace();
    const found = words.find((word) => this.#bytes.toString('latin1', this.#at, this.#at + word.length) === word);
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** A text in which nothing is escaped. */
  text(): string | undefined {
    this.#skipSpace();
    const bytes = this.#bytes;
    const start = this.#at + 1;
    if (bytes[this.#at] !== quote) return undefined;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === quote) {
        this.#at = at + 1;
        return bytes.toString('utf8', start, at);
      }
      if (byte === backslash || byte < space) return undefined;
    }
    return undefined;
  }

  /** A list of such texts. */
  texts(): string[] | undefined {
    const texts: string[] = [];
    if (!this.takes('[')) return undefined;
    do {
      const text = this.text();
      if (text === undefined) return undefined;
      texts.push(text);
    } while (this.takes(','));
    return this.takes(']') ? texts : undefined;
  }

  /** A list of numbers of up to 19 digits without exponents; valid until the next is read. */
  numbers(): Float64Array | undefined {
    this.#skipSpace();
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at]!;
    let count = 0;
    if (byte !== openList) return undefined;
    do {
      do byte = bytes[++at]!;
      while (isSpace(byte));
      const isNegative = byte === minus;
      if (isNegative) byte = bytes[++at]!;
      if (byte < zero || byte > nine) return undefined;
      const start = at;
      let whole = byte - zero;
      byte = bytes[++at]!;
      // Nothing but a point may follow a zero.
      if (whole !== 0) {
        for (; byte >= zero && byte <= nine; byte = bytes[++at]!) whole = 10 * whole + (byte - zero);
      }
      let digits = at - start;
      let decimals = 0;
      if (byte === point) {
        byte = bytes[++at]!;
        for (; byte >= zero && byte <= nine; byte = bytes[++at]!, decimals++) whole = 10 * whole + (byte - zero);
        if (decimals === 0) return undefined;
        digits += decimals;
      }
      const size = digits <= digitsMax ? whole / powersOfTen[decimals]! : this.#long(start, at, decimals);
      if (Number.isNaN(size)) return undefined;
      while (isSpace(byte)) byte = bytes[++at]!;
      if (count === memory.length && !growMemory()) return undefined;
      memory[count++] = isNegative ? -size : size;
    } while (byte === comma);
    if (byte !== closeList) return undefined;
    this.#at = at + 1;
    return memory.subarray(0, count);
  }

  /** The number of many digits that stands in `[start, end)`; NaN: it is not known exactly. */
  #long(start: number, end: number, decimals: number): number {
    let high = 0;
    let low = 0;
    let digits = 0;
    for (let at = start; at < end; at++) {
      const digit = this.#bytes[at]! - zero;
      // Zeros at the beginning say nothing, and the point was counted.
      if (digit < 0 || (digit === 0 && digits === 0)) continue;
      digits++;
      if (digits <= 10) high = 10 * high + digit;
      else low = 10 * low + digit;
    }
    if (digits > 19 || decimals > decimalsMax) return Number.NaN;
    return longDecimal(high, low, Math.max(0, digits - 10), decimals);
  }

  /** The JSON of a list without lists and objects in it. Whether it is JSON, JSON.parse will tell. */
  list(): string | undefined {
    this.#skipSpace();
    const start = this.#at;
    if (this.#bytes[start] !== openList) return undefined;
    const end = this.#endOfList(start + 1);
    if (end === undefined) return undefined;
    this.#at = end;
    return this.#bytes.toString('utf8', start, end);
  }

  /** Behind the first bracket that closes a list, and does not stand in a text. */
  #endOfList(start: number): number | undefined {
    const bytes = this.#bytes;
    const close = bytes.indexOf(closeList, start);
    if (close < 0) return undefined;
    const text = bytes.subarray(start, close).indexOf(quote);
    if (text < 0) return close + 1;
    for (let at = start + text, isText = false; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === quote) isText = !isText;
      else if (isText) at += byte === backslash ? 1 : 0;
      else if (byte === closeList) return at + 1;
    }
    return undefined;
  }

  #skipSpace(): void {
    while (isSpace(this.#bytes[this.#at]!)) this.#at++;
  }
}

function isSpace(byte: number): boolean {
  return byte <= space && (byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** False: there are more than a tablet may have. */
function growMemory(): boolean {
  if (memory.length >= rowsMax) return false;
  const larger = new Float64Array(2 * memory.length);
  larger.set(memory);
  memory = larger;
  return true;
}
