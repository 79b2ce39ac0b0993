import type { CountTimeseriesStatement, Fact, SchemaFilter } from '../tree/show.ts';
import type { ShowStatement } from '../tree/statement.ts';
import { text } from './print-schema.ts';
import { joined, printPage } from './print-select.ts';
import { sqlPath } from './sql-names.ts';

const facts: Readonly<Record<Fact, string>> = {
  version: 'VERSION',
  dataNodes: 'DATANODES',
  configNodes: 'CONFIGNODES',
  availableUrls: 'AVAILABLE URLS',
  regions: 'REGIONS',
  variables: 'VARIABLES',
  clusterId: 'CLUSTERID',
  queries: 'QUERIES',
  currentTimestamp: 'CURRENT_TIMESTAMP',
};

export function printShow(statement: ShowStatement): string {
  return `SHOW ${printShown(statement)}`;
}

export function printCountTimeseries({ pattern, where, level }: CountTimeseriesStatement): string {
  return joined([
    'COUNT TIMESERIES',
    pattern && sqlPath(pattern),
    where && printFilter(where),
    level !== undefined && `GROUP BY LEVEL = ${level}`,
  ]);
}

function printShown(statement: ShowStatement): string {
  switch (statement.kind) {
    case 'showDatabases': {
      const { isDetailed, pattern } = statement;
      return joined(['DATABASES', isDetailed && 'DETAILS', pattern && sqlPath(pattern)]);
    }
    case 'showDevices': {
      const { pattern, withDatabase, where } = statement;
      const database = withDatabase && 'WITH DATABASE';
      return joined([
        'DEVICES',
        pattern && sqlPath(pattern),
        database,
        where && printFilter(where),
        ...printPage(statement),
      ]);
    }
    case 'showTimeseries': {
      const { isLatest, pattern, where } = statement;
      const word = `${isLatest ? 'LATEST ' : ''}TIMESERIES`;
      return joined([word, pattern && sqlPath(pattern), where && printFilter(where), ...printPage(statement)]);
    }
    case 'showChildPaths':
    case 'showChildNodes': {
      const word = statement.kind === 'showChildPaths' ? 'PATHS' : 'NODES';
      return joined(['CHILD', word, statement.pattern && sqlPath(statement.pattern)]);
    }
    case 'showTtl':
      return statement.patterns ? `TTL ON ${statement.patterns.map(sqlPath).join(', ')}` : 'ALL TTL';
    case 'showCluster':
      return statement.isDetailed ? 'CLUSTER DETAILS' : 'CLUSTER';
    case 'showFact':
      return facts[statement.fact];
  }
}

function printFilter(filter: SchemaFilter): string {
  switch (filter.kind) {
    case 'pathContains':
      return `WHERE ${filter.of.toUpperCase()} CONTAINS ${text(filter.text)}`;
    case 'tag':
      return `WHERE TAGS(${text(filter.key)}) ${filter.operator.toUpperCase()} ${text(filter.value)}`;
    case 'column':
      return `WHERE ${text(filter.column)} = ${text(filter.value)}`;
  }
}
