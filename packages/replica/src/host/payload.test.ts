import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodePayloadHeader,
  encodePayload,
  isWellFormed,
  openSessionPayload,
  opensSession,
  payloadHeaderBytes,
} from './payload.ts';

const safe = fc.maxSafeNat();

test('what is encoded is decoded, the command behind it', () => {
  fc.assert(
    fc.property(safe, safe, safe, fc.uint8Array(), (session, sequence, acknowledgedBelow, command) => {
      const payload = encodePayload({ session, sequence, acknowledgedBelow }, command);
      expect(isWellFormed(payload)).toBe(true);
      expect(decodePayloadHeader(payload)).toEqual({ session, sequence, acknowledgedBelow });
      expect(payload.subarray(payloadHeaderBytes)).toEqual(Buffer.from(command));
    }),
  );
});

test('a payload is well-formed exactly if it has a header of three numbers below 2^53', () => {
  const word = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.constantFrom(2n ** 53n - 1n, 2n ** 53n));
  fc.assert(
    fc.property(word, word, word, fc.nat(40), (session, sequence, acknowledgedBelow, length) => {
      const payload = Buffer.alloc(64);
      for (const [i, value] of [session, sequence, acknowledgedBelow].entries()) payload.writeBigUInt64LE(value, i * 8);
      const isSafe = [session, sequence, acknowledgedBelow].every((value) => value < 2n ** 53n);
      expect(isWellFormed(payload)).toBe(isSafe);
      expect(isWellFormed(payload.subarray(0, length))).toBe(isSafe && length >= payloadHeaderBytes);
    }),
  );
});

test('only the payload made for it opens a session', () => {
  expect(opensSession(decodePayloadHeader(openSessionPayload()))).toBe(true);
  expect(opensSession({ session: 0, sequence: 0, acknowledgedBelow: 0 })).toBe(false);
  expect(opensSession({ session: 1, sequence: 1, acknowledgedBelow: 0 })).toBe(false);
});
