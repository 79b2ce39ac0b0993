import { encodeSchemaCommand, type SchemaCommand, SchemaRegistry } from '@balsa/engine';
import { encodeAdvanceClock, type StorageEngine } from '@balsa/engine/storage';
import { ReplicaError } from '@balsa/replica';
import { DataType, encodeInsertTablet } from '@balsa/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { openTestEngine } from '../testing/test-store.ts';
import { ExpiryKeeper, type ExpiryKeeperPorts } from './expiry-keeper.ts';

const device = 'root.plant.line1';
const dayMs = 86_400_000;
const nowMs = 100 * dayMs;
const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (let close = open.pop(); close !== undefined; close = open.pop()) await close();
});

/** A node that leads its groups, and carries out at once what is proposed. */
class Rig {
  readonly registry = new SchemaRegistry();
  readonly engine: StorageEngine;
  readonly logged: string[] = [];
  readonly keeper: ExpiryKeeper;
  term = 1;
  nowMs = nowMs;
  barriers = 0;
  proposals = 0;
  onBarrier: () => Promise<void> | void = () => undefined;
  readonly #clock = new HandClock();

  private constructor(engine: StorageEngine) {
    this.engine = engine;
    const readBarrier = async (): Promise<number> => {
      this.barriers++;
      await this.onBarrier();
      return 0;
    };
    this.keeper = new ExpiryKeeper(1000, {
      registry: this.registry,
      store: () => this.engine,
      metadata: { readBarrier },
      data: {
        isLeader: true,
        readBarrier,
        status: () => ({ term: this.term }),
        propose: async (command: Uint8Array) => {
          this.proposals++;
          return { result: this.engine.apply(this.engine.appliedIndex + 1, command) };
        },
      } as unknown as ExpiryKeeperPorts['data'],
      clock: this.#clock,
      dateMs: () => this.nowMs,
      log: (_level, code) => this.logged.push(code),
    });
  }

  static async start(): Promise<Rig> {
    const rig = new Rig(await openTestEngine());
    open.push(
      () => rig.engine.close(),
      () => rig.keeper.stop(),
    );
    return rig;
  }

  schema(command: SchemaCommand): void {
    this.registry.apply(this.registry.statistics().appliedIndex + 1, encodeSchemaCommand(command));
  }

  write(...times: number[]): void {
    const tablet = {
      device,
      measurements: ['s'],
      dataTypes: [DataType.DOUBLE],
      timestamps: Float64Array.from(times),
      columns: [{ values: Float64Array.from(times) }],
    };
    this.engine.apply(this.engine.appliedIndex + 1, encodeInsertTablet(tablet));
  }

  /** One interval after the other, each until nothing moves any more. */
  async intervals(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.#clock.tick?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async times(): Promise<number[]> {
    const found: number[] = [];
    for await (const { times } of this.engine.scan({ device, measurements: ['s'] })) found.push(...times);
    return found;
  }
}

const ttl = { kind: 'setTtl', path: 'root.plant.**', ttlMs: dayMs } as const;

describe('a node that leads', () => {
  it('makes what has outlived its time expire', async () => {
    const rig = await Rig.start();
    rig.schema(ttl);
    rig.write(nowMs - dayMs - 1, nowMs - dayMs, nowMs);
    await rig.intervals(2);
    expect(await rig.times()).toEqual([nowMs - dayMs, nowMs]);
    expect(rig.engine.ttl).toMatchObject({ clockMs: nowMs, rules: [{ path: 'root.plant.**', ttlMs: dayMs }] });
  });

  it('follows what is said of times to live: a longer one does not bring back what has expired, and keeps the rest', async () => {
    const rig = await Rig.start();
    rig.schema(ttl);
    rig.write(nowMs - 3 * dayMs, nowMs);
    await rig.intervals(2);
    rig.schema({ kind: 'unsetTtl', path: ttl.path });
    rig.schema({ ...ttl, ttlMs: 50 * dayMs });
    rig.nowMs += 2 * dayMs;
    await rig.intervals(1);
    expect(rig.engine.ttl.rules).toEqual([{ path: ttl.path, ttlMs: 50 * dayMs }]);
    expect(await rig.times()).toEqual([nowMs]);
    rig.schema({ kind: 'unsetTtl', path: ttl.path });
    await rig.intervals(1);
    expect(rig.engine.ttl.rules).toEqual([]);
    expect(await rig.times()).toEqual([nowMs]);
  });

  it('wakes nobody while there is nothing to do', async () => {
    const rig = await Rig.start();
    rig.write(nowMs);
    await rig.intervals(3);
    rig.schema(ttl);
    await rig.intervals(1);
    const { barriers, proposals } = rig;
    expect(barriers).toBe(2);
    rig.nowMs += 1000;
    rig.write(rig.nowMs);
    await rig.intervals(3);
    expect(rig).toMatchObject({ barriers, proposals });
    rig.nowMs += 2 * dayMs;
    await rig.intervals(1);
    expect(rig.proposals).toBeGreaterThan(proposals);
  });

  it('goes by what the quorum confirms, not by what it has', async () => {
    const rig = await Rig.start();
    rig.schema(ttl);
    rig.write(1);
    rig.onBarrier = () => rig.schema({ kind: 'unsetTtl', path: ttl.path });
    await rig.intervals(2);
    expect(rig.engine.ttl.rules).toEqual([]);
    expect(await rig.times()).toEqual([1]);
  });
});

it('does nothing in a term before it has led for an interval', async () => {
  const rig = await Rig.start();
  rig.schema(ttl);
  await rig.intervals(1);
  rig.term = 2;
  await rig.intervals(1);
  expect(rig.proposals).toBe(0);
  await rig.intervals(1);
  expect(rig.proposals).toBe(1);
});

describe('a clock', () => {
  it('that is far ahead is followed by a day at a time, and is told of', async () => {
    const rig = await Rig.start();
    rig.schema(ttl);
    rig.write(nowMs - 2 * dayMs, nowMs - dayMs / 2, nowMs + 20 * dayMs);
    await rig.intervals(2);
    rig.nowMs += 1000 * dayMs;
    await rig.intervals(3);
    expect(rig.engine.ttl.clockMs).toBe(nowMs + 3 * dayMs);
    expect(await rig.times()).toEqual([nowMs + 20 * dayMs]);
    expect(rig.logged).toEqual(['EXPIRY_CLOCKS_DIFFER']);
  });

  it('that is behind changes nothing, and is told of', async () => {
    const rig = await Rig.start();
    rig.engine.apply(1, encodeAdvanceClock(nowMs + dayMs));
    rig.schema(ttl);
    rig.write(nowMs + 1);
    await rig.intervals(3);
    expect(rig.engine.ttl.clockMs).toBe(nowMs + dayMs);
    expect(await rig.times()).toEqual([nowMs + 1]);
    expect(rig.logged).toEqual(['EXPIRY_CLOCKS_DIFFER']);
  });
});

describe('a step that fails', () => {
  it('is tried again', async () => {
    const rig = await Rig.start();
    rig.schema(ttl);
    rig.onBarrier = () => Promise.reject(new ReplicaError('NO_QUORUM', 'nobody answers'));
    await rig.intervals(3);
    expect(rig.engine.ttl.rules).toEqual([]);
    rig.onBarrier = () => Promise.reject(new Error('something else'));
    await rig.intervals(1);
    expect(rig.logged).toEqual(['EXPIRY_FAILED']);
    rig.onBarrier = () => undefined;
    await rig.intervals(1);
    expect(rig.engine.ttl.rules).toHaveLength(1);
  });

  it('is waited for when the node stops, and goes no further', async () => {
    const rig = await Rig.start();
    rig.schema(ttl);
    const confirm: (() => void)[] = [];
    rig.onBarrier = () => new Promise((resolve) => confirm.push(resolve));
    await rig.intervals(2);
    const stopped = vi.fn();
    const stopping = rig.keeper.stop().then(stopped);
    await rig.intervals(2);
    expect(stopped).not.toHaveBeenCalled();
    for (const each of confirm) each();
    await stopping;
    expect(rig.proposals).toBe(0);
  });
});
