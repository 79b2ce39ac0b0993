import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atEndOfTurn } from './turn.ts';

test('tasks run in order, after the turn, with what they add right behind them', async () => {
  const ran: string[] = [];
  atEndOfTurn(() => {
    ran.push('a');
    atEndOfTurn(() => ran.push('c'));
  });
  atEndOfTurn(() => ran.push('b'));
  expect(ran).toEqual([]);
  await nextTurn();
  expect(ran).toEqual(['a', 'b', 'c']);
});

test('a task that throws keeps no other from running', async () => {
  const ran: string[] = [];
  const caught: unknown[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.once('uncaughtException', (error) => caught.push(error));
  try {
    atEndOfTurn(() => {
      throw new Error('thrown in a task');
    });
    atEndOfTurn(() => ran.push('after'));
    await nextTurn();
    await nextTurn();
    await nextTurn();
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
  expect(caught).toMatchObject([{ message: 'thrown in a task' }]);
  expect(ran).toEqual(['after']);
});
