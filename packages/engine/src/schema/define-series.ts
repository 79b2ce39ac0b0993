// How series come into being: on demand, by a first write, or by a statement that says all about them.

import { dataTypeName, encodeCommandResult, StatusCode, successResult } from '@balsa/wire';
import { canonicalDevice, canonicalMeasurement } from '../path.ts';
import { ensureDatabase } from './databases.ts';
import type { DeviceSchema, SchemaCatalog } from './schema-catalog.ts';
import type { SeriesRegistration } from './schema-command.ts';
import type { SeriesDefinition } from './series-bytes.ts';
import { defaultCompressor, defaultEncoding, faultOf, type SeriesSchema } from './series-schema.ts';

/**
 * Idempotent: a measurement that is there is left as it is. If its type is another one it is named in the answer, and the others are
 * registered.
 */
export function registerSeries(
  catalog: SchemaCatalog,
  seriesMax: number,
  { device: text, isAligned: wantsAligned = false, measurements, dataTypes }: SeriesRegistration,
): Uint8Array {
  const path = canonicalDevice(text);
  const names = measurements.map(canonicalMeasurement);
  if (path === undefined || names.includes(undefined)) {
    const illegal = path === undefined ? text : measurements[names.indexOf(undefined)];
    return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${illegal}" is not a legal name`);
  }
  const device = catalog.devices.get(path);
  const isAligned = device?.isAligned ?? wantsAligned;
  const fresh = new Map<string, SeriesSchema>();
  const conflicts: string[] = [];
  for (const [i, dataType] of dataTypes.entries()) {
    const measurement = names[i]!;
    const existing = device?.series.get(measurement) ?? fresh.get(measurement);
    if (existing === undefined) {
      fresh.set(measurement, { device: path, isAligned, ...withDefaults(measurement, dataType) });
    } else if (existing.dataType !== dataType) {
      conflicts.push(`${measurement} is already registered as ${dataTypeName(existing.dataType)}`);
    }
  }
  const refusal = addAll(catalog, seriesMax, path, [...fresh.values()]);
  if (refusal !== undefined) return refusal;
  if (conflicts.length === 0) return successResult;
  return encodeCommandResult(StatusCode.DATA_TYPE_MISMATCH, `${path}: ${conflicts.join('; ')}`);
}

/** Refused whole if one of them is there already, or cannot be as it is said. */
export function createSeries(
  catalog: SchemaCatalog,
  seriesMax: number,
  text: string,
  isAligned: boolean,
  definitions: readonly SeriesDefinition[],
): Uint8Array {
  const path = canonicalDevice(text);
  if (path === undefined) return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${text}" is not a legal device`);
  const device = catalog.devices.get(path);
  if (device !== undefined && device.isAligned !== isAligned) {
    const is = device.isAligned ? 'aligned' : 'not aligned';
    return encodeCommandResult(StatusCode.ALIGNED_TIMESERIES_ERROR, `the series of ${path} are ${is}: so are new ones`);
  }
  const names = new Set<string>();
  const fresh: SeriesSchema[] = [];
  for (const definition of definitions) {
    const series = canonical(path, isAligned, definition);
    if (series === undefined) {
      return encodeCommandResult(
        StatusCode.ILLEGAL_PATH,
        `"${definition.measurement}" or its alias is not a legal name`,
      );
    }
    const refusal = whyNot(series, device, names);
    if (refusal !== undefined) return refusal;
    names.add(series.measurement);
    if (series.alias !== undefined) names.add(series.alias);
    fresh.push(series);
  }
  return addAll(catalog, seriesMax, path, fresh) ?? successResult;
}

/** By its name or its alias. */
export function findSeries(device: DeviceSchema | undefined, name: string): SeriesSchema | undefined {
  if (device === undefined) return undefined;
  const named = device.series.get(name);
  if (named !== undefined) return named;
  for (const series of device.series.values()) if (series.alias === name) return series;
  return undefined;
}

export function withDefaults(measurement: string, dataType: SeriesDefinition['dataType']): SeriesDefinition {
  return {
    measurement,
    dataType,
    encoding: defaultEncoding(dataType),
    compressor: defaultCompressor,
    alias: undefined,
    tags: [],
    attributes: [],
  };
}

function canonical(device: string, isAligned: boolean, definition: SeriesDefinition): SeriesSchema | undefined {
  const measurement = canonicalMeasurement(definition.measurement);
  const alias = definition.alias === undefined ? undefined : canonicalMeasurement(definition.alias);
  const isLegal = measurement !== undefined && (alias !== undefined || definition.alias === undefined);
  return isLegal ? { ...definition, device, isAligned, measurement, alias } : undefined;
}

function whyNot(
  series: SeriesSchema,
  device: DeviceSchema | undefined,
  names: ReadonlySet<string>,
): Uint8Array | undefined {
  const { measurement, alias } = series;
  for (const name of alias === undefined ? [measurement] : [measurement, alias]) {
    if (findSeries(device, name) === undefined && !names.has(name)) continue;
    const message = `${series.device}.${name} has already been created`;
    return encodeCommandResult(StatusCode.TIMESERIES_ALREADY_EXIST, message);
  }
  const fault = faultOf(series) ?? repeatedKey(series);
  return fault === undefined
    ? undefined
    : encodeCommandResult(StatusCode.METADATA_ERROR, `${series.device}.${measurement}: ${fault}`);
}

function repeatedKey({ tags, attributes }: SeriesSchema): string | undefined {
  const keys = [...tags, ...attributes].map(([key]) => key);
  const repeated = keys.find((key, at) => keys.indexOf(key) !== at);
  return repeated === undefined ? undefined : `${repeated} is the key of two tags or attributes`;
}

function addAll(
  catalog: SchemaCatalog,
  seriesMax: number,
  device: string,
  fresh: readonly SeriesSchema[],
): Uint8Array | undefined {
  if (fresh.length === 0) return undefined;
  if (catalog.seriesCount + fresh.length > seriesMax) {
    const message = `${fresh.length} new series would exceed the limit of ${seriesMax}`;
    return encodeCommandResult(StatusCode.METADATA_ERROR, message);
  }
  const refusal = ensureDatabase(catalog, device);
  if (refusal !== undefined) return refusal;
  for (const series of fresh) catalog.addSeries(series);
  return undefined;
}
