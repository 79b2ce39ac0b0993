import { expect, it } from 'vitest';
import { parseStatement } from '../parse.ts';
import { timeEndMs, timeMinMs } from '../time/calendar.ts';
import { utc } from '../time/zone.ts';
import { type Deletion, deletionOf } from './deletion.ts';

function deletion(text: string): Deletion {
  const statement = parseStatement(text);
  if (statement.kind !== 'deleteData') throw new Error('this is no DELETE');
  return deletionOf(statement, { nowMs: 1000, zone: utc });
}

it.each([
  ['', [timeMinMs, timeEndMs]],
  ['where time >= 1 and time < 5', [1, 5]],
  ['where time > 1 and time <= 5', [2, 6]],
  ['where time = 5', [5, 6]],
  ['where 5 > time', [timeMinMs, 5]],
  ['where time < now() - 1ms', [timeMinMs, 999]],
  ['where time < 1 and time > 5', undefined],
])('DELETE %s', (where, range) => {
  const { span } = deletion(`delete from root.x.* ${where}`);
  expect(span && [span.startMs, span.endMs]).toEqual(range);
});

it('keeps the patterns', () => {
  expect(deletion('delete from root.x.*, root.**').patterns).toEqual([
    [{ kind: 'name', name: 'x' }, { kind: 'any' }],
    [{ kind: 'anyDepth' }],
  ]);
});

it.each(['s > 1', 'time > 1 and s = 2', 'time < 1 or time > 5', 'time != 5'])('refuses WHERE %s', (where) => {
  expect(() => deletion(`delete from root.x.s where ${where}`)).toThrow(
    expect.objectContaining({ code: 'STATEMENT_INVALID' }),
  );
});
