export { Counter, type CounterStatistics } from './counter.ts';
export {
  type CreateSeries,
  type DeleteRange,
  encodeCreateSeries,
  encodeDeleteRange,
  encodeDeleteSeries,
} from './data-command.ts';
export { type CommandDescription, describeDataCommand, describeSchemaCommand } from './describe-command.ts';
export type { DeviceRows, DeviceRowsQuery } from './device-rows.ts';
export { EngineError, type EngineErrorCode, SnapshotError, type SnapshotErrorCode } from './errors.ts';
export { defaultStoreLimits, rangeValuesMax, type StoreLimits } from './limits.ts';
export { canonicalDevice, canonicalMeasurement, type DevicePattern, devicePattern, pathCharsMax } from './path.ts';
export { type PathPattern, parsePathPattern, takesPath } from './path-pattern.ts';
export { type DeviceSchema, namesOf, type SchemaNode } from './schema/schema-catalog.ts';
export {
  encodeRegisterSeries,
  encodeSchemaCommand,
  type SchemaCommand,
  SchemaOperation,
  type SeriesRegistration,
} from './schema/schema-command.ts';
export type { SchemaLimits } from './schema/schema-limits.ts';
export { SchemaRegistry, type SchemaStatistics } from './schema/schema-registry.ts';
export type { SeriesDefinition } from './schema/series-bytes.ts';
export {
  defaultCompressor,
  defaultEncoding,
  type KeyValue,
  type SeriesSchema,
  seriesPath,
} from './schema/series-schema.ts';
export { SeriesStore } from './series-store.ts';
export type { RegisteredSeries } from './snapshot/series-names.ts';
