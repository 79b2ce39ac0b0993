// Load generators in Go live in the repository's `interop` folder and are compiled for each run; Go's build cache
// makes every run but the first quick.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BenchError } from '../bench-error.ts';
import { findProgram } from './find-program.ts';

const buildTimeoutMs = 300_000;

/** Compiles `interop/<name>` to `<folder>/<name>` and returns that path. Throws PEER_MISSING or PEER_FAILED. */
export async function buildGoGenerator(name: string, folder: string, signal: AbortSignal): Promise<string> {
  const go = findProgram('go');
  if (go === undefined) {
    throw new BenchError(
      'PEER_MISSING',
      'Go is not on the PATH: install Go 1.26 or later, or choose --etcd-client node',
    );
  }
  const source = fileURLToPath(new URL(`../../../../interop/${name}`, import.meta.url));
  if (!existsSync(source)) {
    throw new BenchError(
      'PEER_MISSING',
      `${source} is missing: the Go load generator needs a checkout of the repository`,
    );
  }
  const program = join(folder, name);
  try {
    await promisify(execFile)(go, ['build', '-buildvcs=false', '-o', program, '.'], {
      cwd: source,
      timeout: buildTimeoutMs,
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BenchError('PEER_FAILED', `the Go load generator ${name} could not be built: ${reason}`, { cause });
  }
  return program;
}
