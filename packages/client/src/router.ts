// Which node gets a request: the group's leader if it is known and reachable, else any node, which forwards.

import { NodeLink, type NodeLinkOptions } from './node-link.ts';
import type { ProtocolConnection } from './protocol-connection.ts';

/** Leaders may be at addresses that nobody configured; so many addresses in all are believed. */
const linksMax = 64;

export interface RouterOptions {
  readonly nodes: readonly string[];
  readonly link: Omit<NodeLinkOptions, 'address'>;
}

export class Router {
  readonly #options: RouterOptions;
  readonly #links = new Map<string, NodeLink>();
  /** The same links, to take turns. */
  readonly #ring: NodeLink[] = [];
  readonly #leaders = new Map<number, string>();
  readonly #listeners = new Set<() => void>();
  readonly #closeListeners = new Set<() => void>();
  #turn = 0;

  constructor(options: RouterOptions) {
    this.#options = options;
    for (const address of options.nodes) this.#add(address).wake();
  }

  /** A connection for a request to this group; `undefined`: none is open now, `onChange` tells when to ask again. */
  take(group: number): ProtocolConnection | undefined {
    const leader = this.#leaders.get(group);
    const toLeader = leader === undefined ? undefined : this.#links.get(leader)?.take();
    return toLeader ?? this.takeAny();
  }

  /** A connection to some node, in turn. */
  takeAny(): ProtocolConnection | undefined {
    for (let tried = 0; tried < this.#ring.length; tried++) {
      this.#turn = (this.#turn + 1) % this.#ring.length;
      const connection = this.#ring[this.#turn]?.take();
      if (connection !== undefined) return connection;
    }
    return undefined;
  }

  /** A connection to this node, which need not be a configured one. */
  takeNode(address: string): ProtocolConnection | undefined {
    return (this.#links.get(address) ?? this.#add(address)).take();
  }

  /** Why nodes cannot be reached, for an error message. */
  failures(): string {
    const messages = this.#ring.flatMap(({ lastFailure }) => lastFailure?.message ?? []);
    return messages.length === 0 ? 'no answer' : messages.join('; ');
  }

  /** Believes a hint; an empty address takes back what was believed. */
  learnLeader(group: number, leader: string): void {
    if (leader === '') {
      this.#leaders.delete(group);
      return;
    }
    if (!this.#links.has(leader)) {
      if (this.#links.size >= linksMax) return;
      this.#add(leader).wake();
    }
    this.#leaders.set(group, leader);
  }

  /** Calls `listener` whenever a connection opens or has room again, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` when the router is closed, until the returned function is called. */
  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /** No connection is made any more; resolves when all are closed. */
  async close(): Promise<void> {
    this.#listeners.clear();
    for (const listener of this.#closeListeners) listener();
    await Promise.all(this.#ring.map((link) => link.close()));
  }

  #add(address: string): NodeLink {
    const notify = (): void => {
      for (const listener of this.#listeners) listener();
    };
    const link = new NodeLink(
      { address, ...this.#options.link },
      { onReady: notify, onRoom: notify, onLeader: (group, leader) => this.learnLeader(group, leader) },
    );
    this.#links.set(address, link);
    this.#ring.push(link);
    return link;
  }
}
