import type { Group, SubmitSink } from '@balsa/replica';
import { expect, test } from 'vitest';
import { EntryLoad } from './entry-load.ts';

const nothing = new Uint8Array();

/** A group that does nothing by itself. */
class IdleGroup {
  readonly tokens: number[] = [];
  sink!: SubmitSink;

  submit(_payload: Uint8Array, _deadlineMs: number, sink: SubmitSink, token: number): void {
    this.sink = sink;
    this.tokens.push(token);
  }
}

function begin(clients: number): { readonly group: IdleGroup; readonly load: EntryLoad } {
  const group = new IdleGroup();
  const spec = { clients, valueBytes: 10, compressible: 0, acknowledge: 'weak' } as const;
  const load = new EntryLoad([group as unknown as Group], () => 0, spec, 1);
  load.begin();
  return { group, load };
}

test('a client goes on when it is told what it waits for, and what follows counts no second time', () => {
  const { group, load } = begin(2);
  expect(group.tokens).toEqual([0, 1]);
  group.sink.accepted!(0, 'weak');
  expect(group.tokens).toEqual([0, 1, 2]);
  group.sink.completed(0, 1, nothing);
  expect(group.tokens).toEqual([0, 1, 2]);
  group.sink.completed(1, 2, nothing);
  expect(group.tokens).toHaveLength(4);
  expect(load.endWindow().completed).toBe(2);
});

test('the load ends when the outcome of everything is known', async () => {
  const { group, load } = begin(1);
  group.sink.accepted!(0, 'weak');
  let hasEnded = false;
  const end = load.end().then(() => {
    hasEnded = true;
  });
  group.sink.accepted!(1, 'weak');
  expect(group.tokens).toEqual([0, 1]);
  group.sink.completed(1, 2, nothing);
  await Promise.resolve();
  expect(hasEnded).toBe(false);
  group.sink.failed(0, 'LEADER_CHANGED', undefined);
  await end;
  expect(load.endWindow()).toMatchObject({ completed: 2, failed: { LEADER_CHANGED: 1 } });
});
