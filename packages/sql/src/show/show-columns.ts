// What SHOW and COUNT answer with, by name and type (section 2.4 of the reference). Their rows are the server's.

import { DataType } from '@balsa/wire';
import type { CountNodesStatement, CountStatement, CountTimeseriesStatement, Fact } from '../tree/show.ts';
import type { ShowStatement } from '../tree/statement.ts';

export interface ShowColumn {
  readonly name: string;
  readonly dataType: DataType;
}

const { TEXT, INT32, INT64, TIMESTAMP } = DataType;

/** In order; none of these results has a time. */
export function showColumns(
  statement: ShowStatement | CountTimeseriesStatement | CountNodesStatement | CountStatement,
): readonly ShowColumn[] {
  switch (statement.kind) {
    case 'showDatabases':
      return [
        ...texts('Database'),
        ...columns(INT32, 'SchemaReplicationFactor', 'DataReplicationFactor'),
        ...columns(INT64, 'TimePartitionOrigin', 'TimePartitionInterval'),
        ...(statement.isDetailed ? columns(INT32, 'SchemaRegionGroupNum', 'DataRegionGroupNum') : []),
      ];
    case 'showDevices':
      return texts('Device', ...(statement.withDatabase ? ['Database'] : []), 'IsAligned', 'Template', 'TTL(ms)');
    case 'showTimeseries':
      return texts(
        ...['Timeseries', 'Alias', 'Database', 'DataType', 'Encoding', 'Compression', 'Tags', 'Attributes'],
        ...['Deadband', 'DeadbandParameters', 'ViewType'],
      );
    case 'showChildPaths':
      return texts('ChildPaths', 'NodeTypes');
    case 'showChildNodes':
      return texts('ChildNodes');
    case 'showTtl':
      return texts('Device', 'TTL(ms)');
    case 'showCluster':
      return [
        ...columns(INT32, 'NodeID'),
        ...texts('NodeType', 'Status', 'InternalAddress'),
        ...columns(INT32, 'InternalPort'),
        ...texts('Version', 'BuildInfo'),
      ];
    case 'showFact':
      return factColumns[statement.fact];
    case 'countTimeseries':
      return [...(statement.level === undefined ? [] : texts('Column')), ...columns(INT64, 'count(timeseries)')];
    case 'countNodes':
      return columns(INT64, 'count(nodes)');
    case 'countDevices':
      return columns(INT64, 'count(devices)');
    case 'countDatabases':
      return columns(INT32, 'count(database)');
  }
}

const factColumns: Readonly<Record<Fact, readonly ShowColumn[]>> = {
  version: texts('Version', 'BuildInfo'),
  dataNodes: [
    ...columns(INT32, 'NodeID'),
    ...texts('Status', 'RpcAddress'),
    ...columns(INT32, 'RpcPort', 'DataRegionNum', 'SchemaRegionNum'),
  ],
  configNodes: [
    ...columns(INT32, 'NodeID'),
    ...texts('Status', 'InternalAddress'),
    ...columns(INT32, 'InternalPort'),
    ...texts('Role'),
  ],
  availableUrls: [...texts('RpcAddress'), ...columns(INT32, 'RpcPort')],
  regions: [
    ...columns(INT32, 'RegionId'),
    ...texts('Type', 'Status', 'Database'),
    ...columns(INT32, 'SeriesSlotNum'),
    ...columns(INT64, 'TimeSlotNum'),
    ...columns(INT32, 'DataNodeId'),
    ...texts('RpcAddress'),
    ...columns(INT32, 'RpcPort'),
    ...texts('InternalAddress', 'Role', 'CreateTime', 'TsFileSize'),
  ],
  variables: texts('Variable', 'Value'),
  clusterId: texts('ClusterId'),
  queries: [
    ...columns(TIMESTAMP, 'Time'),
    ...texts('QueryId'),
    ...columns(INT32, 'DataNodeId'),
    ...columns(DataType.FLOAT, 'ElapsedTime'),
    ...texts('Statement'),
  ],
  currentTimestamp: columns(TIMESTAMP, 'CurrentTimestamp'),
};

function columns(dataType: DataType, ...names: string[]): ShowColumn[] {
  return names.map((name) => ({ name, dataType }));
}

function texts(...names: string[]): ShowColumn[] {
  return columns(TEXT, ...names);
}
