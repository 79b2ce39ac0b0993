// Of what a cluster of three in elsewhere.test.ts seldom is: a leader that has to be repaired.

import { ReplicaError } from '@balsa/replica';
import { expect, test } from 'vitest';
import { Repair, type RepairPorts } from './repair.ts';

const options = { timeoutMs: 1000, headers: {}, signal: new AbortController().signal };
const refusal = new ReplicaError('TRANSFER_REFUSED', 'no other voter is caught up');

/** What is asked of the group, in order; nobody else is there to give a snapshot. */
async function askedOf(group: Partial<RepairPorts['group']>, damagedFiles: number): Promise<string[]> {
  const asked: string[] = [];
  const note = (what: string) => () => {
    asked.push(what);
    return Promise.resolve(undefined as never);
  };
  const ports: RepairPorts = {
    others: { inOrder: () => [] },
    group: {
      failure: undefined,
      isLeader: false,
      openSession: note('session'),
      readBarrier: note('barrier'),
      restoreFrom: note('restore'),
      takeSnapshot: note('snapshot'),
      transferLeadership: note('transfer'),
      ...group,
    },
    damagedFiles: () => damagedFiles,
  };
  const run = new Repair(ports).run(options);
  if (damagedFiles === 0) await run;
  else await expect(run).rejects.toThrow('no other member has a snapshot');
  return asked;
}

test('a leader that is damaged hands over first; who follows, or has no damage, does not', async () => {
  expect(await askedOf({ isLeader: true }, 1)).toEqual(['transfer', 'session']);
  expect(await askedOf({ isLeader: false }, 1)).toEqual(['session']);
  expect(await askedOf({ isLeader: true }, 0)).toEqual([]);
});

test('a leader that nobody can follow tries to be repaired all the same', async () => {
  const transferLeadership = (): Promise<never> => Promise.reject(refusal);
  expect(await askedOf({ isLeader: true, transferLeadership }, 1)).toEqual(['session']);
});

test('what is no refusal is not passed over', async () => {
  const transferLeadership = (): Promise<never> => Promise.reject(new TypeError('a bug'));
  const asking = askedOf({ isLeader: true, transferLeadership }, 1);
  await expect(asking).rejects.toThrow('a bug');
});
