import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodePayloadHeader,
  encodePayload,
  endSilentSessionsPayload,
  isWellFormed,
  openSessionPayload,
  payloadHeaderBytes,
  payloadKindOf,
} from './payload.ts';

const safe = fc.maxSafeNat();

test('what is encoded is decoded, the command behind it', () => {
  fc.assert(
    fc.property(safe, safe, safe, fc.uint8Array(), (session, sequence, acknowledgedBelow, command) => {
      const payload = encodePayload({ session, sequence, acknowledgedBelow }, command);
      expect(decodePayloadHeader(payload)).toEqual({ session, sequence, acknowledgedBelow });
      expect(payload.subarray(payloadHeaderBytes)).toEqual(Buffer.from(command));
    }),
  );
});

test('a payload is well-formed exactly if it has a header of three numbers below 2^53 and asks for what anybody may', () => {
  const edge = fc.constantFrom(0n, 1n, 2n, 3n, 256n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n);
  const word = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), edge);
  fc.assert(
    fc.property(word, word, word, fc.nat(40), (session, sequence, acknowledgedBelow, length) => {
      const payload = Buffer.alloc(64);
      for (const [i, value] of [session, sequence, acknowledgedBelow].entries()) payload.writeBigUInt64LE(value, i * 8);
      const isSafe = [session, sequence, acknowledgedBelow].every((value) => value < 2n ** 53n);
      const isCommand = session !== 0n || sequence === 0n;
      const isOpening = session === 0n && sequence === 1n && acknowledgedBelow === 0n && length === payloadHeaderBytes;
      const isExpected = isSafe && length >= payloadHeaderBytes && (isCommand || isOpening);
      expect(isWellFormed(payload.subarray(0, length))).toBe(isExpected);
    }),
    { numRuns: 2000 },
  );
});

test('without a session, the sequence tells what an entry asks for', () => {
  const kindOf = (session: number, sequence: number) => payloadKindOf({ session, sequence, acknowledgedBelow: 0 });
  expect([0, 1, 2, 3, 2 ** 32].map((sequence) => kindOf(0, sequence))).toEqual([
    'command',
    'openSession',
    'endSilentSessions',
    'unknown',
    'unknown',
  ]);
  expect([0, 1, 2, 3].map((sequence) => kindOf(7, sequence))).toEqual(Array(4).fill('command'));
});

test('anybody may open a session, only the leader ends them', () => {
  expect(payloadKindOf(decodePayloadHeader(openSessionPayload()))).toBe('openSession');
  expect(isWellFormed(openSessionPayload())).toBe(true);
  const ending = endSilentSessionsPayload(2 ** 40);
  expect(decodePayloadHeader(ending)).toEqual({ session: 0, sequence: 2, acknowledgedBelow: 2 ** 40 });
  expect(payloadKindOf(decodePayloadHeader(ending))).toBe('endSilentSessions');
  expect(isWellFormed(ending)).toBe(false);
});
