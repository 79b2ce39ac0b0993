// The payload of an entry: whose command it is, so that a command that was sent twice is applied once, and the command.
//
//   offset  size  field (little endian)
//        0     8  session; 0: none
//        8     8  sequence within the session, from 1 on; with session 0: 0 a plain command, 1 "open a session",
//                 2 "end silent sessions"
//       16     8  the client has the answers to all sequences below this, and will not send them again; of "end silent
//                 sessions": those end whose last activity lies below this index
//       24        the command

import type { Index } from '@balsa/raft';
import { isSafeUint64, readUint64, writeUint64 } from './uint64.ts';

export const payloadHeaderBytes = 24;
const noCommand = new Uint8Array();

/** Sequences that have a meaning of their own with session 0. */
const plainSequence = 0;
const openSessionSequence = 1;
const endSilentSessionsSequence = 2;

export interface PayloadHeader {
  readonly session: number;
  readonly sequence: number;
  readonly acknowledgedBelow: number;
}

/** What an entry asks for. `unknown`: something that only a newer version knows. */
export type PayloadKind = 'command' | 'openSession' | 'endSilentSessions' | 'unknown';

export function encodePayload(header: PayloadHeader, command: Uint8Array): Buffer {
  const payload = Buffer.allocUnsafe(payloadHeaderBytes + command.length);
  writeUint64(payload, header.session, 0);
  writeUint64(payload, header.sequence, 8);
  writeUint64(payload, header.acknowledgedBelow, 16);
  payload.set(command, payloadHeaderBytes);
  return payload;
}

/** The payload that opens a session; its answer has the session's id in the place of the index. */
export function openSessionPayload(): Buffer {
  return encodePayload({ session: 0, sequence: openSessionSequence, acknowledgedBelow: 0 }, noCommand);
}

/** The payload that ends the sessions whose last activity lies below `index`. For the leader only. */
export function endSilentSessionsPayload(index: Index): Buffer {
  return encodePayload({ session: 0, sequence: endSilentSessionsSequence, acknowledgedBelow: index }, noCommand);
}

export function decodePayloadHeader(payload: Buffer): PayloadHeader {
  return {
    session: readUint64(payload, 0),
    sequence: readUint64(payload, 8),
    acknowledgedBelow: readUint64(payload, 16),
  };
}

export function payloadKindOf({ session, sequence }: PayloadHeader): PayloadKind {
  if (session !== 0 || sequence === plainSequence) return 'command';
  if (sequence === openSessionSequence) return 'openSession';
  return sequence === endSilentSessionsSequence ? 'endSilentSessions' : 'unknown';
}

/**
 * Is there a whole header, with numbers that a double holds exactly, that asks for what anybody may ask for: a command,
 * or a session? Nobody can submit anything else; sessions are ended by the leader alone.
 */
export function isWellFormed(payload: Uint8Array): boolean {
  const hasHeader = hasPayloadHeader(payload);
  if (!hasHeader || !holds(0, payload, 0)) return hasHeader;
  if (holds(plainSequence, payload, 8)) return true;
  // Whatever else an opening says would be lost without a word.
  return payload.length === payloadHeaderBytes && holds(openSessionSequence, payload, 8) && holds(0, payload, 16);
}

/** Is there a whole header, with numbers that a double holds exactly? */
export function hasPayloadHeader(payload: Uint8Array): boolean {
  return (
    payload.length >= payloadHeaderBytes &&
    isSafeUint64(payload, 0) &&
    isSafeUint64(payload, 8) &&
    isSafeUint64(payload, 16)
  );
}

/** Is this, a value below 256, the number at `offset`? */
function holds(value: number, bytes: Uint8Array, offset: number): boolean {
  if (bytes[offset] !== value) return false;
  for (let at = offset + 1; at < offset + 8; at++) if (bytes[at] !== 0) return false;
  return true;
}
