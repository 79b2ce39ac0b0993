// A peer of one process, which says over HTTP when it is ready.

import { BenchError } from '../bench-error.ts';
import { sleepFor } from '../command/sleep-for.ts';
import { type PeerProcess, requireAlive, startPeer, stopPeers } from '../targets/peer-process.ts';
import type { ServerProcess } from '../targets/target.ts';
import { HttpClient } from './http-client.ts';
import { type Message, requireSuccess } from './series-target.ts';

export interface PeerServerOptions {
  readonly system: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** `host:port` */
  readonly address: string;
  readonly connections: number;
  /** Answers with success when it is ready. */
  readonly healthPath: string;
}

const readyTimeoutMs = 30_000;
const pollMs = 100;

export class PeerServer {
  readonly http: HttpClient;
  readonly #process: PeerProcess;

  /** Throws PEER_FAILED. */
  static async start(options: PeerServerOptions, signal: AbortSignal): Promise<PeerServer> {
    const { system, program, args, folder, address, connections, healthPath } = options;
    const process: PeerProcess = { name: system, client: address, process: startPeer(program, args, folder) };
    const http = new HttpClient(address, connections, signal);
    try {
      const deadlineMs = Date.now() + readyTimeoutMs;
      for (;;) {
        requireAlive(system, [process], folder);
        const answer = await http.get(healthPath).catch(() => undefined);
        if (answer !== undefined && answer.status >= 200 && answer.status < 300) return new PeerServer(process, http);
        if (Date.now() > deadlineMs) {
          throw new BenchError(
            'PEER_FAILED',
            `${system} was not ready after ${readyTimeoutMs} ms: see log.txt in ${folder}`,
          );
        }
        await sleepFor(pollMs, signal);
      }
    } catch (error) {
      http.close();
      await stopPeers([process]);
      throw error;
    }
  }

  private constructor(process: PeerProcess, http: HttpClient) {
    this.#process = process;
    this.http = http;
  }

  get processes(): readonly ServerProcess[] {
    return [{ name: this.#process.name, pid: this.#process.process.pid ?? 0 }];
  }

  /** A batch as text, to be posted to `path`. */
  message(path: string, text: string): Message {
    const body = Buffer.from(text);
    return {
      bytes: body.length,
      send: async () => {
        requireSuccess(this.#process.name, 'a batch', await this.http.post(path, body, 'text/plain'));
      },
    };
  }

  async stop(): Promise<void> {
    this.http.close();
    await stopPeers([this.#process]);
  }
}
