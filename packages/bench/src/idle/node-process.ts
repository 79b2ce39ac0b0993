// The parent's side of a node process: calls, one after the other, and its end in any case.

import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../bench-error.ts';
import { builtFile } from '../targets/built-file.ts';
import type { AnswerOf, ArgumentOf, CallMessage, CallName, IdleNodeSpec, ReplyMessage } from './node-protocol.ts';

const stopTimeoutMs = 15_000;
const lastWordsMax = 2_000;

interface Waiting {
  readonly resolve: (answer: AnswerOf<CallName>) => void;
  readonly reject: (error: BenchError) => void;
}

export class IdleNodeProcess {
  readonly id: number;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #exited: Promise<void>;
  #waiting: Waiting | undefined;
  #hasEnded = false;

  /** Starts the process; resolves when it listens. Throws NODE_ENDED. */
  static async start(spec: IdleNodeSpec): Promise<IdleNodeProcess> {
    const node = new IdleNodeProcess(spec);
    await node.#reply();
    return node;
  }

  private constructor(spec: IdleNodeSpec) {
    mkdirSync(spec.folder, { recursive: true });
    this.id = spec.nodeId;
    this.#logFile = join(spec.folder, 'output.log');
    const log = openSync(this.#logFile, 'a');
    this.#child = fork(builtFile('idle/node-main.js'), [JSON.stringify(spec)], {
      execArgv: ['--expose-gc'],
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
  async call<Name extends CallName>(name: Name, argument: ArgumentOf<Name>): Promise<AnswerOf<Name>> {
    const reply = this.#reply();
    const message: CallMessage = { name, argument };
    // Whether it arrives shows in the reply, or in the end of the process.
    if (!this.#hasEnded) this.#child.send(message, () => {});
    return (await reply) as AnswerOf<Name>;
  }

  /** Asks the process to stop, and kills it if it does not soon. Never rejects. */
  async stop(): Promise<void> {
    const impatience = setTimeout(() => this.kill(), stopTimeoutMs);
    await this.call('stop', null).catch(() => this.kill());
    await this.#exited;
    clearTimeout(impatience);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #reply(): Promise<AnswerOf<CallName>> {
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
