import { dataTypeName } from '@balsa/wire';
import { expect, it } from 'vitest';
import { parseStatement } from '../parse.ts';
import { showColumns } from './show-columns.ts';

it.each([
  [
    'show databases',
    'Database TEXT, SchemaReplicationFactor INT32, DataReplicationFactor INT32, TimePartitionOrigin INT64, TimePartitionInterval INT64',
  ],
  ['show devices', 'Device TEXT, IsAligned TEXT, Template TEXT, TTL(ms) TEXT'],
  ['show devices with database', 'Device TEXT, Database TEXT, IsAligned TEXT, Template TEXT, TTL(ms) TEXT'],
  ['show child nodes root', 'ChildNodes TEXT'],
  ['count timeseries', 'count(timeseries) INT64'],
  ['count timeseries group by level = 1', 'Column TEXT, count(timeseries) INT64'],
  ['count databases', 'count(database) INT32'],
  [
    'show datanodes',
    'NodeID INT32, Status TEXT, RpcAddress TEXT, RpcPort INT32, DataRegionNum INT32, SchemaRegionNum INT32',
  ],
  ['show available urls', 'RpcAddress TEXT, RpcPort INT32'],
  ['show version', 'Version TEXT, BuildInfo TEXT'],
])('%s', (text, expected) => {
  const statement = parseStatement(text) as Parameters<typeof showColumns>[0];
  expect(
    showColumns(statement)
      .map(({ name, dataType }) => `${name} ${dataTypeName(dataType)}`)
      .join(', '),
  ).toBe(expected);
});
