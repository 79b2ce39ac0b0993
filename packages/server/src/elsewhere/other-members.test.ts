import { StorageError } from '@balsa/engine/storage';
import { StatusCode } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../service/refusal.ts';
import { isForOthers, OtherMembers } from './other-members.ts';

const members = [1, 2, 3, 4].map((id) => ({ id, peer: `p${id}`, client: `c${id}`, http: `h${id}` }));
const never = new AbortController().signal;

describe('the other members', () => {
  it('are asked one after the other, the leader first, until one has an answer', async () => {
    const others = new OtherMembers({ nodeId: 2, members, leader: () => 3 });
    const asked: number[] = [];
    const answer = await others.ask(never, async ({ id }) => {
      asked.push(id);
      return id === 1 ? 'an answer' : undefined;
    });
    expect([answer, asked]).toEqual(['an answer', [3, 1]]);
    expect(others.counts).toEqual({ answered: 1, unanswered: 0 });
  });

  it('have answered if they refuse, too', async () => {
    const others = new OtherMembers({ nodeId: 2, members, leader: () => undefined });
    const refusal = new Refusal(StatusCode.PATH_NOT_EXIST, 'there is no such device');
    await expect(others.ask(never, () => Promise.reject(refusal))).rejects.toBe(refusal);
    expect(others.counts).toEqual({ answered: 1, unanswered: 0 });
  });

  it('are not asked any more when the time is over', async () => {
    const others = new OtherMembers({ nodeId: 1, members, leader: () => 1 });
    const ending = new AbortController();
    const asked: number[] = [];
    const answer = await others.ask(ending.signal, async ({ id }) => {
      asked.push(id);
      ending.abort();
      return undefined;
    });
    expect([answer, asked]).toEqual([undefined, [2]]);
    expect(others.counts).toEqual({ answered: 0, unanswered: 1 });
  });
});

it('are for what only this node cannot answer', () => {
  expect(isForOthers(new StorageError('STORAGE_DAMAGED', 'a bit has turned'))).toBe(true);
  expect(isForOthers(new Refusal(StatusCode.STORAGE_ENGINE_NOT_READY, 'a snapshot is coming'))).toBe(true);
  expect(isForOthers(new StorageError('STORAGE_FAILED', 'the disk is full'))).toBe(false);
  expect(isForOthers(new Refusal(StatusCode.QUERY_TIMEOUT, 'late'))).toBe(false);
  expect(isForOthers(new Error('anything else'))).toBe(false);
});
