import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerBytes, type SessionLimits, sessionBytes } from './session-limits.ts';
import { SessionTable } from './session-table.ts';

const limits: SessionLimits = {
  sessionsMax: 3,
  resultsPerSessionMax: 4,
  sessionResultBytesMax: 10_000,
  sessionsBytesMax: 100_000,
  resultBytesMax: 1000,
};

/** A table, and a command whose result is the number of times that any command ran. */
function tableAndCommand(): { table: SessionTable; run: () => Uint8Array; ran: () => number } {
  let runs = 0;
  return { table: new SessionTable(limits), run: () => Uint8Array.of(++runs), ran: () => runs };
}

describe('SessionTable', () => {
  test('runs a command once, and answers its repetitions with the first result', () => {
    const { table, run, ran } = tableAndCommand();
    table.open(10);
    const first = table.apply(11, { session: 10, sequence: 1, acknowledgedBelow: 1 }, run);
    expect(first).toEqual({ kind: 'result', result: Uint8Array.of(1) });
    expect(table.apply(12, { session: 10, sequence: 1, acknowledgedBelow: 1 }, run)).toEqual(first);
    expect(ran()).toBe(1);
  });

  test('does not run commands of sessions that it does not know, nor those acknowledged before', () => {
    const { table, run, ran } = tableAndCommand();
    table.open(10);
    expect(table.apply(11, { session: 11, sequence: 1, acknowledgedBelow: 1 }, run).kind).toBe('unknown');
    expect(table.apply(12, { session: 10, sequence: 0, acknowledgedBelow: 0 }, run).kind).toBe('refused');
    expect(table.apply(13, { session: 10, sequence: 5, acknowledgedBelow: 6 }, run).kind).toBe('refused');
    expect(table.apply(14, { session: 10, sequence: 5, acknowledgedBelow: 1 }, run).kind).toBe('refused');
    expect(ran()).toBe(0);
  });

  test('refuses a client that acknowledges too little, until it does', () => {
    const { table, run } = tableAndCommand();
    table.open(1);
    let index = 2;
    const apply = (sequence: number, acknowledgedBelow: number): string =>
      table.apply(index++, { session: 1, sequence, acknowledgedBelow }, run).kind;
    for (let sequence = 1; sequence <= 4; sequence++) expect(apply(sequence, 1)).toBe('result');
    expect(apply(5, 1)).toBe('refused');
    expect(apply(4, 1)).toBe('result');
    expect(apply(5, 2)).toBe('result');
  });

  test('ends the session that was silent longest when one too many is opened', () => {
    const { table, run } = tableAndCommand();
    for (const id of [1, 2, 3]) table.open(id);
    table.apply(4, { session: 1, sequence: 1, acknowledgedBelow: 1 }, run);
    table.open(5);
    expect(table.size).toBe(3);
    const known = [1, 2, 3, 5].filter(
      (session) => table.apply(6 + session, { session, sequence: 2, acknowledgedBelow: 1 }, run).kind !== 'unknown',
    );
    expect(known).toEqual([1, 3, 5]);
  });

  test('takes bounded time for whatever a client claims to have', () => {
    const { table, run } = tableAndCommand();
    table.open(1);
    for (let sequence = 1; sequence <= 4; sequence++) {
      table.apply(1 + sequence, { session: 1, sequence, acknowledgedBelow: 1 }, run);
    }
    // Counting up to it would take days.
    const most = Number.MAX_SAFE_INTEGER;
    expect(table.apply(6, { session: 1, sequence: most, acknowledgedBelow: most - 1 }, run).kind).toBe('result');
    expect(table.apply(7, { session: 1, sequence: most, acknowledgedBelow: most }, run).kind).toBe('result');
    expect(table.apply(8, { session: 1, sequence: most - 1, acknowledgedBelow: 1 }, run).kind).toBe('refused');
  });

  test('ends the sessions whose last activity lies below an index, and no others', () => {
    const { table, run } = tableAndCommand();
    for (const id of [1, 2, 3]) table.open(id);
    table.apply(4, { session: 1, sequence: 1, acknowledgedBelow: 1 }, run);
    expect([table.oldestActivity, table.newestActivity]).toEqual([2, 4]);
    table.endSilent(2);
    expect(table.size).toBe(3);
    table.endSilent(3);
    expect([table.size, table.oldestActivity]).toEqual([2, 3]);
    expect(table.apply(5, { session: 2, sequence: 1, acknowledgedBelow: 1 }, run).kind).toBe('unknown');
    table.endSilent(Number.MAX_SAFE_INTEGER);
    expect([table.size, table.bytes, table.oldestActivity, table.newestActivity]).toEqual([0, 0, undefined, undefined]);
  });

  test('what a session is refused is a sign of life too', () => {
    const { table, run } = tableAndCommand();
    for (const id of [1, 2]) table.open(id);
    expect(table.apply(3, { session: 1, sequence: 1, acknowledgedBelow: 2 }, run).kind).toBe('refused');
    table.endSilent(3);
    expect(table.apply(4, { session: 1, sequence: 2, acknowledgedBelow: 2 }, run).kind).toBe('result');
  });

  test('a session with too many bytes of answers gets no further until it acknowledges some', () => {
    const table = new SessionTable({ ...limits, sessionResultBytesMax: 2 * (answerBytes + 100) });
    table.open(1);
    const apply = (sequence: number, acknowledgedBelow: number): string =>
      table.apply(1 + sequence, { session: 1, sequence, acknowledgedBelow }, () => new Uint8Array(100)).kind;
    expect([apply(1, 1), apply(2, 1), apply(3, 1), apply(4, 2)]).toEqual(['result', 'result', 'refused', 'result']);
    expect(table.bytes).toBe(sessionBytes + 2 * (answerBytes + 100));
  });

  test('when all sessions together are too large, those that were silent longest end', () => {
    const bytesEach = sessionBytes + answerBytes + 1000;
    const sessionsBytesMax = 2 * bytesEach + sessionBytes;
    const table = new SessionTable({ ...limits, sessionsMax: 9, sessionResultBytesMax: 1, sessionsBytesMax });
    const apply = (index: number, session: number): string =>
      table.apply(index, { session, sequence: 1, acknowledgedBelow: 1 }, () => new Uint8Array(1000)).kind;
    for (const id of [1, 2, 3]) table.open(id);
    expect([apply(4, 2), apply(5, 1)]).toEqual(['result', 'result']);
    expect([table.size, table.bytes]).toEqual([3, sessionsBytesMax]);
    table.open(6);
    expect([table.size, table.bytes, table.oldestActivity]).toEqual([3, sessionsBytesMax, 4]);
    expect(apply(7, 6)).toBe('result');
    expect([table.size, table.bytes, table.oldestActivity]).toEqual([2, 2 * bytesEach, 5]);
    expect([apply(8, 2), apply(9, 3)]).toEqual(['unknown', 'unknown']);
  });

  test('neither keeps nor hands out a result over the limit, and does not run the command again', () => {
    const { table, ran, run } = tableAndCommand();
    table.open(1);
    const large = (): Uint8Array => {
      run();
      return new Uint8Array(limits.resultBytesMax + 1);
    };
    const header = { session: 1, sequence: 1, acknowledgedBelow: 1 };
    expect(table.apply(2, header, large).kind).toBe('tooLarge');
    expect(table.apply(3, header, large).kind).toBe('tooLarge');
    expect(ran()).toBe(1);
    expect(table.bytes).toBe(sessionBytes + answerBytes);
    expect(table.apply(4, { session: 0, sequence: 0, acknowledgedBelow: 0 }, large).kind).toBe('tooLarge');
    const most = table.apply(5, { ...header, sequence: 2 }, () => new Uint8Array(limits.resultBytesMax));
    expect(most.kind).toBe('result');
  });

  test('keeps a result as it was, though the state machine uses its memory again', () => {
    const { table } = tableAndCommand();
    table.open(1);
    const scratch = Buffer.from('some large buffer');
    const apply = (index: number, sequence: number): string => {
      const outcome = table.apply(index, { session: 1, sequence, acknowledgedBelow: 1 }, () => scratch.subarray(0, 4));
      return outcome.kind === 'result' ? Buffer.from(outcome.result).toString() : outcome.kind;
    };
    expect([apply(2, 1), apply(3, 2)]).toEqual(['some', 'some']);
    scratch.write('else');
    expect([apply(4, 1), apply(5, 2), apply(6, 3)]).toEqual(['some', 'some', 'else']);
  });

  test('runs what has no session as often as it comes', () => {
    const { table, run, ran } = tableAndCommand();
    const header = { session: 0, sequence: 0, acknowledgedBelow: 0 };
    for (const index of [1, 2]) expect(table.apply(index, header, run)).toMatchObject({ result: Uint8Array.of(index) });
    expect(ran()).toBe(2);
  });

  test('notices when entries come out of order', () => {
    const { table, run } = tableAndCommand();
    table.open(5);
    expect(() => table.open(5)).toThrow('entry 5 is applied after entry 5');
    expect(() => table.apply(4, { session: 5, sequence: 1, acknowledgedBelow: 1 }, run)).toThrow('after entry 5');
  });

  test.each([
    [{ sessionsMax: 0 }, 'sessionsMax must not be 0'],
    [{ resultsPerSessionMax: Number.NaN }, 'resultsPerSessionMax must not be NaN'],
    [{ sessionsBytesMax: 0.5 }, 'sessionsBytesMax must not be 0.5'],
    [{ resultBytesMax: 2 ** 32 }, 'resultBytesMax must be below 4 GiB'],
    [{ sessionsBytesMax: 11_383 }, 'sessionsBytesMax must be at least 11384, what one session may count for'],
  ])('refuses limits that make no sense: %o', (wrong, message) => {
    expect(() => new SessionTable({ ...limits, ...wrong })).toThrow(new RangeError(message));
  });

  test('agrees with a table that forgets nothing, for any order of commands', () => {
    const command = fc.record({
      sequence: fc.integer({ min: 1, max: 12 }),
      acknowledgedBelow: fc.integer({ min: 0, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const { table, run, ran } = tableAndCommand();
        table.open(1);
        const results = new Map<number, Uint8Array>();
        let acknowledged = 1;
        for (const [i, { sequence, acknowledgedBelow }] of commands.entries()) {
          acknowledged = Math.max(acknowledged, acknowledgedBelow);
          const held = [...results.keys()].filter((known) => known >= acknowledged);
          const before = results.get(sequence);
          const outcome = table.apply(2 + i, { session: 1, sequence, acknowledgedBelow }, run);
          if (sequence < acknowledged) expect(outcome.kind).toBe('refused');
          else if (before !== undefined) expect(outcome).toEqual({ kind: 'result', result: before });
          else if (held.length >= limits.resultsPerSessionMax) expect(outcome.kind).toBe('refused');
          else {
            expect(outcome).toEqual({ kind: 'result', result: Uint8Array.of(ran()) });
            results.set(sequence, Uint8Array.of(ran()));
          }
        }
        expect(ran()).toBe(results.size);
      }),
    );
  });
});
