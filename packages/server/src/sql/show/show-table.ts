import type { SchemaRegistry, SeriesSchema } from '@balsa/engine';
import {
  type CountNodesStatement,
  type CountStatement,
  type CountTimeseriesStatement,
  type ShowStatement,
  showColumns,
} from '@balsa/sql';
import type { Row, Table } from '../table.ts';
import { countNodes, showChildren } from './show-children.ts';
import { type ClusterFacts, showCluster, showFact } from './show-cluster.ts';
import { countDatabases, showDatabases } from './show-databases.ts';
import { countDevices, showDevices } from './show-devices.ts';
import { countTimeseries, showTimeseries } from './show-timeseries.ts';
import { showTtl } from './show-ttl.ts';

export type ShowingStatement = ShowStatement | CountTimeseriesStatement | CountNodesStatement | CountStatement;

export interface ShowPorts {
  readonly registry: SchemaRegistry;
  readonly clusterFacts: () => ClusterFacts;
  /** Of the newest point of a series. */
  readonly lastTimeOf: (series: SeriesSchema) => Promise<number | undefined>;
}

/** What SHOW and COUNT answer. @throws Refusal */
export async function showTable(statement: ShowingStatement, ports: ShowPorts): Promise<Table> {
  return { columns: showColumns(statement), rows: await rowsOf(statement, ports) };
}

function rowsOf(
  statement: ShowingStatement,
  { registry, clusterFacts, lastTimeOf }: ShowPorts,
): readonly Row[] | Promise<readonly Row[]> {
  switch (statement.kind) {
    case 'showDatabases':
      return showDatabases(statement, registry, clusterFacts().nodes.length);
    case 'showDevices':
      return showDevices(statement, registry);
    case 'showTimeseries':
      return showTimeseries(statement, registry, lastTimeOf);
    case 'showChildPaths':
    case 'showChildNodes':
      return showChildren(statement, registry);
    case 'showTtl':
      return showTtl(statement, registry);
    case 'showCluster':
      return showCluster(clusterFacts());
    case 'showFact':
      return showFact(statement.fact, clusterFacts());
    case 'countTimeseries':
      return countTimeseries(statement, registry);
    case 'countNodes':
      return countNodes(statement, registry);
    case 'countDevices':
      return countDevices(statement, registry);
    case 'countDatabases':
      return countDatabases(statement, registry);
  }
}
