import { expect, test } from 'vitest';
import { submitterBytes } from './submission.ts';
import { OutcomeBoard } from './testing/outcome-board.ts';
import { WaitingRoom } from './waiting-room.ts';

const payload = Buffer.from('payload');
const costBytes = payload.length + submitterBytes;

test('hands everybody on, in order, with a payload that was copied', () => {
  const room = new WaitingRoom(1000, { collector: undefined });
  const board = new OutcomeBoard();
  const changing = Buffer.from('1');
  for (let token = 1; token <= 3; token++) {
    changing.write(String(token));
    expect(room.add(changing, { deadlineMs: 100 + token, giveUpMs: 50 }, board, token)).toBe(true);
  }
  const seen: unknown[] = [];
  room.empty((bytes, deadlineMs, sink, token) => seen.push([Buffer.from(bytes).toString(), deadlineMs, sink, token]));
  expect(seen).toEqual([1, 2, 3].map((token) => [String(token), 100 + token, board, token]));
  expect(room.bytes).toBe(0);
});

test('is full at its limit, and has room again once somebody has left', () => {
  const room = new WaitingRoom(2 * costBytes, { collector: undefined });
  const board = new OutcomeBoard();
  expect(room.add(payload, { deadlineMs: 100, giveUpMs: 10 }, board, 1)).toBe(true);
  expect(room.add(payload, { deadlineMs: 100, giveUpMs: 20 }, board, 2)).toBe(true);
  expect(room.add(payload, { deadlineMs: 100, giveUpMs: 20 }, board, 3)).toBe(false);
  expect(room.bytes).toBe(2 * costBytes);
  room.expire(9);
  expect(board.size).toBe(0);
  room.expire(10);
  expect(board.of(1).code).toBe('NO_QUORUM');
  expect(room.bytes).toBe(costBytes);
  expect(room.add(payload, { deadlineMs: 100, giveUpMs: 20 }, board, 4)).toBe(true);
  room.failAll('STOPPED');
  expect([board.of(2).code, board.of(4).code]).toEqual(['STOPPED', 'STOPPED']);
  expect([room.bytes, board.has(3)]).toEqual([0, false]);
});

test('whoever comes back from within the call waits anew', () => {
  const room = new WaitingRoom(1000, { collector: undefined });
  const board = new OutcomeBoard();
  const persistent = {
    completed: board.completed.bind(board),
    failed: (token: number): void => void room.add(payload, { deadlineMs: 100, giveUpMs: 60 }, board, token + 1),
  };
  room.add(payload, { deadlineMs: 100, giveUpMs: 10 }, persistent, 1);
  room.expire(50);
  expect([board.size, room.bytes]).toEqual([0, costBytes]);
  room.empty((bytes, deadlineMs, sink, token) => void room.add(bytes, { deadlineMs, giveUpMs: 60 }, sink, token));
  expect(room.bytes).toBe(costBytes);
  room.expire(60);
  expect(board.of(2).code).toBe('NO_QUORUM');
});
