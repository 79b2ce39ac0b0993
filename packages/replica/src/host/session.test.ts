import { expect, test } from 'vitest';
import { Session } from './session.ts';
import { answerBytes, sessionBytes } from './session-limits.ts';

const answer = { kind: 'result', result: new Uint8Array(10) } as const;

test('a record stays as it is, at the price of one copy of the answers', () => {
  const session = new Session(7, 7);
  session.keep(1, answer);
  const before = session.peek().answers;
  const record = session.record();
  expect(record.answers).toBe(before);
  session.keep(2, answer);
  const copy = session.peek().answers;
  expect(copy).not.toBe(before);
  session.keep(3, answer);
  session.acknowledge(2);
  expect(session.peek().answers).toBe(copy);
  expect([...copy.keys()]).toEqual([2, 3]);
  expect(record).toEqual({ id: 7, lastActiveIndex: 7, acknowledgedBelow: 1, answers: new Map([[1, answer]]) });
});

test('a session counts for what it holds, too', () => {
  const session = new Session(7, 7);
  expect(session.bytes).toBe(sessionBytes);
  session.keep(1, answer);
  session.keep(2, { kind: 'tooLarge' });
  expect([session.answers, session.answersBytes]).toEqual([2, 2 * answerBytes + 10]);
  session.acknowledge(2);
  session.acknowledge(1);
  expect([session.answers, session.bytes, session.acknowledgedBelow]).toEqual([1, sessionBytes + answerBytes, 2]);
});
