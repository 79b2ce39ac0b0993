import { encodeSchemaCommand, SchemaRegistry } from '@balsa/engine';
import { MemoryFolder, type StorageEngine } from '@balsa/engine/storage';
import { ReplicaError } from '@balsa/replica';
import { defaultQueryLimits } from '@balsa/sql';
import { DataType, encodeInsertTablet, StatusCode } from '@balsa/wire';
import { describe, expect, it, vi } from 'vitest';
import { ByteBudget } from '../service/byte-budget.ts';
import { Consistency } from '../service/consistency.ts';
import { refusalFor } from '../service/status-of-error.ts';
import { openTestEngine } from '../testing/test-store.ts';
import { RunningQueries } from './running-queries.ts';
import { type StatementGroup, type StatementPorts, StatementService } from './statement-service.ts';

/** Nobody confirms anything. */
const alone: StatementGroup = {
  failure: undefined,
  readBarrier: () => Promise.reject(new ReplicaError('DEADLINE_EXCEEDED', 'nobody answers')),
  propose: () => Promise.reject(new ReplicaError('NO_QUORUM', 'nobody answers')),
};

const engine = await openTestEngine();

function serviceOf(group: StatementGroup, given: Partial<StatementPorts> = {}): StatementService {
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
    ...given,
  });
}

/** A quorum, which confirms everything. */
const together: StatementGroup = { ...alone, readBarrier: () => Promise.resolve(0) };

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

function write(to: StorageEngine, device: string): void {
  const tablet = {
    device,
    measurements: ['s'],
    dataTypes: [DataType.DOUBLE],
    timestamps: Float64Array.of(1),
    columns: [{ values: Float64Array.of(1) }],
  };
  to.apply(to.appliedIndex + 1, encodeInsertTablet(tablet));
}

describe('FLUSH', () => {
  it('has put what was applied into files when it answers', async () => {
    const own = await openTestEngine();
    const service = serviceOf(together, { store: () => own });
    write(own, 'root.d');
    expect(await service.execute('flush root.d', linearizable)).toMatchObject({ elsewhere: 'FLUSH ON LOCAL' });
    expect(own.statistics()).toMatchObject({ durableIndex: own.appliedIndex, filePoints: 1 });
    await own.close();
  });

  it('is about this node alone if it says so', async () => {
    const own = await openTestEngine();
    const service = serviceOf(together, { store: () => own });
    const outcome = await service.execute('flush on local', linearizable);
    expect(outcome).toEqual({ kind: 'done', result: { status: StatusCode.SUCCESS, message: '' } });
    await own.close();
  });

  it('tells of a disk that takes no files', async () => {
    const folder = new MemoryFolder();
    const own = await openTestEngine(folder);
    const service = serviceOf(together, { store: () => own });
    write(own, 'root.d');
    folder.failNext('create', 'ENOSPC');
    const refusal = await service.execute('flush', linearizable).catch(refusalFor);
    expect(refusal).toMatchObject({
      status: StatusCode.STORAGE_ENGINE_ERROR,
      message: expect.stringContaining('STORAGE_FAILED'),
    });
    expect(await service.execute('flush', linearizable)).toMatchObject({ kind: 'done' });
    await own.close();
  });

  it('does not wait for it longer than it may', async () => {
    const stuck = { flush: () => new Promise<void>(() => undefined) } as StorageEngine;
    const service = serviceOf(together, { store: () => stuck });
    const late = expect.objectContaining({ status: StatusCode.WRITE_TIMEOUT });
    await expect(service.execute('flush', { ...linearizable, timeoutMs: 1 })).rejects.toEqual(late);
  });
});

describe('SHOW LATEST TIMESERIES', () => {
  const registry = new SchemaRegistry();
  const series = {
    measurement: 's',
    dataType: DataType.DOUBLE,
    encoding: 'PLAIN',
    compressor: 'LZ4',
    alias: undefined,
  };
  const definitions = [{ ...series, tags: [], attributes: [] }];
  registry.apply(1, encodeSchemaCommand({ kind: 'createSeries', device: 'root.d', isAligned: false, definitions }));
  /** Ends only with the signal. */
  const slow = {
    dataTypeOf: () => DataType.DOUBLE,
    last: (_device: string, _measurement: string, signal: AbortSignal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  } as unknown as StorageEngine;
  const latest = 'show latest timeseries';

  it('counts as a query that runs, until it is given up', async () => {
    const queries = new RunningQueries(1, 1, { nowMs: () => 0 });
    const service = serviceOf(together, { registry, queries, store: () => slow });
    const gone = new AbortController();
    const answer = service.execute(latest, { ...linearizable, timeoutMs: 60_000, signal: gone.signal });
    await vi.waitFor(() => expect(queries.list()).toMatchObject([{ statement: latest }]));
    await expect(service.execute(latest, linearizable)).rejects.toMatchObject({ status: StatusCode.TOO_MANY_QUERIES });
    gone.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    expect(queries.list()).toEqual([]);
  });

  it('ends at its deadline', async () => {
    const service = serviceOf(together, { registry, store: () => slow });
    const late = expect.objectContaining({ status: StatusCode.QUERY_TIMEOUT });
    await expect(service.execute(latest, { ...linearizable, timeoutMs: 1 })).rejects.toEqual(late);
  });
});
