import { quoted } from '../text/quoting.ts';
import type {
  Attribute,
  CreateAlignedTimeseriesStatement,
  CreateDatabaseStatement,
  CreateTimeseriesStatement,
  SeriesDefinition,
} from '../tree/schema.ts';
import { joined } from './print-select.ts';
import { sqlName, sqlPath } from './sql-names.ts';

export function printCreateDatabase({ database, options }: CreateDatabaseStatement): string {
  const list = options.map(({ key, value }) => `${key} = ${value}`);
  return `CREATE DATABASE ${sqlPath(database)}${list.length > 0 ? ` WITH ${list.join(', ')}` : ''}`;
}

export function printCreateTimeseries(statement: CreateTimeseriesStatement): string {
  return `CREATE TIMESERIES ${printSeries(sqlPath(statement.path), statement)}`;
}

export function printCreateAlignedTimeseries({ device, measurements }: CreateAlignedTimeseriesStatement): string {
  const list = measurements.map((measurement) => printSeries(sqlName(measurement.measurement.text), measurement));
  return `CREATE ALIGNED TIMESERIES ${sqlPath(device)}(${list.join(', ')})`;
}

export function text(content: string): string {
  return quoted(content, "'");
}

function printSeries(series: string, definition: SeriesDefinition): string {
  const { alias, dataType, encoding, compressor, properties, tags, attributes } = definition;
  return joined([
    `${series}${alias ? `(${sqlName(alias.text)})` : ''}`,
    // A keyword that needs no backquotes here.
    `DATATYPE = ${dataType.text === 'TIMESTAMP' ? 'TIMESTAMP' : sqlName(dataType.text)}`,
    encoding && `ENCODING = ${text(encoding.text)}`,
    compressor && `COMPRESSOR = ${text(compressor.text)}`,
    ...properties.map(printAttribute),
    tags.length > 0 && `TAGS(${tags.map(printAttribute).join(', ')})`,
    attributes.length > 0 && `ATTRIBUTES(${attributes.map(printAttribute).join(', ')})`,
  ]);
}

function printAttribute({ key, value }: Attribute): string {
  return `${text(key)} = ${text(value)}`;
}
