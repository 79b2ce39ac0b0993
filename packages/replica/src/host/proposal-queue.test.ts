import { type Batch, configurationOf, type Effect, initialHardState, logStart, Raft, Role } from '@balsa/raft';
import type { Acknowledgement } from '@balsa/wire';
import { expect, test } from 'vitest';
import { forEachEntry, openRecord } from '../record.ts';
import { sealNoopRecord } from './batch-builder.ts';
import { ProposalQueue } from './proposal-queue.ts';
import { OutcomeBoard } from './testing/outcome-board.ts';

const group = 5;
const limits = { batchBytesMax: 200, batchesUnderWayMax: 2, queuedBytesMax: 1000, uncommittedBytesMax: 1000 };

/** A leader alone in its group, whose appends become durable only when the test says so. */
class LoneLeader {
  readonly raft: Raft = new Raft(
    {
      id: 1,
      electionTicks: 10,
      heartbeatTicks: 2,
      leaseMs: 0,
      hibernateAfterTicks: 0,
      seed: 1,
      appendBytesMax: 1 << 20,
      inflightBytesMax: 1 << 20,
      windowEntriesMax: 0,
      windowBytesMax: 0,
      uncommittedBytesMax: 1 << 20,
      weakBytesMax: 0,
      cacheBytesMax: 1 << 20,
      lifeId: 0,
      sealNoop: (header) => sealNoopRecord(group, header),
      sealConfiguration: () => new Uint8Array(),
    },
    {
      hardState: initialHardState,
      base: logStart,
      lastIndex: 0,
      termRuns: [],
      configurations: [[0, configurationOf([1])]],
      appliedIndex: 0,
    },
  );
  nowMs = 0;
  /** How far the log went each time a batch had been proposed. */
  readonly proposedUpTo: number[] = [];
  readonly queue: ProposalQueue = new ProposalQueue(
    group,
    this.raft,
    limits,
    () => this.nowMs,
    { collector: undefined },
    () => this.proposedUpTo.push(this.raft.status().lastIndex),
  );
  readonly board: OutcomeBoard = new OutcomeBoard();
  readonly appended: { readonly sequence: number; readonly batch: Batch }[] = [];

  constructor() {
    this.#carryOut();
    expect(this.raft.role).toBe(Role.leader);
    this.flush();
  }

  add(text: string, token: number, deadlineMs = 1000, acknowledge: Acknowledgement = 'applied'): boolean {
    return this.queue.add(Buffer.from(text), deadlineMs, this.board, token, acknowledge);
  }

  propose(): void {
    this.queue.propose();
    this.#carryOut();
  }

  /** Everything appended becomes durable, which commits it here. */
  flush(): void {
    this.raft.appended(this.appended.at(-1)!.sequence);
    this.#carryOut();
  }

  /** The texts of each batch that has been appended since the leader's first entry. */
  batches(): string[][] {
    return this.appended.slice(1).map(({ batch }) => {
      const texts: string[] = [];
      forEachEntry(openRecord(Buffer.from(batch.bytes)).batch, (_index, payload) => texts.push(payload.toString()));
      return texts;
    });
  }

  #carryOut(): void {
    for (let effects = this.raft.takeEffects(); effects.length > 0; effects = this.raft.takeEffects()) {
      for (const effect of effects) this.#carryOutOne(effect);
    }
  }

  #carryOutOne(effect: Effect): void {
    if (effect.type === 'saveHardState') this.raft.hardStateSaved(effect.sequence);
    else if (effect.type === 'append') this.appended.push(effect);
  }
}

test('what arrives while batches are under way becomes the next batch', () => {
  const leader = new LoneLeader();
  for (const [i, text] of ['a', 'b', 'c', 'd'].entries()) {
    leader.add(text, i);
    leader.propose();
  }
  expect(leader.batches()).toEqual([['a'], ['b']]);
  leader.flush();
  leader.propose();
  expect(leader.batches()).toEqual([['a'], ['b'], ['c', 'd']]);
  expect(leader.queue.queuedBytes).toBe(0);
});

test('between two batches, also of one go, there is time to plan another route', () => {
  const leader = new LoneLeader();
  for (let token = 0; token < 5; token++) leader.add(String(token).repeat(80), token);
  leader.propose();
  expect(leader.proposedUpTo).toEqual([3, 5]);
  leader.propose();
  expect(leader.proposedUpTo).toEqual([3, 5]);
});

test('a batch that has reached its size takes no more', () => {
  const leader = new LoneLeader();
  for (let token = 0; token < 5; token++) leader.add(String(token).repeat(80), token);
  leader.propose();
  expect(leader.batches().map((batch) => batch.length)).toEqual([2, 2]);
  leader.flush();
  leader.propose();
  expect(leader.batches().map((batch) => batch.length)).toEqual([2, 2, 1]);
});

test('refuses what exceeds its bytes, but a lone proposal of any size passes', () => {
  const leader = new LoneLeader();
  expect(leader.add('x'.repeat(5000), 1)).toBe(true);
  expect(leader.add('y', 2)).toBe(false);
  leader.propose();
  expect(leader.queue.queuedBytes).toBe(0);
  expect(leader.add('z'.repeat(900), 3)).toBe(true);
  expect(leader.add('z'.repeat(900), 4)).toBe(false);
});

test('no more is proposed than may be there that is not applied, but for a lone batch', () => {
  const leader = new LoneLeader();
  const sizes: number[] = [];
  for (let token = 0; token < 20; token++) {
    leader.add('x'.repeat(180), token);
    leader.propose();
    leader.flush();
    sizes.push(leader.queue.unappliedBytes);
  }
  const most = Math.max(...sizes);
  expect(most).toBeGreaterThan(limits.uncommittedBytesMax / 2);
  expect(most).toBeLessThanOrEqual(limits.uncommittedBytesMax);
  const proposed = leader.appended.length;
  expect(leader.queue.queuedBytes).toBeGreaterThan(0);
  leader.queue.takeWaiters(leader.appended[1]!.batch);
  leader.propose();
  expect(leader.appended.length).toBe(proposed + 1);
  leader.queue.failAll('LEADER_CHANGED', 'NOT_LEADER', undefined);
  expect(leader.queue.unappliedBytes).toBe(0);
  leader.add('x'.repeat(5000), 100);
  leader.propose();
  expect(leader.queue.unappliedBytes).toBeGreaterThan(5000);
});

test('the waiters of a batch are handed out with it, and hear once', () => {
  const leader = new LoneLeader();
  leader.add('a', 1);
  leader.add('b', 2);
  leader.propose();
  leader.flush();
  const [noop, batch] = leader.appended.map((append) => append.batch);
  expect(leader.queue.takeWaiters(noop!)).toBeUndefined();
  const waiters = leader.queue.takeWaiters(batch!);
  waiters?.complete(0, 2, Buffer.from('one'));
  waiters?.fail(1, 'SESSION_REFUSED', undefined);
  waiters?.complete(1, 3, Buffer.from('late'));
  expect([leader.board.of(1).result, leader.board.of(2).code]).toEqual(['one', 'SESSION_REFUSED']);
  expect(leader.queue.takeWaiters(batch!)).toBeUndefined();
  expect(leader.board.repeated).toEqual([]);
});

test('nobody is told of an entry of another term that stands in the place of a proposal', () => {
  const leader = new LoneLeader();
  leader.add('a', 1);
  leader.propose();
  const { batch } = leader.appended.at(-1)!;
  expect(leader.queue.takeWaiters({ ...batch, term: batch.term + 1 })).toBeUndefined();
});

test('deadlines are told wherever a proposal is, and its entry stays', () => {
  const leader = new LoneLeader();
  for (const token of [1, 2, 3, 4]) {
    leader.add(`${token}`, token, token * 10);
    if (token < 3) leader.propose();
    // A full batch waits; after that, the open one.
    if (token === 3) leader.add('f'.repeat(200), 30, 1000);
  }
  leader.queue.expire(9);
  expect(leader.board.size).toBe(0);
  leader.queue.expire(40);
  expect([1, 2, 3, 4].map((token) => leader.board.of(token).code)).toEqual(Array(4).fill('DEADLINE_EXCEEDED'));
  expect(leader.board.has(30)).toBe(false);
  leader.flush();
  leader.propose();
  expect(leader.batches().flat()).toEqual(['1', '2', '3', 'f'.repeat(200), '4']);
});

test('at the end everybody hears: what was proposed, and what was not', () => {
  const leader = new LoneLeader();
  for (const token of [1, 2, 3]) {
    leader.add(`${token}`, token);
    leader.propose();
  }
  leader.queue.failAll('LEADER_CHANGED', 'NOT_LEADER', undefined);
  expect([1, 2, 3].map((token) => leader.board.of(token).code)).toEqual([
    'LEADER_CHANGED',
    'LEADER_CHANGED',
    'NOT_LEADER',
  ]);
  expect(leader.queue.queuedBytes).toBe(0);
  leader.flush();
  expect(leader.queue.takeWaiters(leader.appended[1]!.batch)).toBeUndefined();
});

test('it can tell what has waited longest, and whether it was proposed', () => {
  const leader = new LoneLeader();
  expect(leader.queue.oldest()).toBeUndefined();
  leader.nowMs = 5;
  leader.add('a', 1);
  leader.nowMs = 6;
  leader.add('b', 2);
  expect(leader.queue.oldest()).toEqual({ submittedMs: 5, entries: 2 });
  leader.nowMs = 9;
  leader.propose();
  expect(leader.queue.oldest()).toEqual({ submittedMs: 5, entries: 2, proposed: { atMs: 9, lastIndex: 3 } });
  leader.queue.takeWaiters(leader.appended[1]!.batch);
  expect(leader.queue.oldest()).toBeUndefined();
});

test('who asked to be told early is told once, of what lies within, and of no more than he asked for', () => {
  const leader = new LoneLeader();
  for (const [token, acknowledge] of (['weak', 'committed', 'applied'] as const).entries()) {
    leader.add('first', token, 50, acknowledge);
  }
  leader.propose();
  const { lastIndex } = leader.raft.status();
  leader.add('second', 3, 1000, 'weak');
  leader.propose();
  const { queue, board } = leader;
  queue.accepted(lastIndex, 'weak');
  queue.accepted(lastIndex, 'weak');
  expect([...board.early].map(([token, { how }]) => [token, how])).toEqual([[0, 'weak']]);
  // Who has given up hears nothing more.
  queue.expire(50);
  queue.accepted(lastIndex + 1, 'committed');
  expect([...board.early].map(([token, { how }]) => [token, how])).toEqual([
    [0, 'weak'],
    [3, 'committed'],
  ]);
  expect([board.codes(), board.repeated]).toEqual([Array.from({ length: 3 }, () => 'DEADLINE_EXCEEDED'), []]);
});
