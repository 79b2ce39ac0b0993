// The session table as it stands in a snapshot. Tables with the same content have the same bytes.
//
//   offset  size  field (little endian)
//        0     4  format version, 1
//        4     4  number of sessions
//        8    40  the limits under which the table came about, 8 bytes each: sessionsMax, resultsPerSessionMax,
//                 sessionResultBytesMax, sessionsBytesMax, resultBytesMax
//       48        the sessions, the one that was silent longest first; of each:
//                   8  session
//                   8  index of its last activity
//                   8  the client has the answers to all sequences below this
//                   4  number of answers
//                      the answers, by ascending sequence; of each:
//                        8  sequence
//                        4  length of the result; 2^32 - 1: it was too large
//                           the result
//
// It says itself where it ends, so that something else may stand behind it.

import { ReplicaError } from '../errors.ts';
import { AnswerCopies } from './answer-copies.ts';
import { type Answer, openedAt, type SessionRecord } from './session.ts';
import { answerBytes, pickSessionLimits, type SessionLimits, sessionBytes, sessionBytesMax } from './session-limits.ts';
import { isSafeUint64, readUint64, writeUint64 } from './uint64.ts';

const formatVersion = 1;
const headerBytes = 48;
const sessionHeaderBytes = 28;
const answerHeaderBytes = 12;
/** In place of a length. */
const lengthOfTooLarge = 0xffff_ffff;
/** Chunks are about this large, so that many small sessions are no work for whoever writes them. */
const chunkBytes = 64 * 1024;
const noBytes = Buffer.alloc(0);
const tooLarge: Answer = { kind: 'tooLarge' };

/** `sessions`: most silent first. */
export function* encodeSessions(limits: SessionLimits, sessions: readonly SessionRecord[]): Generator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for (const piece of piecesOf(limits, sessions)) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes < chunkBytes) continue;
    yield Buffer.concat(pieces, bytes);
    pieces = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(pieces, bytes);
}

/** @throws ReplicaError as `SessionsDecoder`, and if the table does not end where the bytes do. */
export function decodeSessions(limits: SessionLimits, bytes: Uint8Array): readonly SessionRecord[] {
  const decoder = new SessionsDecoder(limits);
  const rest = decoder.push(bytes);
  if (rest !== undefined && rest.length > 0)
    throw damagedSessions(`${rest.length} bytes stand behind the last session`);
  return decoder.finish();
}

/**
 * Takes an encoded table in pieces of any size. Whatever they claim, no more memory is taken than the limits allow.
 * Throws ReplicaError SNAPSHOT_DAMAGED; RECORD_UNKNOWN if another version wrote it; SESSION_LIMITS_DIFFER.
 */
export class SessionsDecoder {
  readonly #parser: Parser;
  #sessions: readonly SessionRecord[] | undefined;
  /** How many bytes the parser asks for. */
  #wanted = 0;
  /** Those of them that came in earlier pieces, and room for the rest. */
  #held: Buffer = noBytes;
  #heldBytes = 0;

  constructor(limits: SessionLimits) {
    this.#parser = parse(limits);
    this.#note(this.#parser.next());
  }

  /** `undefined` while the table goes on in the next piece; then what of this piece stands behind it. */
  push(piece: Uint8Array): Uint8Array | undefined {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    let at = 0;
    while (this.#sessions === undefined) {
      const part = bytes.subarray(at, at + this.#wanted - this.#heldBytes);
      at += part.length;
      const isAll = this.#heldBytes + part.length === this.#wanted;
      if (!isAll || this.#heldBytes > 0) this.#hold(part);
      if (!isAll) return undefined;
      const whole = this.#heldBytes > 0 ? this.#held : part;
      this.#heldBytes = 0;
      this.#note(this.#parser.next(whole));
    }
    return bytes.subarray(at);
  }

  /** The sessions, most silent first, once no more pieces come. */
  finish(): readonly SessionRecord[] {
    if (this.#sessions === undefined) throw damagedSessions('it ends before its last session does');
    return this.#sessions;
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return;
    if (this.#heldBytes === 0) this.#held = Buffer.allocUnsafeSlow(this.#wanted);
    this.#held.set(part, this.#heldBytes);
    this.#heldBytes += part.length;
  }

  #note(step: IteratorResult<number, readonly SessionRecord[]>): void {
    if (step.done) this.#sessions = step.value;
    else this.#wanted = step.value;
  }
}

/** Yields how many bytes it needs, and is given exactly these; they are valid until it asks for more. */
type Parser = Generator<number, readonly SessionRecord[], Buffer>;

function* parse(limits: SessionLimits): Parser {
  const header = yield headerBytes;
  const version = header.readUInt32LE(0);
  if (version !== formatVersion) {
    throw new ReplicaError('RECORD_UNKNOWN', `a session table of version ${version} is not known here`);
  }
  checkLimits(header, limits);
  const count = header.readUInt32LE(4);
  if (count > limits.sessionsMax) throw damagedSessions(`it has ${count} sessions`);
  const sessions: SessionRecord[] = [];
  const ids = new Set<number>();
  const copies = new AnswerCopies();
  let bytesLeft = limits.sessionsBytesMax;
  let activeBefore = 0;
  while (sessions.length < count) {
    const { session, bytes } = yield* parseSession(limits, bytesLeft, copies);
    const { id, lastActiveIndex } = session;
    if (lastActiveIndex <= activeBefore) throw damagedSessions(`session ${id} is out of order`);
    if (ids.has(id)) throw damagedSessions(`session ${id} is there twice`);
    ids.add(id);
    activeBefore = lastActiveIndex;
    bytesLeft -= bytes;
    sessions.push(session);
  }
  return sessions;
}

/** `bytesLeft`: what this session may count for. */
function* parseSession(
  limits: SessionLimits,
  bytesLeft: number,
  copies: AnswerCopies,
): Generator<number, { session: SessionRecord; bytes: number }, Buffer> {
  const header = yield sessionHeaderBytes;
  const id = readExact(header, 0);
  const lastActiveIndex = readExact(header, 8);
  const acknowledgedBelow = readExact(header, 16);
  const answerCount = header.readUInt32LE(24);
  if (id === 0 || lastActiveIndex < openedAt(id) || acknowledgedBelow === 0)
    throw damagedSessions(`session ${id} contradicts itself`);
  if (answerCount > limits.resultsPerSessionMax) throw damagedSessions(`session ${id} has ${answerCount} answers`);
  const answers = new Map<number, Answer>();
  const bytesMax = Math.min(bytesLeft, sessionBytesMax(limits));
  let bytes = 0;
  const count = (more: number): void => {
    bytes += more;
    if (bytes > bytesMax) throw damagedSessions(`session ${id} is over a limit in bytes`);
  };
  count(sessionBytes);
  let sequenceMin = acknowledgedBelow;
  while (answers.size < answerCount) {
    const answerHeader = yield answerHeaderBytes;
    const sequence = readExact(answerHeader, 0);
    const length = answerHeader.readUInt32LE(8);
    if (sequence < sequenceMin) throw damagedSessions(`an answer of session ${id} is out of order`);
    sequenceMin = sequence + 1;
    if (length === lengthOfTooLarge) {
      count(answerBytes);
      answers.set(sequence, tooLarge);
    } else {
      if (length > limits.resultBytesMax) throw damagedSessions(`a result has ${length} bytes`);
      count(answerBytes + length);
      answers.set(sequence, copies.of(yield length));
    }
  }
  return { session: { id, lastActiveIndex, acknowledgedBelow, answers }, bytes };
}

function* piecesOf(limits: SessionLimits, sessions: readonly SessionRecord[]): Generator<Uint8Array> {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32LE(formatVersion, 0);
  header.writeUInt32LE(sessions.length, 4);
  for (const [i, value] of Object.values(pickSessionLimits(limits)).entries()) writeUint64(header, value, 8 + 8 * i);
  yield header;
  for (const { id, lastActiveIndex, acknowledgedBelow, answers } of sessions) {
    const sessionHeader = Buffer.allocUnsafe(sessionHeaderBytes);
    writeUint64(sessionHeader, id, 0);
    writeUint64(sessionHeader, lastActiveIndex, 8);
    writeUint64(sessionHeader, acknowledgedBelow, 16);
    sessionHeader.writeUInt32LE(answers.size, 24);
    yield sessionHeader;
    for (const sequence of [...answers.keys()].sort((a, b) => a - b))
      yield* piecesOfAnswer(sequence, answers.get(sequence)!);
  }
}

function* piecesOfAnswer(sequence: number, answer: Answer): Generator<Uint8Array> {
  const header = Buffer.allocUnsafe(answerHeaderBytes);
  writeUint64(header, sequence, 0);
  header.writeUInt32LE(answer.kind === 'tooLarge' ? lengthOfTooLarge : answer.result.length, 8);
  yield header;
  if (answer.kind === 'result') yield answer.result;
}

/** Under other limits, what is applied next would make something else of the table than on the node that wrote it. */
function checkLimits(header: Buffer, limits: SessionLimits): void {
  for (const [i, [name, here]] of Object.entries(pickSessionLimits(limits)).entries()) {
    const there = readExact(header, 8 + 8 * i);
    if (there === here) continue;
    throw new ReplicaError(
      'SESSION_LIMITS_DIFFER',
      `${name} is ${here} here, and was ${there} where the snapshot was made`,
    );
  }
}

function readExact(bytes: Buffer, offset: number): number {
  if (!isSafeUint64(bytes, offset)) throw damagedSessions('a number is over 2^53');
  return readUint64(bytes, offset);
}

export function damagedSessions(how: string): ReplicaError {
  return new ReplicaError('SNAPSHOT_DAMAGED', `the session table of a snapshot is damaged: ${how}`);
}
