export { Counter, type CounterStatistics } from './counter.ts';
export { EngineError, type EngineErrorCode, SnapshotError, type SnapshotErrorCode } from './errors.ts';
export { defaultStoreLimits, rangeValuesMax, type StoreLimits } from './limits.ts';
export { canonicalDevice, canonicalMeasurement, type DevicePattern, devicePattern, pathCharsMax } from './path.ts';
export { encodeRegisterSeries, SchemaOperation, type SeriesRegistration } from './schema-command.ts';
export { type SchemaLimits, SchemaRegistry, type SchemaStatistics } from './schema-registry.ts';
export { SeriesStore } from './series-store.ts';
export type { RegisteredSeries } from './snapshot/series-names.ts';
