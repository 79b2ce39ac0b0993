import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inScratchFolder } from '../testing/run-balsa.ts';
import { addToHistory, asEntry, HISTORY_ENTRIES_MAX, historyFile, loadHistory } from './history.ts';

describe('the history', () => {
  it('lies where the environment says', () => {
    expect(historyFile({ XDG_STATE_HOME: '/state' }, '/home/ann')).toBe('/state/balsa/history');
    expect(historyFile({ XDG_STATE_HOME: 'state' }, '/home/ann')).toBe('/home/ann/.balsa_history');
    expect(historyFile({}, '/home/ann')).toBe('/home/ann/.balsa_history');
  });

  it('is kept for its owner alone', () =>
    inScratchFolder(async (folder) => {
      const path = join(folder, 'balsa', 'history');
      expect(await loadHistory(path)).toEqual([]);
      await addToHistory(path, 'show devices;');
      await addToHistory(path, '\\q');
      expect(await loadHistory(path)).toEqual(['show devices;', '\\q']);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      await chmod(path, 0o644);
      await loadHistory(path);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }));

  it('is bounded', () =>
    inScratchFolder(async (folder) => {
      const path = join(folder, 'history');
      const entries = Array.from({ length: HISTORY_ENTRIES_MAX + 7 }, (_, at) => `s${at};`);
      await writeFile(path, `${entries.join('\n')}\n`);
      expect(await loadHistory(path)).toEqual(entries.slice(7));
      expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(HISTORY_ENTRIES_MAX + 1);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      await addToHistory(path, 'x'.repeat(20_000));
      expect(await loadHistory(path)).toHaveLength(HISTORY_ENTRIES_MAX);
    }));

  it('has a statement of several lines as one', () => {
    expect(asEntry(['select a -- the first', "  from root.`x--y` where b = '--'", ';'])).toBe(
      "select a /* the first */   from root.`x--y` where b = '--' ;",
    );
  });
});
