// Facts about nodes and groups. Clients read addresses from here, so those are the ones that members are reached at by clients.

import type { Fact, ShowClusterStatement } from '@balsa/sql';
import { DataType } from '@balsa/wire';
import type { Cell, Table, TableColumn } from '../table.ts';

const { TEXT, INT32, INT64, TIMESTAMP } = DataType;

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

export function showCluster({ isDetailed }: ShowClusterStatement, { nodes, version }: ClusterFacts): Table {
  const columns = [
    int('NodeID'),
    ...texts('NodeType', 'Status', 'InternalAddress'),
    int('InternalPort'),
    ...(isDetailed ? [text('RpcAddress'), int('RpcPort')] : []),
    ...texts('Version', 'BuildInfo'),
  ];
  const rows = nodes.map(({ id, status, peer, client }) => {
    const rpc = isDetailed ? [client.host, client.port] : [];
    return [id, 'DataNode', status, peer.host, peer.port, ...rpc, version, build];
  });
  return { columns, rows };
}

export function showFact(fact: Fact, facts: ClusterFacts): Table {
  const { nodes, regions } = facts;
  switch (fact) {
    case 'version':
      return table(texts('Version', 'BuildInfo'), [[facts.version, build]]);
    case 'clusterId':
      return table(texts('ClusterId'), [[facts.clusterId]]);
    case 'currentTimestamp':
      return table([{ name: 'CurrentTimestamp', dataType: TIMESTAMP }], [[BigInt(facts.nowMs)]]);
    case 'availableUrls':
      return table(
        [text('RpcAddress'), int('RpcPort')],
        nodes.filter(isRunning).map(({ client }) => [client.host, client.port]),
      );
    case 'dataNodes':
      return table(
        [int('NodeID'), ...texts('Status', 'RpcAddress'), int('RpcPort'), int('DataRegionNum'), int('SchemaRegionNum')],
        nodes.map(({ id, status, client }) => [id, status, client.host, client.port, ...regionCounts(id, regions)]),
      );
    case 'configNodes':
      return table(
        [int('NodeID'), ...texts('Status', 'InternalAddress'), int('InternalPort'), text('Role')],
        regions
          .filter(({ type }) => type === 'SchemaRegion')
          .map(({ node, role }) => [node.id, node.status, node.peer.host, node.peer.port, role]),
      );
    case 'regions':
      return table(
        [
          int('RegionId'),
          ...texts('Type', 'Status', 'Database'),
          int('SeriesSlotNum'),
          { name: 'TimeSlotNum', dataType: INT64 },
          int('DataNodeId'),
          text('RpcAddress'),
          int('RpcPort'),
          ...texts('InternalAddress', 'Role'),
        ],
        regions.map(({ group, type, node, role }) => [
          group,
          type,
          node.status,
          null,
          null,
          null,
          node.id,
          node.client.host,
          node.client.port,
          node.peer.host,
          role,
        ]),
      );
    case 'variables':
      return table(texts('Variable', 'Value'), facts.variables);
    case 'queries':
      return table(
        [
          { name: 'Time', dataType: TIMESTAMP },
          text('QueryId'),
          int('DataNodeId'),
          { name: 'ElapsedTime', dataType: DataType.FLOAT },
          text('Statement'),
        ],
        facts.queries.map(({ id, startedMs, elapsedMs, nodeId, statement }) => [
          BigInt(startedMs),
          id,
          nodeId,
          elapsedMs / 1000,
          statement,
        ]),
      );
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

function table(columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): Table {
  return { columns, rows };
}

function text(name: string): TableColumn {
  return { name, dataType: TEXT };
}

function texts(...names: string[]): TableColumn[] {
  return names.map(text);
}

function int(name: string): TableColumn {
  return { name, dataType: INT32 };
}
