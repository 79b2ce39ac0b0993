import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkHistory } from './check-history.ts';
import { type History, parseHistory } from './history-file.ts';

const folder = fileURLToPath(new URL('../testdata/histories/', import.meta.url));

function histories(kind: string): (readonly [name: string, history: History])[] {
  return readdirSync(`${folder}${kind}`).map((name) => [
    name.replace('.ndjson', ''),
    parseHistory(readFileSync(`${folder}${kind}/${name}`, 'utf8')),
  ]);
}

describe('a history by hand', () => {
  const good = histories('linearizable');
  const bad = histories('not-linearizable');

  it('stands for each of many ways to be right or wrong', () => {
    expect(good.length).toBeGreaterThanOrEqual(12);
    expect(bad.length).toBeGreaterThanOrEqual(12);
  });

  it.each(good)('is accepted: %s', (_name, history) => {
    expect(checkHistory(history)).toEqual({ outcome: 'linearizable', explanation: '' });
  });

  it.each(bad)('is refused: %s', (_name, history) => {
    const { outcome, explanation } = checkHistory(history);
    expect(outcome).toBe('violation');
    expect(explanation).toMatch(/cannot be ordered/);
  });

  it('is left undecided when the limits are too small for it', () => {
    const [, history] = good[0]!;
    expect(checkHistory(history, { stepsMax: 2, configurationsMax: 100 })).toEqual({
      outcome: 'unknown',
      explanation: 'the limits of the check were reached (STEPS_SPENT)',
    });
    expect(checkHistory(history, { stepsMax: 100, configurationsMax: 0 }).explanation).toContain(
      'CONFIGURATIONS_SPENT',
    );
  });
});

describe('the explanation of a violation', () => {
  it('shows what contradicts itself, and no more', () => {
    const history: History = {
      model: 'register',
      operations: [
        { client: 3, key: 'x', callAt: 0, returnAt: 40, action: { op: 'write', value: 7 } },
        { client: 1, key: 'x', callAt: 1, returnAt: 2, action: { op: 'write', value: 1 } },
        { client: 2, key: 'x', callAt: 3, returnAt: 4, action: { op: 'read', result: 1 } },
        { client: 1, key: 'x', callAt: 5, returnAt: 9, action: { op: 'write', value: 2 } },
        { client: 2, key: 'x', callAt: 10, returnAt: 14, action: { op: 'read', result: 1 } },
        { client: 2, key: 'x', callAt: 15, returnAt: 16, action: { op: 'read', result: 2 } },
        { client: 2, key: 'y', callAt: 15, returnAt: 16, action: { op: 'read', result: null } },
      ],
    };
    expect(checkHistory(history).explanation.split('\n')).toEqual([
      'these operations on "x" cannot be ordered, whatever the other 2 before them did:',
      '  client 1  ├─ write 1 ─┤',
      '  client 1                ├─ write 2 ─┤',
      '  client 2                              ├─ read: 1 ─┤',
      'the last of them, "read: 1", met 2 or 7',
    ]);
  });
});
