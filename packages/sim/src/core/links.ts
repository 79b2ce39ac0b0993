// Connections between members: cut and mended on the network, and, where the seed says so, reported to both ends as TCP would.

import type { NodeId } from '@balsa/raft';
import type { Scheduler } from '../scheduler.ts';
import type { SimulatedMember } from './simulated-member.ts';
import type { SimulatedNetwork } from './simulated-network.ts';

export interface LinkPorts {
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly members: readonly SimulatedMember[];
  readonly reportsConnections: boolean;
}

type Link = readonly [from: NodeId, to: NodeId];

export class Links {
  readonly #ports: LinkPorts;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
  }

  /** Cuts these members off from all others, or only what they send, until the returned function is called. */
  cutOff(nodes: readonly NodeId[], { oneWay }: { readonly oneWay: boolean }): () => void {
    const { network } = this.#ports;
    const links = this.#linksFrom(nodes).flatMap(([from, to]): Link[] => {
      const outward: Link = [from, to];
      return oneWay ? [outward] : [outward, [to, from]];
    });
    for (const [from, to] of links) network.cut(from, to);
    this.#report(() => {
      for (const [from, to] of links) this.#tellBoth(from, to, 'peerDown');
    });
    return () => {
      for (const [from, to] of links) network.mend(from, to);
      for (const node of nodes) this.connect(node);
    };
  }

  /** A member came up, or came back: whatever connections it can have are made. */
  connect(node: NodeId): void {
    this.#report(() => {
      const { network, members } = this.#ports;
      for (const { id: peer } of members) {
        if (peer !== node && !network.isCut(node, peer) && !network.isCut(peer, node)) {
          this.#tellBoth(node, peer, 'peerUp');
        }
      }
    });
  }

  /** A member went down, and its connections with it. */
  disconnect(node: NodeId): void {
    this.#report(() => {
      for (const [from, to] of this.#linksFrom([node])) this.#tellBoth(from, to, 'peerDown');
    });
  }

  #linksFrom(nodes: readonly NodeId[]): Link[] {
    const others = this.#ports.members.filter(({ id }) => !nodes.includes(id));
    return nodes.flatMap((from) => others.map(({ id: to }): Link => [from, to]));
  }

  /** As an event of its own: a member may be in the middle of an input, and takes one at a time. */
  #report(tell: () => void): void {
    if (this.#ports.reportsConnections) this.#ports.scheduler.after(0, tell);
  }

  #tellBoth(a: NodeId, b: NodeId, what: 'peerUp' | 'peerDown'): void {
    const { members } = this.#ports;
    const [left, right] = [members[a - 1]!, members[b - 1]!];
    if (what === 'peerUp' && !(left.isUp && right.isUp)) return;
    left[what](b);
    right[what](a);
  }
}
