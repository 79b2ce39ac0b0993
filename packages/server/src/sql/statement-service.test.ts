import { SchemaRegistry } from '@balsa/engine';
import { ReplicaError } from '@balsa/replica';
import { defaultQueryLimits } from '@balsa/sql';
import { DataType, encodeInsertTablet, StatusCode } from '@balsa/wire';
import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../service/byte-budget.ts';
import { Consistency } from '../service/consistency.ts';
import { openTestEngine } from '../testing/test-store.ts';
import { RunningQueries } from './running-queries.ts';
import { type StatementGroup, StatementService } from './statement-service.ts';

/** Nobody confirms anything. */
const alone: StatementGroup = {
  failure: undefined,
  readBarrier: () => Promise.reject(new ReplicaError('DEADLINE_EXCEEDED', 'nobody answers')),
  propose: () => Promise.reject(new ReplicaError('NO_QUORUM', 'nobody answers')),
};

const engine = await openTestEngine();

function serviceOf(group: StatementGroup): StatementService {
  const nowMs = () => 0;
  return new StatementService({
    registry: new SchemaRegistry(),
    store: () => engine,
    metadata: group,
    data: group,
    insertTablet: () => Promise.reject(new ReplicaError('NO_QUORUM', 'nobody answers')),
    queries: new RunningQueries(1, 10, { nowMs }),
    queryLimits: defaultQueryLimits,
    queryMemory: new ByteBudget(1 << 20),
    clusterFacts: () => {
      return { clusterId: 'c', version: 'v', nodes: [], regions: [], variables: [], queries: [], nowMs: 0 };
    },
    nowMs,
  });
}

const options = { timeoutMs: 100, zone: 'Z' };
const linearizable = { ...options, consistency: Consistency.linearizable };
const local = { ...options, consistency: Consistency.local };

describe('a node without a quorum', () => {
  const service = serviceOf(alone);

  it.each(['select s from root.d', 'show databases', 'count devices', 'show latest timeseries'])(
    'refuses %s as a read that was not confirmed in time, and shows what it has',
    async (sql) => {
      await expect(service.execute(sql, linearizable)).rejects.toMatchObject({ status: StatusCode.QUERY_TIMEOUT });
      expect(await service.execute(sql, local)).toMatchObject({ kind: 'rows' });
    },
  );

  it.each(['show cluster', 'show version', 'show available urls', 'show queries'])('still tells %s', async (sql) => {
    expect(await service.execute(sql, linearizable)).toMatchObject({ kind: 'rows', of: 'facts' });
  });

  it('changes nothing', async () => {
    await expect(service.execute('create database root.d', linearizable)).rejects.toMatchObject({ code: 'NO_QUORUM' });
  });
});

it('what has failed is not shown, not even locally', async () => {
  const service = serviceOf({ ...alone, failure: new Error('the state machine has failed') });
  await expect(service.execute('select s from root.d', local)).rejects.toMatchObject({ code: 'GROUP_FAILED' });
});

it('FLUSH makes files of what this node has in memory, whoever leads', async () => {
  const tablet = {
    device: 'root.d',
    measurements: ['s'],
    dataTypes: [DataType.DOUBLE],
    timestamps: Float64Array.of(1),
    columns: [{ values: Float64Array.of(0.5) }],
  };
  engine.apply(engine.appliedIndex + 1, encodeInsertTablet(tablet));
  expect(engine.statistics().filePoints).toBe(0);
  expect(await serviceOf(alone).execute('flush', local)).toMatchObject({ kind: 'done', result: { status: 200 } });
  expect(engine.statistics().filePoints).toBe(1);
  engine.apply(engine.appliedIndex + 1, encodeInsertTablet(tablet));
  const gone = { ...local, signal: AbortSignal.abort(new Error('gone')) };
  await expect(serviceOf(alone).execute('flush', gone)).rejects.toThrow('gone');
});
