import type { Acknowledgement, EarlyAcknowledgement } from '@balsa/wire';
import { expect, test } from 'vitest';
import { WriteOperation } from './write-operation.ts';

test.each<[Acknowledgement, EarlyAcknowledgement[], EarlyAcknowledgement[]]>([
  ['weak', ['weak', 'committed'], ['weak']],
  ['weak', ['committed'], ['committed']],
  ['committed', ['weak', 'committed', 'committed'], ['committed']],
  ['applied', ['weak', 'committed'], []],
])('who asks for %s and is offered %j is told %j', (acknowledge, offered, told) => {
  const heard: EarlyAcknowledgement[] = [];
  const waiter = { accepted: (how: EarlyAcknowledgement) => heard.push(how), settled: () => {} };
  const operation = new WriteOperation(new Uint8Array(), 1000, 1, acknowledge, waiter);
  for (const how of offered) operation.accept(how);
  expect(heard).toEqual(told);
  expect(operation.isAccepted).toBe(told.length > 0);
  // What was told may be applied, and is sent again as a write like any other, without an end.
  const isTold = told.length > 0;
  expect([operation.outcome, operation.acknowledge, operation.remainingMs(400)]).toEqual(
    isTold ? ['unknown', 'applied', Number.POSITIVE_INFINITY] : ['rejected', acknowledge, 600],
  );
});
