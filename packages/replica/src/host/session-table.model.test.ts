// Two tables and a naive model of one take the same random entries. One of the tables moves into a snapshot and out of it
// at random moments, as on a replica that was restarted: nobody may ever notice.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSessions, SessionsDecoder } from './session-encoding.ts';
import { answerBytes, type SessionLimits, sessionBytes, sessionBytesMax } from './session-limits.ts';
import { SessionTable } from './session-table.ts';

const most: Omit<SessionLimits, 'sessionsBytesMax'> = {
  sessionsMax: 4,
  resultsPerSessionMax: 3,
  sessionResultBytesMax: 2 * answerBytes + 20,
  resultBytesMax: 30,
};
const limits: SessionLimits = { ...most, sessionsBytesMax: sessionBytesMax({ ...most, sessionsBytesMax: 0 }) + 700 };

type Step =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'apply';
      readonly session: number;
      readonly sequence: number;
      readonly acknowledgedBelow: number;
      readonly bytes: number;
    }
  | { readonly kind: 'endSilent'; readonly back: number }
  | { readonly kind: 'move'; readonly pieceBytes: number }
  | { readonly kind: 'capture' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('open' as const) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      session: fc.nat(5),
      sequence: fc.nat(6),
      acknowledgedBelow: fc.nat(6),
      bytes: fc.nat(limits.resultBytesMax + 2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endSilent' as const), back: fc.nat(12) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('move' as const), pieceBytes: fc.integer({ min: 1, max: 99 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('capture' as const) }) },
);

/** Commands without a session are there too, and sessions that never were. */
const idOf = (opened: readonly number[], session: number): number =>
  session === 0 ? 0 : (opened[opened.length - session] ?? 10_000);

interface NaiveSession {
  readonly id: number;
  lastActiveIndex: number;
  acknowledgedBelow: number;
  /** `undefined`: too large. */
  answers: { readonly sequence: number; readonly result: Uint8Array | undefined }[];
}

class NaiveTable {
  sessions: NaiveSession[] = [];

  get bytes(): number {
    return this.sessions.reduce((sum, session) => sum + sessionBytes + bytesOf(session), 0);
  }

  open(index: number): void {
    this.sessions.push({ id: index, lastActiveIndex: index, acknowledgedBelow: 1, answers: [] });
    this.#settle();
  }

  endSilent(index: number): void {
    this.sessions = this.sessions.filter(({ lastActiveIndex }) => lastActiveIndex >= index);
  }

  apply(index: number, id: number, sequence: number, acknowledgedBelow: number, run: () => Uint8Array): unknown {
    if (id === 0) return outcomeOf(limited(run()));
    const session = this.sessions.find((one) => one.id === id);
    if (session === undefined) return { kind: 'unknown' };
    session.lastActiveIndex = index;
    session.acknowledgedBelow = Math.max(session.acknowledgedBelow, acknowledgedBelow);
    session.answers = session.answers.filter((answer) => answer.sequence >= session.acknowledgedBelow);
    if (sequence < session.acknowledgedBelow) return { kind: 'refused' };
    const earlier = session.answers.find((answer) => answer.sequence === sequence);
    if (earlier !== undefined) return outcomeOf(earlier.result);
    const isFull = session.answers.length === limits.resultsPerSessionMax;
    if (isFull || bytesOf(session) >= limits.sessionResultBytesMax) return { kind: 'refused' };
    const result = limited(run());
    session.answers.push({ sequence, result });
    this.#settle();
    return outcomeOf(result);
  }

  /** As the records of a snapshot. */
  records(): unknown[] {
    return this.sessions
      .toSorted((a, b) => a.lastActiveIndex - b.lastActiveIndex)
      .map(({ answers, ...session }) => {
        const sorted = answers.toSorted((a, b) => a.sequence - b.sequence);
        return { ...session, answers: new Map(sorted.map(({ sequence, result }) => [sequence, outcomeOf(result)])) };
      });
  }

  #settle(): void {
    while (this.sessions.length > limits.sessionsMax || this.bytes > limits.sessionsBytesMax) {
      const longest = Math.min(...this.sessions.map(({ lastActiveIndex }) => lastActiveIndex));
      this.sessions = this.sessions.filter(({ lastActiveIndex }) => lastActiveIndex > longest);
    }
  }
}

test('a table that moves through snapshots, one that does not, and a naive model never differ', () => {
  const reached = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const table = new SessionTable(limits);
      let moving = new SessionTable(limits);
      const naive = new NaiveTable();
      const opened: number[] = [];
      const captured: { readonly chunks: Iterable<Uint8Array>; readonly records: unknown[] }[] = [];
      const machines = [new Runs(), new Runs(), new Runs()] as const;
      for (const [i, step] of steps.entries()) {
        const index = i + 1;
        if (step.kind === 'open') {
          for (const one of [table, moving, naive]) one.open(index);
          opened.push(index);
        } else if (step.kind === 'apply') {
          const { sequence, acknowledgedBelow, bytes } = step;
          const header = { session: idOf(opened, step.session), sequence, acknowledgedBelow };
          const [a, b] = [table, moving].map((one, at) => one.apply(index, header, () => machines[at]!.run(bytes)));
          const run = (): Uint8Array => machines[2].run(bytes);
          const expected = naive.apply(index, header.session, sequence, acknowledgedBelow, run);
          expect(a).toEqual(expected);
          expect(b).toEqual(expected);
          reached.add(a!.kind);
        } else if (step.kind === 'endSilent') {
          for (const one of [table, moving, naive]) one.endSilent(index - step.back);
        } else if (step.kind === 'move') moving = moved(moving, step.pieceBytes);
        else captured.push({ chunks: table.encode(), records: naive.records() });
        expect(machines.map(({ count }) => count)).toEqual(Array(3).fill(machines[2].count));
        expect([table.size, table.bytes]).toEqual([naive.sessions.length, naive.bytes]);
        expect(table.checksum()).toBe(moving.checksum());
      }
      const bytes = bytesIn(table.encode());
      expect(bytesIn(moving.encode())).toEqual(bytes);
      expect(decodeSessions(limits, bytes)).toEqual(naive.records());
      for (const { chunks, records } of captured) expect(decodeSessions(limits, bytesIn(chunks))).toEqual(records);
    }),
    { numRuns: 200 },
  );
  expect([...reached].sort()).toEqual(['refused', 'result', 'tooLarge', 'unknown']);
});

/** A state machine: its results tell what it has run before. */
class Runs {
  count = 0;

  run(bytes: number): Uint8Array {
    this.count++;
    return new Uint8Array(bytes).fill(this.count);
  }
}

function moved(table: SessionTable, pieceBytes: number): SessionTable {
  const decoder = new SessionsDecoder(limits);
  const bytes = bytesIn(table.encode());
  const ends: (number | undefined)[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    ends.push(decoder.push(bytes.subarray(at, at + pieceBytes))?.length);
  expect(ends.map((end) => end ?? 'goes on')).toEqual([...Array(ends.length - 1).fill('goes on'), 0]);
  const next = new SessionTable(limits);
  next.replaceBy(SessionTable.from(limits, decoder.finish()));
  return next;
}

function bytesIn(chunks: Iterable<Uint8Array>): Buffer {
  return Buffer.concat([...chunks]);
}

function limited(result: Uint8Array): Uint8Array | undefined {
  return result.length > limits.resultBytesMax ? undefined : result;
}

function outcomeOf(result: Uint8Array | undefined): unknown {
  return result === undefined ? { kind: 'tooLarge' } : { kind: 'result', result };
}

function bytesOf({ answers }: NaiveSession): number {
  return answers.reduce((sum, { result }) => sum + answerBytes + (result?.length ?? 0), 0);
}
