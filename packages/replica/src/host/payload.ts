// The payload of an entry: whose command it is, so that a command that was sent twice is applied once, and the command.
//
//   offset  size  field (little endian)
//        0     8  session; 0: none
//        8     8  sequence within the session, from 1 on; with session 0: 0 a plain command, 1 "open a session"
//       16     8  the client has the answers to all sequences below this, and will not send them again
//       24        the command

export const payloadHeaderBytes = 24;
const twoTo32 = 0x1_0000_0000;
/** Sequence that, with session 0, asks for a new session. */
const openSessionSequence = 1;

export interface PayloadHeader {
  readonly session: number;
  readonly sequence: number;
  readonly acknowledgedBelow: number;
}

export function encodePayload(header: PayloadHeader, command: Uint8Array): Buffer {
  const payload = Buffer.allocUnsafe(payloadHeaderBytes + command.length);
  writeUint64(payload, header.session, 0);
  writeUint64(payload, header.sequence, 8);
  writeUint64(payload, header.acknowledgedBelow, 16);
  payload.set(command, payloadHeaderBytes);
  return payload;
}

/** The payload that opens a session; the index at which it is applied becomes the session's id. */
export function openSessionPayload(): Buffer {
  return encodePayload({ session: 0, sequence: openSessionSequence, acknowledgedBelow: 0 }, new Uint8Array());
}

export function decodePayloadHeader(payload: Buffer): PayloadHeader {
  return {
    session: readUint64(payload, 0),
    sequence: readUint64(payload, 8),
    acknowledgedBelow: readUint64(payload, 16),
  };
}

/** Is there a whole header, with numbers that a double holds exactly? Nothing else may get into a log. */
export function isWellFormed(payload: Uint8Array): boolean {
  return payload.length >= payloadHeaderBytes && isSafe(payload, 0) && isSafe(payload, 8) && isSafe(payload, 16);
}

export function opensSession(header: PayloadHeader): boolean {
  return header.session === 0 && header.sequence === openSessionSequence;
}

/** Below 2^53: the upper eleven bits are zero. */
function isSafe(bytes: Uint8Array, offset: number): boolean {
  return bytes[offset + 7] === 0 && bytes[offset + 6]! < 0x20;
}

function writeUint64(target: Buffer, value: number, offset: number): void {
  target.writeUInt32LE(value % twoTo32, offset);
  target.writeUInt32LE(Math.floor(value / twoTo32), offset + 4);
}

function readUint64(source: Buffer, offset: number): number {
  return source.readUInt32LE(offset) + source.readUInt32LE(offset + 4) * twoTo32;
}
