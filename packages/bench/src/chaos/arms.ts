// What this machine lets a run strike with: a network that can be broken, disks that can be filled.

import { BenchError } from '../bench-error.ts';
import { NodeDisks } from './disks/node-disks.ts';
import type { ChaosNetwork, NetworkKind } from './network/chaos-network.ts';
import { openNetwork } from './network/open-network.ts';
import type { Ability } from './plan.ts';

export class Arms {
  readonly network: ChaosNetwork;
  readonly disks: NodeDisks | undefined;
  /** Why there are no disks; empty if there are. */
  readonly #noDisksReason: string;

  /** Throws SYSTEM_REFUSED if the machine does not have the network that was asked for. */
  static async open(network: NetworkKind | undefined, nodes: number, folder: string): Promise<Arms> {
    const opened = await openNetwork(network, nodes);
    try {
      return new Arms(opened, NodeDisks.open(nodes, folder), '');
    } catch (error) {
      if (error instanceof BenchError) return new Arms(opened, undefined, error.message);
      opened.remove();
      throw error;
    }
  }

  private constructor(network: ChaosNetwork, disks: NodeDisks | undefined, noDisksReason: string) {
    this.network = network;
    this.disks = disks;
    this.#noDisksReason = noDisksReason;
  }

  get abilities(): ReadonlySet<Ability> {
    return new Set<Ability>([...this.network.faults, ...(this.disks === undefined ? [] : ['fill disk' as const])]);
  }

  whyNot(ability: Ability): string {
    return ability === 'fill disk' ? this.#noDisksReason : `the network "${this.network.kind}" cannot do that`;
  }

  /** Removes all that was made, once the nodes have ended. */
  remove(): void {
    this.disks?.remove();
    this.network.remove();
  }
}
