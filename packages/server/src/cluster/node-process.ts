// One node as a child process, from spawn to exit.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerError } from '../errors.ts';
import { ping } from './ping.ts';

// From src/ and from dist/ alike: processes always run what is built.
const entryFile = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const pollIntervalMs = 20;
const errorTailCharactersMax = 2000;

export interface NodeProcessPlace {
  readonly id: number;
  readonly folder: string;
  readonly configFile: string;
  readonly http: string;
  /** Words before the command line of the process; see `LocalNetwork`. */
  readonly launcher: readonly string[];
}

/** `node --cpu-prof …` profiles the nodes too. */
const profilingFlags: readonly string[] = process.execArgv.filter((flag) => /^--(cpu|heap)-prof/.test(flag));

/** `listening`: answers on its HTTP port. `ready`: also knows a leader for each of its groups. */
export type Readiness = 'listening' | 'ready';

export class NodeProcess {
  readonly pid: number;
  readonly #place: NodeProcessPlace;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #running = true;
  #exitText = '';

  /** Starts the process. In the node's folder, stdout.log grows with every start; stderr.log is of the last one. */
  constructor(place: NodeProcessPlace) {
    this.#place = place;
    const output = openSync(join(place.folder, 'stdout.log'), 'a');
    const errors = openSync(join(place.folder, 'stderr.log'), 'w');
    try {
      // The pipe to the child's standard input carries nothing: that it closes tells the child that its parent is gone.
      const [program = process.execPath, ...words] = [
        ...place.launcher,
        process.execPath,
        ...profilingFlags,
        entryFile,
        '--config',
        place.configFile,
        '--exit-with-parent',
      ];
      this.#child = spawn(program, words, { stdio: ['pipe', output, errors], env: environmentWithoutSettings() });
    } finally {
      closeSync(output);
      closeSync(errors);
    }
    this.#exited = new Promise((resolve) => {
      const finish = (text: string): void => {
        this.#running = false;
        this.#exitText = text;
        resolve();
      };
      this.#child.once('error', (error) => finish(error.message));
      this.#child.once('exit', (code, signal) => finish(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
    this.#child.stdin?.on('error', () => {}); // A dying child breaks the pipe; its exit is what counts.
    this.pid = this.#child.pid ?? -1;
  }

  get running(): boolean {
    return this.#running;
  }

  /** What the process wrote to standard error since it was started, at most its last 2,000 characters. */
  get errorOutput(): string {
    return readFileSync(join(this.#place.folder, 'stderr.log'), 'utf8').slice(-errorTailCharactersMax).trim();
  }

  /** @throws ServerError CLUSTER_START_FAILED if the process ends or the deadline passes first. */
  async untilReady(readiness: Readiness, deadlineMs: number): Promise<void> {
    for (;;) {
      const answer = await ping(this.#place.http, Math.max(1, Math.min(1000, deadlineMs - Date.now())));
      if (answer === 'ready' || (answer === 'notReady' && readiness === 'listening')) {
        return;
      }
      if (!this.#running) {
        throw this.#failure(`ended before it was ${readiness} (${this.#exitText})`);
      }
      if (Date.now() >= deadlineMs) {
        throw this.#failure(`was not ${readiness} in time`);
      }
      await Promise.race([sleep(pollIntervalMs), this.#exited]);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  exited(): Promise<void> {
    return this.#exited;
  }

  /** Asks the process to stop, and kills it if it has not within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (!this.#running) {
      return;
    }
    this.signal('SIGCONT'); // A paused process could not hear the request.
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #failure(what: string): ServerError {
    const { id, folder } = this.#place;
    const errors = this.errorOutput;
    const detail = errors === '' ? `its log is in ${folder}` : errors;
    return new ServerError('CLUSTER_START_FAILED', `node ${id} ${what}: ${detail}`);
  }
}

/** Settings of whoever starts the cluster must not leak into its nodes. */
function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('BALSA_')));
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
