// What a state machine of Balsa's answers to a command: `u16 status | UTF-8 message, possibly empty`.

import { isUtf8 } from 'node:buffer';
import { WireError } from './errors.ts';
import { messageBytesMax } from './limits.ts';
import { StatusCode } from './status.ts';

export interface CommandResult {
  readonly status: number;
  readonly message: string;
}

/** The answer of nearly every command, built once. Nobody may write to it. */
export const successResult: Buffer = encodeCommandResult(StatusCode.SUCCESS);

/** Messages over `messageBytesMax` are cut. */
export function encodeCommandResult(status: StatusCode, message = ''): Buffer {
  const text = cutText(message, messageBytesMax);
  const bytes = Buffer.allocUnsafe(2 + Buffer.byteLength(text));
  bytes.writeUInt16LE(status, 0);
  bytes.write(text, 2, 'utf8');
  return bytes;
}

/** @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED. */
export function decodeCommandResult(bytes: Buffer, start = 0, end: number = bytes.length): CommandResult {
  if (end - start < 2) throw new WireError('BYTES_TRUNCATED', 'a command result has no status');
  const status = bytes.readUInt16LE(start);
  if (end - start === 2) return { status, message: '' };
  if (!isUtf8(bytes.subarray(start + 2, end))) throw new WireError('BYTES_MALFORMED', 'a message is not UTF-8');
  return { status, message: bytes.toString('utf8', start + 2, end) };
}

/** The longest prefix of whole characters that fits. */
export function cutText(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
