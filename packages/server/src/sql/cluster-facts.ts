// What this node knows of the cluster, in the words of SHOW CLUSTER and its kin.

import type { Host } from '@balsa/replica';
import { mustParseAddress } from '../address.ts';
import type { NodeConfig } from '../config/node-config.ts';
import { GroupIds } from '../group-ids.ts';
import type { NamedGroup } from '../service/node-state.ts';
import { version } from '../version.ts';
import type { RunningQueries } from './running-queries.ts';
import type { ClusterFacts, NodeFacts, RegionFacts } from './show/show-cluster.ts';

export interface ClusterFactsPorts {
  readonly config: NodeConfig;
  readonly host: Pick<Host, 'statistics'>;
  readonly groups: readonly NamedGroup[];
  readonly queries: RunningQueries;
  /** Since 1970. */
  readonly nowMs: () => number;
}

export function clusterFacts({ config, host, groups, queries, nowMs }: ClusterFactsPorts): ClusterFacts {
  const reachable = new Set(host.statistics().peers.flatMap(({ peer, connected }) => (connected ? [peer] : [])));
  const nodes = config.members.map(({ id, peer, client }): NodeFacts => {
    const isRunning = id === config.nodeId || reachable.has(id);
    return {
      id,
      status: isRunning ? 'Running' : 'Unknown',
      peer: mustParseAddress(peer),
      client: mustParseAddress(client),
    };
  });
  return {
    clusterId: config.clusterName,
    version,
    nodes,
    regions: groups.flatMap(({ group }) =>
      nodes.map((node): RegionFacts => {
        const role = group.leader === node.id ? 'Leader' : 'Follower';
        return { group: group.id, type: group.id === GroupIds.metadata ? 'SchemaRegion' : 'DataRegion', node, role };
      }),
    ),
    variables: [
      ['ClusterName', config.clusterName],
      ['DataReplicationFactor', String(nodes.length)],
      ['SchemaReplicationFactor', String(nodes.length)],
      ['ReadConsistencyLevel', 'strong'],
      ['TimestampPrecision', 'ms'],
    ],
    queries: queries.list(),
    nowMs: nowMs(),
  };
}
