import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionTable } from './session-table.ts';

const limits = { sessionsMax: 3, resultsPerSessionMax: 4 };

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
    const apply = (sequence: number, acknowledgedBelow: number): string =>
      table.apply(1 + sequence, { session: 1, sequence, acknowledgedBelow }, run).kind;
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
      (session) => table.apply(6, { session, sequence: 2, acknowledgedBelow: 1 }, run).kind !== 'unknown',
    );
    expect(known).toEqual([1, 3, 5]);
  });

  test('takes bounded time for whatever a client claims to have', () => {
    const { table, run } = tableAndCommand();
    table.open(1);
    for (let sequence = 1; sequence <= 4; sequence++) {
      table.apply(2, { session: 1, sequence, acknowledgedBelow: 1 }, run);
    }
    // Counting up to it would take days.
    const most = Number.MAX_SAFE_INTEGER;
    expect(table.apply(3, { session: 1, sequence: most, acknowledgedBelow: most - 1 }, run).kind).toBe('result');
    expect(table.apply(4, { session: 1, sequence: most, acknowledgedBelow: most }, run).kind).toBe('result');
    expect(table.apply(5, { session: 1, sequence: most - 1, acknowledgedBelow: 1 }, run).kind).toBe('refused');
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
