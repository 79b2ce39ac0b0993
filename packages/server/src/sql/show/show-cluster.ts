// Facts about nodes and groups. Clients read addresses from here, so those are the ones that members are reached at by clients.

import type { Fact } from '@balsa/sql';
import type { Row } from '../table.ts';

export interface ClusterFacts {
  readonly clusterId: string;
  readonly version: string;
  readonly nodes: readonly NodeFacts[];
  readonly regions: readonly RegionFacts[];
  /** Settings that all nodes share, and values. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  readonly queries: readonly QueryFacts[];
  readonly nowMs: number;
}

export interface NodeFacts {
  readonly id: number;
  /** `Running`, or `Unknown` if it does not answer the one that is asked. */
  readonly status: string;
  readonly peer: HostPort;
  readonly client: HostPort;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A replica of a group on a node. */
export interface RegionFacts {
  readonly group: number;
  readonly type: 'SchemaRegion' | 'DataRegion';
  readonly node: NodeFacts;
  readonly role: 'Leader' | 'Follower';
}

export interface QueryFacts {
  readonly id: string;
  readonly startedMs: number;
  readonly elapsedMs: number;
  readonly nodeId: number;
  readonly statement: string;
}

export function showCluster({ nodes, version }: ClusterFacts): Row[] {
  return nodes.map(({ id, status, peer }) => [id, 'DataNode', status, peer.host, peer.port, version, build]);
}

export function showFact(fact: Fact, facts: ClusterFacts): readonly Row[] {
  const { nodes, regions } = facts;
  switch (fact) {
    case 'version':
      return [[facts.version, build]];
    case 'clusterId':
      return [[facts.clusterId]];
    case 'currentTimestamp':
      return [[BigInt(facts.nowMs)]];
    case 'availableUrls':
      return nodes.filter(isRunning).map(({ client }) => [client.host, client.port]);
    case 'dataNodes':
      return nodes.map(({ id, status, client }) => [
        id,
        status,
        client.host,
        client.port,
        ...regionCounts(id, regions),
      ]);
    case 'configNodes':
      return regions
        .filter(({ type }) => type === 'SchemaRegion')
        .map(({ node, role }) => [node.id, node.status, node.peer.host, node.peer.port, role]);
    case 'regions':
      return regions.map(({ group, type, node, role }) => {
        const place = [node.id, node.client.host, node.client.port, node.peer.host];
        return [group, type, node.status, null, null, null, ...place, role, null, null];
      });
    case 'variables':
      return facts.variables;
    case 'queries':
      return facts.queries.map(({ id, startedMs, elapsedMs, nodeId, statement }) => {
        return [BigInt(startedMs), id, nodeId, elapsedMs / 1000, statement];
      });
  }
}

/** Builds have no names of their own. */
const build = 'release';

function isRunning({ status }: NodeFacts): boolean {
  return status === 'Running';
}

function regionCounts(id: number, regions: readonly RegionFacts[]): [data: number, schema: number] {
  const own = regions.filter(({ node }) => node.id === id);
  const data = own.filter(({ type }) => type === 'DataRegion').length;
  return [data, own.length - data];
}
