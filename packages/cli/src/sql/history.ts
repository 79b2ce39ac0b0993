// What was typed, from one session to the next, in a file that only its owner reads: statements may hold what is nobody else's business.

import { appendFile, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export const HISTORY_ENTRIES_MAX = 1000;
/** Longer ones are not kept. */
const ENTRY_CHARS_MAX = 10_000;
const OWNER_ONLY = 0o600;

/** `$XDG_STATE_HOME/balsa/history` where that is set, `~/.balsa_history` otherwise. */
export function historyFile({ XDG_STATE_HOME: stateHome }: NodeJS.ProcessEnv, home: string = homedir()): string {
  // The specification says to ignore what is relative.
  return stateHome?.startsWith('/') ? join(stateHome, 'balsa', 'history') : join(home, '.balsa_history');
}

/** The newest entries, oldest first; none if there is no file. The file is cut down to them. @throws the system's errors. */
export async function loadHistory(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  await chmod(path, OWNER_ONLY);
  const all = text.split('\n').filter((entry) => entry !== '');
  const newest = all.slice(-HISTORY_ENTRIES_MAX);
  if (newest.length < all.length) {
    const other = `${path}.${process.pid}`;
    await writeFile(other, newest.map((entry) => `${entry}\n`).join(''), { mode: OWNER_ONLY });
    await rename(other, path);
  }
  return newest;
}

/** Adds one entry, so that shells that run beside each other keep each other's. @throws the system's errors. */
export async function addToHistory(path: string, entry: string): Promise<void> {
  if (entry.length > ENTRY_CHARS_MAX) return;
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${entry}\n`, { mode: OWNER_ONLY });
}

/**
 * Lines of a statement as one entry, to be called back whole; a line comment would swallow what follows it, so it becomes the other kind.
 */
export function asEntry(lines: readonly string[]): string {
  const joined = lines.map((line, at) => (at < lines.length - 1 ? withoutLineComment(line) : line));
  return joined.join(' ').trim();
}

/** Outside of quotes. */
function withoutLineComment(line: string): string {
  const parts = /^((?:'[^']*'|"[^"]*"|`[^`]*`|(?!--)[^'"`])*)--(.*)$/.exec(line);
  return parts === null ? line : `${parts[1]}/*${parts[2]?.replaceAll('*/', '* /')} */`;
}
