// Accepts clients. One connection's misfortune is its own: the listener goes on.

import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Address } from '../address.ts';
import { listen } from '../listen.ts';
import { ClientConnection } from './client-connection.ts';
import type { ClientFaceContext } from './context.ts';

export class ClientListener {
  readonly #context: ClientFaceContext;
  readonly #server: Server;
  readonly #connections = new Set<ClientConnection>();
  readonly #stopNotices: () => void;

  private constructor(context: ClientFaceContext) {
    this.#context = context;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = context.limits.connectionsMax;
    this.#server.on('drop', (dropped) => {
      context.log('warn', 'CONNECTIONS_AT_LIMIT', 'a client was turned away: limits.connectionsMax is reached', {
        remote: dropped?.remoteAddress ?? '?',
        connectionsMax: context.limits.connectionsMax,
      });
    });
    this.#stopNotices = context.writes.onLeader((leader) => {
      for (const connection of this.#connections) {
        connection.noticeLeader(leader);
      }
    });
  }

  /** @throws ServerError ADDRESS_IN_USE, ADDRESS_UNUSABLE */
  static async start(address: Address, context: ClientFaceContext): Promise<ClientListener> {
    const listener = new ClientListener(context);
    await listen(listener.#server, address, 'clients', 'listen.client');
    return listener;
  }

  /** Accepts no more, lets queued answers leave, and resolves when every connection is closed. */
  async close(): Promise<void> {
    this.#stopNotices();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) {
      connection.close();
    }
    await closed;
  }

  #accept(socket: Socket): void {
    const connection: ClientConnection = new ClientConnection(socket, this.#context, () => {
      this.#connections.delete(connection);
    });
    this.#connections.add(connection);
  }
}
