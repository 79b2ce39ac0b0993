import { encodeCommandResult, StatusCode, successResult } from '@balsa/wire';
import { createSeries } from './any-series.ts';
import { decodeCreateSeries } from './data-command.ts';
import type { StoreLimits } from './limits.ts';
import { deviceBytes, type SeriesDirectory, seriesBytes } from './series-directory.ts';

/** Creates the series that are not there yet, or none if they would be too many. @throws WireError */
export function createMissingSeries(directory: SeriesDirectory, limits: StoreLimits, body: Buffer): Uint8Array {
  const { device: text, measurements, dataTypes } = decodeCreateSeries(body);
  const path = directory.canonicalDevice(text);
  if (path === undefined) return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${text}" is not a legal device path`);
  const device = directory.device(path);
  const fresh = new Map<string, (typeof dataTypes)[number]>();
  for (const [i, name] of measurements.entries()) {
    const measurement = directory.canonicalMeasurement(device, name);
    if (measurement === undefined) return encodeCommandResult(StatusCode.ILLEGAL_PATH, `"${name}" is not a legal name`);
    if (device?.series.has(measurement) || fresh.has(measurement)) continue;
    fresh.set(measurement, dataTypes[i]!);
  }
  if (directory.series + fresh.size > limits.seriesMax) {
    const message = `${fresh.size} new series would exceed the limit of ${limits.seriesMax}`;
    return encodeCommandResult(StatusCode.METADATA_ERROR, message);
  }
  let billedBytes = device === undefined && fresh.size > 0 ? deviceBytes(path) : 0;
  for (const measurement of fresh.keys()) billedBytes += seriesBytes(measurement);
  if (directory.billedBytes + billedBytes > limits.memoryBytesMax) {
    const message = `${billedBytes} more bytes would exceed the store's limit of ${limits.memoryBytesMax}`;
    return encodeCommandResult(StatusCode.MEMORY_NOT_ENOUGH, message);
  }
  for (const [measurement, type] of fresh) directory.add(path, measurement, createSeries(type));
  return successResult;
}
