import { constantText } from '../text/constant-text.ts';
import type { InsertRow, InsertStatement } from '../tree/data.ts';
import type { Path } from '../tree/path.ts';
import type { FlushStatement, Statement } from '../tree/statement.ts';
import { printCreateAlignedTimeseries, printCreateDatabase, printCreateTimeseries } from './print-schema.ts';
import { joined, printSelect, printWhere } from './print-select.ts';
import { printCountTimeseries, printShow } from './print-show.ts';
import { sqlName, sqlPath } from './sql-names.ts';

/** One way to write it, which is read as the same tree. */
export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'select':
      return printSelect(statement);
    case 'insert':
      return printInsert(statement);
    case 'deleteData':
      return joined([`DELETE FROM ${paths(statement.patterns)}`, statement.where && printWhere(statement.where)]);
    case 'createDatabase':
      return printCreateDatabase(statement);
    case 'dropDatabase':
      return `DROP DATABASE ${paths(statement.patterns)}`;
    case 'createTimeseries':
      return printCreateTimeseries(statement);
    case 'createAlignedTimeseries':
      return printCreateAlignedTimeseries(statement);
    case 'dropTimeseries':
      return `DROP TIMESERIES ${paths(statement.patterns)}`;
    case 'setTtl':
      return `SET TTL TO ${sqlPath(statement.pattern)} ${statement.ttl === 'infinite' ? 'INF' : statement.ttl}`;
    case 'unsetTtl':
      return `UNSET TTL FROM ${sqlPath(statement.pattern)}`;
    case 'countTimeseries':
      return printCountTimeseries(statement);
    case 'countNodes':
      return `COUNT NODES ${sqlPath(statement.pattern)} LEVEL = ${statement.level}`;
    case 'countDevices':
      return joined(['COUNT DEVICES', statement.pattern && sqlPath(statement.pattern)]);
    case 'countDatabases':
      return joined(['COUNT DATABASES', statement.pattern && sqlPath(statement.pattern)]);
    case 'flush':
      return printFlush(statement);
    case 'clearCache':
      return 'CLEAR CACHE';
    default:
      return printShow(statement);
  }
}

function paths(list: readonly Path[]): string {
  return list.map(sqlPath).join(', ');
}

function printFlush({ databases, inOrder, isLocal }: FlushStatement): string {
  const which = inOrder === undefined ? undefined : String(inOrder).toUpperCase();
  return joined(['FLUSH', paths(databases), which, isLocal ? 'ON LOCAL' : undefined]);
}

function printInsert({ device, isAligned, measurements, rows }: InsertStatement): string {
  const names = measurements.map(({ text }) => sqlName(text));
  const columns = rows[0]?.time ? ['time', ...names] : names;
  const aligned = isAligned ? 'ALIGNED ' : '';
  return `INSERT INTO ${sqlPath(device)}(${columns.join(', ')}) ${aligned}VALUES ${rows.map(printRow).join(', ')}`;
}

function printRow({ time, values }: InsertRow): string {
  return `(${(time ? [time, ...values] : values).map(constantText).join(', ')})`;
}
