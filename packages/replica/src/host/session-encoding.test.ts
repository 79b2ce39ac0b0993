import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplicaError } from '../errors.ts';
import { defaultLimits } from './host-options.ts';
import type { Answer, SessionRecord } from './session.ts';
import { decodeSessions, encodeSessions, SessionsDecoder } from './session-encoding.ts';
import type { SessionLimits } from './session-limits.ts';
import { SessionTable } from './session-table.ts';

const limits: SessionLimits = {
  sessionsMax: 3,
  resultsPerSessionMax: 4,
  sessionResultBytesMax: 2000,
  sessionsBytesMax: 5000,
  resultBytesMax: 1000,
};

function record(id: number, lastActiveIndex: number, answers: readonly (readonly [number, Answer])[]): SessionRecord {
  return { id, lastActiveIndex, acknowledgedBelow: 3, answers: new Map(answers) };
}

function result(text: string): Answer {
  return { kind: 'result', result: new Uint8Array(Buffer.from(text)) };
}

function encoded(sessions: readonly SessionRecord[]): Buffer {
  return Buffer.concat([...encodeSessions(limits, sessions)]);
}

/** The code of the refusal; 'taken' if there is none. */
function refusalOf(bytes: Buffer, under: SessionLimits = limits): string {
  try {
    decodeSessions(under, bytes);
  } catch (error) {
    if (error instanceof ReplicaError) return error.code;
    throw error;
  }
  return 'taken';
}

const sample = [
  record(7, 9, [
    [3, result('three')],
    [2 ** 40, { kind: 'tooLarge' }],
  ]),
  record(8, 10, []),
];

describe('an encoded session table', () => {
  test('has the bytes that it always had', () => {
    const expected = [
      ['01000000', '02000000'],
      ['0300000000000000', '0400000000000000', 'd007000000000000', '8813000000000000', 'e803000000000000'],
      ['0700000000000000', '0900000000000000', '0300000000000000', '02000000'],
      ['0300000000000000', '05000000', Buffer.from('three').toString('hex')],
      ['0000000000010000', 'ffffffff'],
      ['0800000000000000', '0a00000000000000', '0300000000000000', '00000000'],
    ];
    expect(encoded(sample).toString('hex')).toBe(expected.flat().join(''));
    expect(decodeSessions(limits, encoded(sample))).toEqual(sample);
  });

  test('is the same whatever the order in which answers were given', () => {
    const answers = [3, 4, 5].map((sequence) => [sequence, result(`${sequence}`)] as const);
    expect(encoded([record(1, 2, answers)])).toEqual(encoded([record(1, 2, answers.toReversed())]));
  });

  test('comes in chunks that are neither tiny nor all of it', () => {
    const table = new SessionTable(defaultLimits);
    for (let index = 1; index <= 10_000; index++) table.open(index);
    const lengths = Array.from(table.encode(), ({ length }) => length);
    expect(lengths.length).toBeGreaterThan(3);
    expect(Math.max(...lengths)).toBeLessThan(70_000);
    expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThan(60_000);
  });

  test('ends where it says, wherever it is cut into pieces', () => {
    const bytes = encoded(sample);
    fc.assert(
      fc.property(fc.array(fc.nat(40)), fc.uint8Array({ maxLength: 50 }), (cuts, behind) => {
        const all = Buffer.concat([bytes, behind]);
        const decoder = new SessionsDecoder(limits);
        const rests: Uint8Array[] = [];
        let at = 0;
        for (const length of [...cuts, all.length]) {
          const piece = Buffer.from(all.subarray(at, at + length));
          at += piece.length;
          const rest = decoder.push(piece);
          if (rest !== undefined) rests.push(Buffer.from(rest));
          // What it keeps is its own.
          piece.fill(0xee);
        }
        expect(decoder.finish()).toEqual(sample);
        expect(Buffer.concat(rests)).toEqual(Buffer.from(behind));
      }),
    );
  });

  test('is refused when it is cut off or something stands behind it', () => {
    const bytes = encoded(sample);
    for (let length = 0; length < bytes.length; length++) {
      expect(refusalOf(bytes.subarray(0, length)), `${length} bytes`).toBe('SNAPSHOT_DAMAGED');
    }
    expect(refusalOf(Buffer.concat([bytes, Buffer.alloc(1)]))).toBe('SNAPSHOT_DAMAGED');
  });

  test('of a newer version, or made under other limits, is told apart from a damaged one', () => {
    const bytes = encoded(sample);
    bytes[0] = 2;
    expect(refusalOf(bytes)).toBe('RECORD_UNKNOWN');
    for (const name of Object.keys(limits) as (keyof SessionLimits)[]) {
      const other = { ...limits, [name]: limits[name] + 1 };
      expect(refusalOf(encoded(sample), other), name).toBe('SESSION_LIMITS_DIFFER');
    }
  });

  const at = { sessions: 4, id: 48, lastActive: 56, acknowledged: 64, answers: 72, sequence: 76, length: 84 };
  const secondSession = 48 + 28 + 12 + 5 + 12;
  test.each([
    ['more sessions than there may be', at.sessions, 4, 4],
    ['a session without a number', at.id, 0, 8],
    ['a session that was active before it was opened', at.id, 10, 8],
    ['a number over 2^53', at.lastActive + 6, 0x20, 2],
    ['a session that has acknowledged nothing', at.acknowledged, 0, 8],
    ['an answer that was acknowledged', at.acknowledged, 4, 8],
    ['more answers than there may be', at.answers, 5, 4],
    ['answers that are not there', at.answers, 4, 4],
    ['answers out of order', at.sequence + 5, 2, 1],
    ['a result that is too large', at.length, 1001, 4],
    ['a session twice', secondSession, 7, 8],
    ['sessions out of order', secondSession + 8, 9, 8],
  ])('with %s is refused', (_what, offset, value, bytes) => {
    const changed = encoded(sample);
    changed.fill(0, offset, offset + bytes);
    changed.writeUIntLE(value, offset, Math.min(bytes, 6));
    expect(changed).not.toEqual(encoded(sample));
    expect(refusalOf(changed)).toBe('SNAPSHOT_DAMAGED');
  });

  test('is refused for what it announces, before it is there', () => {
    const refusalOfStart = (bytes: Buffer): string => {
      try {
        new SessionsDecoder(limits).push(bytes);
      } catch (error) {
        return error instanceof ReplicaError ? error.code : String(error);
      }
      return 'goes on';
    };
    const large = result('x'.repeat(1000));
    const bytes = encoded([
      record(
        1,
        1,
        [3, 4, 5].map((sequence) => [sequence, large] as const),
      ),
    ]);
    const header = 48 + 28;
    expect(refusalOfStart(bytes.subarray(0, header + 2 * 1012 + 11))).toBe('goes on');
    expect(refusalOfStart(bytes.subarray(0, header + 2 * 1012 + 12))).toBe('SNAPSHOT_DAMAGED');
    bytes.writeUInt32LE(1001, header + 8);
    expect(refusalOfStart(bytes.subarray(0, header + 12))).toBe('SNAPSHOT_DAMAGED');
  });

  test('with more bytes than a session, or all of them, may have is refused', () => {
    const large = result('x'.repeat(1000));
    const full = (id: number, answers: number): SessionRecord =>
      record(
        id,
        id,
        Array.from({ length: answers }, (_, i) => [3 + i, large] as const),
      );
    // A session has at most 2000 + 128 + 1000 bytes of answers, all of them 5000.
    expect(refusalOf(encoded([full(1, 2)]))).toBe('taken');
    expect(refusalOf(encoded([full(1, 3)]))).toBe('SNAPSHOT_DAMAGED');
    expect(refusalOf(encoded([full(1, 2), full(2, 1), record(3, 3, [])]))).toBe('taken');
    expect(refusalOf(encoded([full(1, 2), full(2, 2)]))).toBe('SNAPSHOT_DAMAGED');
  });
});
