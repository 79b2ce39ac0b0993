import { BenchError } from '../../bench-error.ts';
import type { ChaosNetwork, NetworkKind } from './chaos-network.ts';
import { LoopbackNetwork } from './loopback-network.ts';
import { NamespacesNetwork } from './namespaces-network.ts';
import { ProxyNetwork } from './proxy-network.ts';

/** The network that was asked for; otherwise namespaces where this machine lets us make them, and the proxy elsewhere. */
export async function openNetwork(kind: NetworkKind | undefined, nodes: number): Promise<ChaosNetwork> {
  switch (kind) {
    case 'namespaces':
      return NamespacesNetwork.open(nodes);
    case 'proxy':
      return ProxyNetwork.open(nodes);
    case 'loopback':
      return new LoopbackNetwork();
    case undefined:
      try {
        return NamespacesNetwork.open(nodes);
      } catch (error) {
        if (!(error instanceof BenchError)) throw error;
        return ProxyNetwork.open(nodes);
      }
  }
}
