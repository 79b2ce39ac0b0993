// The server processes of a peer: started with their output in a file, ended in any case.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';

const exitTimeoutMs = 5_000;

export interface PeerProcess {
  readonly name: string;
  /** `host:port` for clients. */
  readonly client: string;
  readonly process: ChildProcess;
}

/** Starts `program` with its standard output and error in `<folder>/log.txt`. */
export function startPeer(program: string, args: readonly string[], folder: string): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const log = openSync(join(folder, 'log.txt'), 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  // A failed start shows as an exit; without a listener the error would end this process.
  child.on('error', () => undefined);
  return child;
}

/** Throws PEER_FAILED if one has ended. */
export function requireAlive(system: string, nodes: readonly PeerProcess[], folder: string): void {
  const dead = nodes.find((node) => hasExited(node.process));
  if (dead === undefined) return;
  throw new BenchError('PEER_FAILED', `${system} node ${dead.name} ended: see log.txt below ${folder}`);
}

export async function stopPeers(nodes: readonly PeerProcess[]): Promise<void> {
  await Promise.all(
    nodes.map(async ({ process: child }) => {
      if (hasExited(child)) return;
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGTERM');
      const impatience = setTimeout(() => child.kill('SIGKILL'), exitTimeoutMs);
      await exited;
      clearTimeout(impatience);
    }),
  );
}

function hasExited(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
