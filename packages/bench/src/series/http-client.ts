// One client for all targets, over connections that stay open: what it costs, it costs everybody.

import { Agent, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Without a sign of life. */
const silenceTimeoutMs = 120_000;

export class HttpClient {
  readonly #agent: Agent;
  readonly #host: string;
  readonly #port: string;
  readonly #signal: AbortSignal;
  readonly #abort = (): void => this.close();

  /** `address`: `host:port`. What is under way when `signal` fires, fails. */
  constructor(address: string, connections: number, signal: AbortSignal) {
    const colon = address.lastIndexOf(':');
    this.#host = address.slice(0, colon);
    this.#port = address.slice(colon + 1);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort, { once: true });
  }

  get(path: string): Promise<HttpAnswer> {
    return this.#send('GET', path, '', {});
  }

  post(path: string, body: Buffer | string, contentType: string): Promise<HttpAnswer> {
    const headers = { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
    return this.#send('POST', path, body, headers);
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#agent.destroy();
  }

  #send(
    method: string,
    path: string,
    body: Buffer | string,
    headers: Readonly<Record<string, string | number>>,
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => {
        if (this.#signal.aborted) reject(this.#signal.reason);
        // The server had closed the connection, idle for long, before this was on its way: it has not seen it.
        else if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(this.#send(method, path, body, headers));
        else reject(error);
      };
      const sent = request(
        { agent: this.#agent, host: this.#host, port: this.#port, method, path, headers, timeout: silenceTimeoutMs },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          );
        },
      );
      sent.once('timeout', () => sent.destroy(new Error(`no answer for ${silenceTimeoutMs} ms`)));
      sent.once('error', fail);
      sent.end(body);
    });
  }
}
