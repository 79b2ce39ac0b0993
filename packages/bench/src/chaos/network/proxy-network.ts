// A proxy between every ordered pair of nodes, all of them in this process: each node knows the others only by their
// proxies. Needs no privileges. Clients reach the nodes directly.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { parseAddress } from '@balsa/server';
import type { ChaosNetwork, LinkFault } from './chaos-network.ts';
import { ShapedWay } from './shaped-way.ts';

const host = '127.0.0.1';

interface Proxy {
  readonly from: number;
  readonly to: number;
  readonly server: Server;
  readonly port: number;
  /** From `from` to `to`, whoever made the connection. */
  readonly way: ShapedWay;
  /** Where the peer listens; known once the cluster has its ports. */
  target: { readonly host: string; readonly port: number } | undefined;
}

export class ProxyNetwork implements ChaosNetwork {
  readonly kind = 'proxy';
  readonly faults: ReadonlySet<LinkFault> = new Set(['cut', 'cap', 'delay']);
  readonly #proxies: Proxy[] = [];
  readonly #sockets = new Set<Socket>();

  /** For nodes with the ids 1 to `nodes`. */
  static async open(nodes: number): Promise<ProxyNetwork> {
    const network = new ProxyNetwork();
    const ids = Array.from({ length: nodes }, (_, position) => position + 1);
    for (const from of ids) {
      for (const to of ids) {
        if (from !== to) await network.#listen(from, to);
      }
    }
    return network;
  }

  hostOf(): string {
    return host;
  }

  launcherOf(): readonly string[] {
    return [];
  }

  peerAddress(from: number, to: number, peer: string): string {
    const proxy = this.#proxy(from, to);
    proxy.target = parseAddress(peer);
    return `${host}:${proxy.port}`;
  }

  cut(from: number, to: number): Promise<void> {
    this.#proxy(from, to).way.cut();
    return Promise.resolve();
  }

  mend(from: number, to: number): Promise<void> {
    this.#proxy(from, to).way.mend();
    return Promise.resolve();
  }

  cap(node: number, bytesPerSecond: number | undefined): Promise<void> {
    for (const { way } of this.#proxiesOf(node)) way.cap(bytesPerSecond);
    return Promise.resolve();
  }

  delay(node: number, delayMs: number): Promise<void> {
    for (const { way } of this.#proxiesOf(node)) way.delay(delayMs);
    return Promise.resolve();
  }

  remove(): void {
    for (const { server } of this.#proxies) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #listen(from: number, to: number): Promise<void> {
    const server = createServer();
    server.listen({ host, port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const proxy: Proxy = { from, to, server, port, way: new ShapedWay(), target: undefined };
    server.on('connection', (near) => this.#join(proxy, near));
    this.#proxies.push(proxy);
  }

  #join({ from, to, way, target }: Proxy, near: Socket): void {
    if (target === undefined) {
      near.destroy();
      return;
    }
    const far = connect(target);
    for (const socket of [near, far]) this.#keep(socket);
    way.carry(near, far);
    this.#proxy(to, from).way.carry(far, near);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // An error is followed by the close, which the other side hears of along the way.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #proxy(from: number, to: number): Proxy {
    const proxy = this.#proxies.find((candidate) => candidate.from === from && candidate.to === to);
    if (proxy === undefined) throw new RangeError(`there is no way from node ${from} to node ${to}`);
    return proxy;
  }

  #proxiesOf(node: number): Proxy[] {
    return this.#proxies.filter(({ from, to }) => from === node || to === node);
  }
}
