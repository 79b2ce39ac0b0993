export { Counter, type CounterStatistics } from './counter.ts';
export { EngineError, type EngineErrorCode } from './errors.ts';
export { defaultStoreLimits, rangeValuesMax, type StoreLimits } from './limits.ts';
export { canonicalDevice, canonicalMeasurement, type DevicePattern, devicePattern, pathCharsMax } from './path.ts';
export { encodeRegisterSeries, SchemaOperation, type SeriesRegistration } from './schema-command.ts';
export { type RegisteredSeries, type SchemaLimits, SchemaRegistry, type SchemaStatistics } from './schema-registry.ts';
export { SeriesStore } from './series-store.ts';
