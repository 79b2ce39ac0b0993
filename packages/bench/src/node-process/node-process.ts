// The parent's side of a node process: calls, one after the other, and its end in any case.

import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { builtFile } from '../targets/built-file.ts';
import type { AnswerOf, ArgumentOf, CallMessage, CallName, NodeCalls, NodeSpec, ReplyMessage } from './calls.ts';

const stopTimeoutMs = 15_000;
const lastWordsMax = 2_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: BenchError) => void;
}

export class NodeProcess<Calls extends NodeCalls> {
  readonly id: number;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #exited: Promise<void>;
  #waiting: Waiting | undefined;
  #hasEnded = false;

  /**
   * Starts `module`, which serves the calls (serve-calls.ts); resolves when it says that it does. `launcher`: words that start what
   * stands behind them, as `ip netns exec NAME` does. Throws NODE_ENDED.
   */
  static async start<Calls extends NodeCalls>(
    module: string,
    spec: NodeSpec,
    launcher: readonly string[] = [],
  ): Promise<NodeProcess<Calls>> {
    const node = new NodeProcess<Calls>(module, spec, launcher);
    await node.#reply();
    return node;
  }

  private constructor(module: string, spec: NodeSpec, launcher: readonly string[]) {
    mkdirSync(spec.folder, { recursive: true });
    this.id = spec.nodeId;
    this.#logFile = join(spec.folder, 'output.log');
    const log = openSync(this.#logFile, 'a');
    const [execPath, ...execArgv] = [...launcher, process.execPath, '--expose-gc'] as const;
    this.#child = fork(builtFile(module), [JSON.stringify(spec)], {
      execPath: execPath!,
      execArgv,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.#child.on('message', (message: ReplyMessage) => this.#onReply(message));
    this.#exited = new Promise((resolve) => {
      const end = (): void => {
        this.#hasEnded = true;
        this.#waiting?.reject(this.#ended());
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('exit', end);
    });
  }

  /** Throws NODE_ENDED if the process ends before it has answered, or answers with an error. */
  async call<Name extends CallName<Calls>>(
    name: Name,
    argument: ArgumentOf<Calls, Name>,
  ): Promise<AnswerOf<Calls, Name>> {
    return (await this.#call({ name, argument })) as AnswerOf<Calls, Name>;
  }

  /** Asks the process to stop, and kills it if it does not soon. Never rejects. */
  async stop(): Promise<void> {
    const impatience = setTimeout(() => this.kill(), stopTimeoutMs);
    await this.#call({ name: 'stop', argument: null }).catch(() => this.kill());
    await this.#exited;
    clearTimeout(impatience);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Of the process; `undefined` if it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  #call(message: CallMessage): Promise<unknown> {
    const reply = this.#reply();
    // Whether it arrives shows in the reply, or in the end of the process.
    if (!this.#hasEnded) this.#child.send(message, () => {});
    return reply;
  }

  #reply(): Promise<unknown> {
    if (this.#hasEnded) return Promise.reject(this.#ended());
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  #onReply(message: ReplyMessage): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if ('error' in message) waiting?.reject(new BenchError('NODE_ENDED', `node ${this.id} failed: ${message.error}`));
    else waiting?.resolve(message.answer);
  }

  #ended(): BenchError {
    const words = readFileSync(this.#logFile, 'utf8').slice(-lastWordsMax).trim();
    return new BenchError('NODE_ENDED', `node ${this.id} ended by itself: ${words || 'it said nothing'}`);
  }
}
