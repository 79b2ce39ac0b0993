import { join } from 'node:path';
import { inputBytesMax } from '@balsa/wire/fuzz';
import { expect, test } from 'vitest';
import { withFolder } from '../command/testing.ts';
import { readTrial, TrialFile } from './trial-file.ts';

test('the last trial can be read, whatever came before', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'trial');
    expect(readTrial(path)).toBeUndefined();
    const file = new TrialFile(path);
    expect(readTrial(path)).toBeUndefined();
    const large = { position: 1, execution: 7, accepted: 3, input: Buffer.alloc(inputBytesMax, 5) };
    const small = { position: 2, execution: 1, accepted: 0, input: Buffer.from('abc') };
    file.put(large);
    expect(readTrial(path)).toEqual(large);
    file.put(small);
    expect(readTrial(path)).toEqual(small);
    file.close();
    expect(readTrial(path)).toEqual(small);
  }));
