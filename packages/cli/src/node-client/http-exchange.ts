// One request and its answer. node:http and not fetch, for deadlines on connecting, and because a shell that ends must not wait for
// connections that were kept for later.

import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

/** Longer than this, and the node is taken for one that is away. */
const CONNECT_TIMEOUT_MS = 3000;
const CONNECTIONS_MAX = 32;

export interface Exchange {
  readonly path: string;
  /** Sent as JSON with POST; `undefined`: a GET. */
  readonly body?: string | undefined;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** Until the head of the answer is there. */
  readonly timeoutMs: number;
  /** One that was kept may just be closing: a request that must not be sent twice could not tell. */
  readonly needsNewConnection?: boolean;
}

/** The node did not answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** The request cannot have reached it. */
  readonly isUnsent: boolean;

  constructor(message: string, isUnsent: boolean, cause: unknown) {
    super(message, { cause });
    this.isUnsent = isUnsent;
  }
}

/** Connections that are used again, until it is closed. */
export class Connections {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });

  /**
   * Resolves with the head of the answer, whose body is to be read or destroyed.
   * @throws NoAnswer; the signal's reason.
   */
  send(node: URL, exchange: Exchange): Promise<IncomingMessage> {
    const { path, body, accept = 'application/json', signal, timeoutMs, needsNewConnection = false } = exchange;
    const url = new URL(path, node);
    const headers = {
      accept,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    };
    const options = {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(signal === undefined ? {} : { signal }),
    };
    return new Promise((resolve, reject) => {
      const isSecure = url.protocol === 'https:';
      const sent = isSecure
        ? requestHttps(url, { ...options, agent: !needsNewConnection && this.#https })
        : requestHttp(url, { ...options, agent: !needsNewConnection && this.#http });
      let isUnsent = true;
      const giveUp = (why: string): void => {
        sent.destroy(new Error(why));
      };
      const waiting = setTimeout(giveUp, timeoutMs, `no answer within ${timeoutMs / 1000} s`);
      let connecting: NodeJS.Timeout | undefined;
      const settle = (): void => {
        clearTimeout(waiting);
        clearTimeout(connecting);
      };
      sent.once('socket', (socket) => {
        const onConnected = (): void => {
          isUnsent = false;
          clearTimeout(connecting);
        };
        if (!socket.connecting) return onConnected();
        connecting = setTimeout(giveUp, CONNECT_TIMEOUT_MS, `no connection within ${CONNECT_TIMEOUT_MS / 1000} s`);
        socket.once('connect', onConnected);
      });
      sent.once('response', (answer) => {
        settle();
        resolve(answer);
      });
      sent.on('error', (error) => {
        settle();
        if (signal?.aborted) reject(signal.reason);
        else reject(new NoAnswer(reasonOf(error), isUnsent, error));
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

/** An error of several addresses says what happened in its code only. */
function reasonOf(error: Error): string {
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
