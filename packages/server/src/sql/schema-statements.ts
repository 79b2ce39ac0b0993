// Statements about the schema as commands of the metadata group.

import {
  type SeriesDefinition as Definition,
  defaultCompressor,
  defaultEncoding,
  type SchemaCommand,
} from '@balsa/engine';
import type {
  Attribute,
  CreateAlignedTimeseriesStatement,
  CreateDatabaseStatement,
  CreateTimeseriesStatement,
  DropDatabaseStatement,
  DropTimeseriesStatement,
  SeriesDefinition,
  SetTtlStatement,
  UnsetTtlStatement,
} from '@balsa/sql';
import { nameText } from '@balsa/sql';
import { dataTypeNamed, StatusCode } from '@balsa/wire';
import { Refusal } from '../service/refusal.ts';
import { patternOf, plainPathOf, seriesNamesOf } from './paths.ts';

export type SchemaStatement =
  | CreateDatabaseStatement
  | DropDatabaseStatement
  | CreateTimeseriesStatement
  | CreateAlignedTimeseriesStatement
  | DropTimeseriesStatement
  | SetTtlStatement
  | UnsetTtlStatement;

/** @throws Refusal ILLEGAL_PATH, SEMANTIC_ERROR */
export function schemaCommandOf(statement: SchemaStatement): SchemaCommand {
  switch (statement.kind) {
    case 'createDatabase': {
      // How many groups there are, and how many replicas, is for the cluster to say: such options are taken, and change nothing.
      const ttlMs = statement.options.find(({ key }) => key === 'TTL')?.value;
      return { kind: 'createDatabase', path: plainPathOf(statement.database), ttlMs };
    }
    case 'dropDatabase':
      return { kind: 'dropDatabases', patterns: statement.patterns.map((path) => patternOf(path).text) };
    case 'createTimeseries': {
      const { device, measurement } = seriesNamesOf(statement.path);
      return { kind: 'createSeries', device, isAligned: false, definitions: [definitionOf(measurement, statement)] };
    }
    case 'createAlignedTimeseries': {
      const definitions = statement.measurements.map((each) => definitionOf(nameText(each.measurement.text), each));
      return { kind: 'createSeries', device: plainPathOf(statement.device), isAligned: true, definitions };
    }
    case 'dropTimeseries':
      return { kind: 'dropSeries', patterns: statement.patterns.map((path) => patternOf(path).text) };
    case 'setTtl': {
      const path = patternOf(statement.pattern).text;
      return statement.ttl === 'infinite' ? { kind: 'unsetTtl', path } : { kind: 'setTtl', path, ttlMs: statement.ttl };
    }
    case 'unsetTtl':
      return { kind: 'unsetTtl', path: patternOf(statement.pattern).text };
  }
}

function definitionOf(measurement: string, definition: SeriesDefinition): Definition {
  const dataType = dataTypeNamed(definition.dataType.text);
  if (dataType === undefined) {
    throw new Refusal(StatusCode.SEMANTIC_ERROR, `there is no data type ${definition.dataType.text}`);
  }
  return {
    measurement,
    dataType,
    encoding: definition.encoding?.text ?? defaultEncoding(dataType),
    compressor: definition.compressor?.text ?? defaultCompressor,
    alias: definition.alias === undefined ? undefined : nameText(definition.alias.text),
    tags: definition.tags.map(pairOf),
    attributes: definition.attributes.map(pairOf),
  };
}

function pairOf({ key, value }: Attribute): readonly [string, string] {
  return [key, value];
}
