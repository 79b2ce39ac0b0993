import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHistory } from '@balsa/linearizability';
import { expect, test } from 'vitest';
import { withFolder } from '../command/testing.ts';
import { HistoryWriter } from './history-writer.ts';
import type { RegisterOperation } from './registers.ts';

function round(key: string): RegisterOperation[] {
  return [
    { client: 1, key, callAt: 0.5, returnAt: undefined, action: { op: 'write', value: 7 } },
    { client: 2, key, callAt: 1, returnAt: 2, action: { op: 'read', result: null } },
  ];
}

test('what is written can be read again, and a file that is full is followed by another', () =>
  withFolder(async (folder) => {
    const writer = new HistoryWriter(join(folder, 'run.ndjson'), 'seed 1', 5);
    for (const key of ['r1', 'r2', 'r3']) writer.append(round(key));
    const read = (file: string): unknown => parseHistory(readFileSync(join(folder, file), 'utf8'));
    expect(readdirSync(folder).sort()).toEqual(['run.ndjson', 'run.ndjson.2']);
    expect(read('run.ndjson')).toEqual({ model: 'register', operations: [...round('r1'), ...round('r2')] });
    expect(read('run.ndjson.2')).toEqual({ model: 'register', operations: round('r3') });
  }));
