import { describe, expect, it } from 'vitest';
import type { Finished } from './child-process.ts';
import { hunt, type Kill } from './hunt.ts';
import type { Killer } from './mutant.ts';

const limits = { known: [], from: 5, seedsMax: 10 };

/** Hunts where whatever is run ends like this. */
function huntEndingWith(killer: Killer, finished: Partial<Finished>): Promise<Kill | undefined> {
  const run = (): Promise<Finished> => Promise.resolve({ exitCode: 0, stdout: '', stderr: '', ...finished });
  return hunt({ run }, killer, limits);
}

describe('a hunt by a simulator', () => {
  const core: Killer = { by: 'core', check: 'liveness' };
  const sought = (violation: string | null): string => `${JSON.stringify({ seeds: 3, seed: 7, violation })}\n`;

  it('tells which check noticed, and after how many seeds, and at which', async () => {
    const kill = await huntEndingWith(core, { stdout: sought('liveness: in vain\n{}') });
    expect(kill).toEqual({ check: 'liveness', seeds: 3, seed: 7 });
  });

  it('tries the seeds first that are known', async () => {
    const commands: (readonly string[])[] = [];
    const run = (_script: string, args: readonly string[]): Promise<Finished> => {
      commands.push(args);
      return Promise.resolve({ exitCode: 0, stdout: sought(null), stderr: '' });
    };
    await hunt({ run }, core, { ...limits, known: [44, 45] });
    expect(commands).toEqual([['core', '5', '10', '44', '45']]);
  });

  it('tells of a survivor', async () => {
    expect(await huntEndingWith(core, { stdout: sought(null) })).toBeUndefined();
  });

  it('takes no process that died, and no code that is none, for a kill', async () => {
    const died = huntEndingWith(core, { exitCode: undefined, stderr: 'out of memory' });
    await expect(died).rejects.toThrow('out of memory');
    const unsound = huntEndingWith(core, { stdout: sought('ReferenceError: x is not defined\n    at y') });
    await expect(unsound).rejects.toThrow('no sound code');
  });
});

describe('a hunt by tests', () => {
  const tests: Killer = { by: 'tests', files: ['x.test.ts'] };
  const report = (passed: number, ...failed: readonly string[]): string => {
    const assertionResults = failed.map((fullName) => ({ status: 'failed', fullName }));
    return JSON.stringify({
      numFailedTests: failed.length,
      numPassedTests: passed,
      testResults: [{ assertionResults }],
    });
  };

  it('tells which test failed', async () => {
    const kill = await huntEndingWith(tests, { exitCode: 1, stdout: report(2, 'it remembers') });
    expect(kill).toEqual({ check: 'test: it remembers', seeds: undefined, seed: undefined });
  });

  it('tells of a survivor', async () => {
    expect(await huntEndingWith(tests, { stdout: report(3) })).toBeUndefined();
  });

  it('takes tests that did not run for nothing', async () => {
    await expect(huntEndingWith(tests, { exitCode: 1, stdout: report(0) })).rejects.toThrow('no test ran');
    await expect(huntEndingWith(tests, { exitCode: 0, stdout: report(0) })).rejects.toThrow('no test ran');
    await expect(huntEndingWith(tests, { exitCode: 1, stdout: 'a crash' })).rejects.toThrow('did not come to an end');
  });
});
