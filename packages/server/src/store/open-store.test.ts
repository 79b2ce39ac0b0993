// What is wrong with files reaches the log, the health and whoever asks.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorageError } from '@balsa/engine/storage';
import { DataType, encodeInsertTablet, StatusCode } from '@balsa/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { refusalFor } from '../service/status-of-error.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { temporaryFolder } from '../testing/test-node.ts';
import { type OpenedStore, openStore } from './open-store.ts';
import { storeFigures } from './store-figures.ts';

let folder: ReturnType<typeof temporaryFolder>;
let clock: HandClock;
let logged: string[];
let store: OpenedStore;

beforeEach(async () => {
  folder = temporaryFolder();
  clock = new HandClock();
  logged = [];
  const { storage, ...config } = loadConfig({ flags: { 'data-folder': folder.path } });
  const settings = { ...config, storage: { ...storage, memtableAgeMs: 1000 } };
  store = await openStore(settings, clock, (level, code) => logged.push(`${level} ${code}`));
});

afterEach(async () => {
  await store.close();
  folder.remove();
});

function write(index: number): void {
  const values = Float64Array.of(index, index + 0.5);
  const timestamps = Float64Array.of(index, index + 1);
  const names = { device: 'root.d', measurements: ['s'], dataTypes: [DataType.DOUBLE] };
  store.engine.apply(index, encodeInsertTablet({ ...names, timestamps, columns: [{ values }] }));
}

test('lies below the data folder, and is written into files when it is old enough', async () => {
  write(1);
  clock.tick!();
  clock.ms += 1000;
  clock.tick!();
  while (store.engine.durableIndex < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(readdirSync(join(folder.path, 'storage', '1'))).toContain('manifest');
  expect(storeFigures(store.engine)).toMatchObject({ files: 1, filePoints: 2, durableIndex: 1, damagedFiles: 0 });
  await store.close();
  expect(clock.tick).toBeUndefined();
});

test('damage is told in the log, in the health, and to whoever asks for what it hit', async () => {
  write(1);
  await store.engine.flush();
  const path = join(folder.path, 'storage', '1');
  const name = readdirSync(path).find((each) => each.endsWith('.tsfile'))!;
  const bytes = readFileSync(join(path, name));
  bytes[20]! ^= 1;
  writeFileSync(join(path, name), bytes);
  const asked = store.engine.scan({ device: 'root.d', measurements: ['s'] }).next();
  const error = await asked.catch((reason: unknown) => reason as StorageError);
  expect(refusalFor(error)).toMatchObject({
    status: StatusCode.STORAGE_ENGINE_ERROR,
    message: expect.stringContaining('STORAGE_DAMAGED'),
  });
  expect(logged).toEqual(['error STORAGE_DAMAGED']);
  const { damagedFiles } = storeFigures(store.engine);
  expect(store.problems.current(damagedFiles)).toMatchObject({ code: 'STORAGE_DAMAGED' });
});

test('a closed engine is a node that stops', async () => {
  await store.close();
  const asked = store.engine.scan({ device: 'root.d', measurements: ['s'] }).next();
  const error = await asked.catch((reason: unknown) => reason);
  expect(refusalFor(error)).toMatchObject({ status: StatusCode.NODE_STOPPING });
});
