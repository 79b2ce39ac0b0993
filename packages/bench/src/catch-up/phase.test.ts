import { expect, test } from 'vitest';
import type { NodeSample } from './node-protocol.ts';
import { phaseOf } from './phase.ts';

function sample(atMs: number, written: number, fields: Partial<NodeSample> = {}): NodeSample {
  return {
    atMs,
    written,
    isLeader: true,
    commitIndex: written,
    appliedIndex: written,
    baseIndex: 0,
    snapshotIndex: 0,
    isRestoring: false,
    failed: 0,
    stallMs: 1,
    residentBytes: 100,
    fetchedBytes: 0,
    fetchesBegun: 0,
    fetchesGivenUp: 0,
    ...fields,
  };
}

test('a phase is what lies between its first and its last sample', () => {
  const samples = [
    sample(5000, 700, { stallMs: 99 }),
    sample(5400, 900, { stallMs: 7 }),
    sample(6000, 1700, { residentBytes: 300 }),
    sample(6900, 1700),
    sample(7000, 1800),
  ];
  expect(phaseOf(samples)).toEqual({
    seconds: 2,
    writes: 1100,
    writesPerSecond: 550,
    slowestWritesPerSecond: 100,
    leaderStallMsMax: 7,
    leaderResidentBytesMax: 300,
  });
});

test('one that is shorter than a second has no slower part', () => {
  expect(phaseOf([sample(0, 0), sample(500, 50)])).toMatchObject({ writesPerSecond: 100, slowestWritesPerSecond: 100 });
});
