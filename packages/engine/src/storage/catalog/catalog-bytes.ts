// Changes of the catalog as bytes. What one flush found new is one file; files are read one behind the other, so two of them
// put together are one again.
//
//   records, each: u8 kind | text16 device, then
//   1 series were added: u16 count, then for each: u8 type, text16 measurement
//   2 a series was removed: text16 measurement
//   3 series share their times, 4 they do not: nothing more

import {
  ByteReader,
  ByteWriter,
  columnsMax,
  type DataType,
  deviceBytesMax,
  measurementBytesMax,
  readDataType,
  WireError,
} from '@balsa/wire';
import { canonicalDevice, canonicalMeasurement } from '../../path.ts';
import { contradiction } from '../files/resource.ts';
import type { Catalog, CatalogChange } from './catalog.ts';
import type { Device } from './device.ts';

const added = 1;
const removed = 2;
const aligned = 3;
const notAligned = 4;

export function encodeChanges(changes: Iterable<CatalogChange>): Buffer {
  const out = new ByteWriter(4096);
  let run: { device: Device; series: { measurement: string; dataType: DataType }[] } | undefined;
  const endRun = (): void => {
    if (run === undefined) return;
    out.u8(added);
    out.text16(run.device.path);
    out.u16(run.series.length);
    for (const { measurement, dataType } of run.series) {
      out.u8(dataType);
      out.text16(measurement);
    }
    run = undefined;
  };
  for (const change of changes) {
    const { device } = change;
    if (change.kind !== 'add' || run?.device !== device || run.series.length === columnsMax) endRun();
    if (change.kind === 'add') {
      run ??= { device, series: [] };
      run.series.push(change);
      continue;
    }
    out.u8(change.kind === 'remove' ? removed : change.isAligned ? aligned : notAligned);
    out.text16(device.path);
    if (change.kind === 'remove') out.text16(change.measurement);
  }
  endRun();
  return out.written();
}

/**
 * Makes the changes. Their bytes have been checked. Returns how many series they removed.
 * @throws StorageError STORAGE_DAMAGED.
 */
export function applyChanges(catalog: Catalog, bytes: Buffer, file: string): number {
  try {
    const reader = new ByteReader(bytes);
    let removals = 0;
    while (reader.remaining > 0) if (applyChange(catalog, reader) === removed) removals++;
    return removals;
  } catch (error) {
    throw contradiction(error, file);
  }
}

/** Names that were found legal: devices of a fleet have the same. */
const legalNames = new Set<string>();
const legalNamesMax = 10_000;

function isLegal(measurement: string): boolean {
  if (legalNames.has(measurement)) return true;
  if (canonicalMeasurement(measurement) !== measurement) return false;
  if (legalNames.size < legalNamesMax) legalNames.add(measurement);
  return true;
}

/** Returns its kind. */
function applyChange(catalog: Catalog, reader: ByteReader): number {
  const kind = reader.u8();
  const path = reader.text16(deviceBytesMax);
  const known = catalog.device(path);
  if (known === undefined && canonicalDevice(path) !== path) {
    throw new WireError('BYTES_MALFORMED', `"${path}" is not the path of a device`);
  }
  const device = known ?? catalog.intern(path);
  if (kind === aligned || kind === notAligned) {
    catalog.align(device, kind === aligned);
    return kind;
  }
  if (kind === removed) {
    const measurement = reader.text16(measurementBytesMax);
    if (device.shape.types.has(measurement)) catalog.remove(device, measurement);
    return kind;
  }
  if (kind !== added) throw new WireError('BYTES_MALFORMED', `a change of kind ${kind} is not known`);
  const count = reader.u16();
  for (let i = 0; i < count; i++) {
    const dataType = readDataType(reader);
    const measurement = reader.text16(measurementBytesMax);
    if (!isLegal(measurement) || device.shape.has(measurement)) {
      throw new WireError('BYTES_MALFORMED', `"${measurement}" cannot be a series of ${path}`);
    }
    catalog.add(device, measurement, dataType);
  }
  return kind;
}
