// The life of a node process: from its command line to its exit code.

import { StorageError } from '@balsa/engine/storage';
import { ReplicaError } from '@balsa/replica';
import { loadConfig } from '../config/load.ts';
import { ServerError } from '../errors.ts';
import { createLog } from '../log.ts';
import { BalsaNode } from '../node.ts';
import { describeFault } from '../service/status-of-error.ts';
import { parseNodeArguments } from './arguments.ts';
import { keepHeapHeadroom } from './heap-headroom.ts';

export const ExitCode = {
  stopped: 0,
  failed: 1,
  /** EX_CONFIG of sysexits.h */
  configuration: 78,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * Runs one node until SIGTERM, SIGINT, a failure or, with `--exit-with-parent`, the end of standard input.
 * A failure is one coded line on standard error.
 * @param words the command line: `--config <file>`, `--<setting> <value>`, `--exit-with-parent`
 * @returns the exit code for the process
 */
export async function runNode(words: readonly string[]): Promise<ExitCode> {
  const ending = new Ending();
  const releaseHeadroom = keepHeapHeadroom();
  try {
    const { configFile, flags, exitWithParent } = parseNodeArguments(words);
    const config = loadConfig({ file: configFile, env: process.env, flags });
    if (exitWithParent) {
      ending.followStandardInput();
    }
    const log = createLog(config.logLevel, config.nodeId);
    const node = await BalsaNode.start(config, { log });
    const failure = await Promise.race([ending.reached, node.failed]);
    if (failure === undefined) {
      log('info', 'NODE_STOPPING', `stopping: ${ending.reason}`);
    }
    await node.stop();
    if (failure !== undefined) {
      throw failure;
    }
    return ExitCode.stopped;
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    const isConfiguration = error instanceof ServerError && error.code.startsWith('CONFIG_');
    return isConfiguration ? ExitCode.configuration : ExitCode.failed;
  } finally {
    releaseHeadroom();
    ending.forget();
  }
}

/** Why a node process should end: a signal, or its parent's end. */
class Ending {
  readonly reached: Promise<undefined>;
  reason = '';
  #reach: () => void = () => {};
  readonly #onTerminate = (): void => this.#end('SIGTERM');
  readonly #onInterrupt = (): void => this.#end('SIGINT');
  readonly #onParentGone = (): void => this.#end('the parent process is gone');

  constructor() {
    this.reached = new Promise((resolve) => {
      this.#reach = () => resolve(undefined);
    });
    process.on('SIGTERM', this.#onTerminate);
    process.on('SIGINT', this.#onInterrupt);
  }

  followStandardInput(): void {
    process.stdin.on('close', this.#onParentGone);
    process.stdin.on('error', this.#onParentGone);
    process.stdin.resume();
  }

  forget(): void {
    process.removeListener('SIGTERM', this.#onTerminate);
    process.removeListener('SIGINT', this.#onInterrupt);
    process.stdin.removeListener('close', this.#onParentGone);
    process.stdin.pause();
  }

  #end(reason: string): void {
    this.reason = reason;
    this.#reach();
  }
}

/** One line for what an operator can mend; the stack only of what a programmer must. */
function describe(error: unknown): string {
  const isCoded = error instanceof ServerError || error instanceof ReplicaError || error instanceof StorageError;
  return isCoded ? `${error.code}: ${error.message}` : `INTERNAL_FAULT: ${describeFault(error)}`;
}
