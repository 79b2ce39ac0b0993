// Where nodes stand, as far as traffic between them is concerned: what crosses from one zone to another is slow, or paid for. Of a node
// about which nobody has said anything, it is taken that it stands with all others of that kind.

import type { NodeId } from '@balsa/raft';

/** A name of 1 to 64 letters, digits, dots, hyphens and underscores. */
export type Zone = string;

const zonePattern = /^[A-Za-z0-9._-]{1,64}$/;

function isZone(text: string): boolean {
  return zonePattern.test(text);
}

/** What is wrong with them, a line each. */
export function* zoneProblems(zones: ReadonlyMap<NodeId, Zone>): Iterable<string> {
  for (const [node, zone] of zones) {
    if (isZone(zone)) continue;
    yield `zones: that of node ${node} is no name of 1 to 64 letters, digits, dots, hyphens and underscores`;
  }
}

export class Zones {
  readonly #zones: Map<NodeId, Zone>;

  constructor(zones: ReadonlyMap<NodeId, Zone>) {
    this.#zones = new Map(zones);
  }

  of(node: NodeId): Zone | undefined {
    return this.#zones.get(node);
  }

  set(node: NodeId, zone: Zone | undefined): void {
    if (zone === undefined) this.#zones.delete(node);
    else this.#zones.set(node, zone);
  }

  /** Is anything known? */
  get areKnown(): boolean {
    return this.#zones.size > 0;
  }
}
