// What a fuzzer needs to know about a decoder of bytes that a disk or a network brings. Every room describes its own
// decoders, as `@balsa/<room>/fuzz`: so a fuzzer reaches all of them, and none is made public for its sake.

/** Inputs grow no further: every decoder has its say within this, and trying one stays cheap. */
export const inputBytesMax: number = 64 * 1024;

export interface FuzzTarget {
  /** `<room>/<what is decoded>`. */
  readonly name: string;
  /** Inputs that are accepted, of at most `inputBytesMax`; not empty. */
  readonly corpus: readonly Buffer[];
  /** Inputs that have once broken a promise: always tried, whether accepted or refused. */
  readonly found?: readonly Buffer[];
  /** Pieces of the format that chance would hardly find. */
  readonly words?: readonly string[];
  /** What one input may take at most, garbage included, where the format's limits allow more than a multiple of it. */
  readonly memoryBytesMax?: number;
  /** Corrects the checksums of damaged bytes in place, so that the damage gets past them. */
  readonly reseal?: (bytes: Buffer) => void;
  /** Why the input is refused; `undefined` if it is accepted. Throws, or rejects, if the decoder breaks a promise. */
  probe(input: Buffer): Refusal | Promise<Refusal>;
  /** Ends what probing has started. */
  close?(): Promise<void>;
}

/** In words, for people and to tell refusals apart. */
export type Refusal = string | undefined;

/** A promise that a decoder breaks. */
export class FuzzFinding extends Error {
  override readonly name = 'FuzzFinding';
}

/** What a person can still read in a log, and what a node may repeat of a stranger's bytes. */
const messageCharsMax = 8192;

/**
 * The words of a refusal. Throws FuzzFinding unless `error` is a refusal: an error of a class with codes, with a message of bearable length.
 * @param refusals the error classes that the decoder documents.
 */
export function expectRefusal(error: unknown, refusals: readonly (new (...args: never[]) => Error)[]): string {
  if (error instanceof FuzzFinding) throw error;
  if (!(error instanceof Error) || !refusals.some((refusal) => error instanceof refusal)) {
    throw new FuzzFinding(`an error without a code escaped: ${String(error)}`, { cause: error });
  }
  if (error.message.length > messageCharsMax) {
    throw new FuzzFinding(`a refusal has ${error.message.length} characters: ${error.message.slice(0, 200)}`);
  }
  return error.message;
}

export interface DecoderSpec<Value> extends Omit<FuzzTarget, 'probe'> {
  readonly refusals: readonly (new (...args: never[]) => Error)[];
  decode(input: Buffer): Value;
  /** Every value that is accepted can be encoded, and its bytes are accepted and encoded again as they are. */
  encode?(value: Value): Buffer;
  /** No two byte strings decode to the same value: encoding gives back the input. */
  readonly isCanonical?: boolean;
}

/** A target from a pair of functions. Beside the encoding it checks that decoding leaves the input as it was. */
export function decoderTarget<Value>(spec: DecoderSpec<Value>): FuzzTarget {
  const { refusals, decode, encode, isCanonical, ...target } = spec;
  const probe = (input: Buffer): Refusal => {
    const before = Buffer.from(input);
    let value: Value;
    try {
      value = decode(input);
    } catch (error) {
      return expectRefusal(error, refusals);
    }
    if (!before.equals(input)) throw new FuzzFinding('the decoder changed its input');
    if (encode !== undefined) checkEncoding(spec, before, encode(value));
    return undefined;
  };
  return { ...target, probe };
}

function checkEncoding<Value>(spec: DecoderSpec<Value>, input: Buffer, encoded: Buffer): void {
  if (spec.isCanonical && !encoded.equals(input)) {
    throw new FuzzFinding(`what was accepted is encoded otherwise: ${preview(encoded)}`);
  }
  const again = spec.encode?.(spec.decode(Buffer.from(encoded)));
  if (again !== undefined && !again.equals(encoded)) {
    throw new FuzzFinding(`decoding and encoding ${preview(encoded)} gives ${preview(again)}`);
  }
}

function preview(bytes: Buffer): string {
  return `${bytes.toString('hex', 0, 64)}${bytes.length > 64 ? `… (${bytes.length} bytes)` : ''}`;
}
