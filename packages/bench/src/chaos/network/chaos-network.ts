// The network between the nodes, with handles to break it. Three of them: chaos on plain loopback can break nothing, a
// proxy of ours bends every connection among nodes, and network namespaces lose real packets.

import type { LocalNetwork } from '@balsa/server';

export const networkKinds = ['namespaces', 'proxy', 'loopback'] as const;
export type NetworkKind = (typeof networkKinds)[number];

/** What can be done to a link. */
export type LinkFault = 'cut' | 'cap' | 'delay';

export interface ChaosNetwork extends LocalNetwork {
  readonly kind: NetworkKind;
  readonly faults: ReadonlySet<LinkFault>;
  /** From now on nothing that `from` sends to `to` arrives, until `mend`; the other way is left alone. */
  cut(from: number, to: number): Promise<void>;
  mend(from: number, to: number): Promise<void>;
  /** Bytes per second that a node can send to others, and receive from them; `undefined`: as many as it can. */
  cap(node: number, bytesPerSecond: number | undefined): Promise<void>;
  /** How long everything that a node sends to others, or they to it, is on its way. 0: no longer than it must be. */
  delay(node: number, delayMs: number): Promise<void>;
  /** Removes all that was made. May be called again; also the end of the process calls it. */
  remove(): void;
}
