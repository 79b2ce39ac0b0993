// Commands of the metadata group: what the schema registry applies.
//
//   u8      operation
//   text16  device
//   u16     number of measurements, then for each: u8 type, text16 measurement

import {
  ByteReader,
  ByteWriter,
  columnsMax,
  type DataType,
  dataTypeOf,
  deviceBytesMax,
  measurementBytesMax,
  WireError,
} from '@balsa/wire';

export const SchemaOperation = {
  registerSeries: 1,
} as const;
export type SchemaOperation = (typeof SchemaOperation)[keyof typeof SchemaOperation];

/** Series of one device and their types. */
export interface SeriesRegistration {
  readonly device: string;
  readonly measurements: readonly string[];
  /** One for each measurement. */
  readonly dataTypes: readonly DataType[];
}

/** @throws WireError BYTES_MALFORMED, LIMIT_EXCEEDED: the registration contradicts itself or is over a limit. */
export function encodeRegisterSeries(registration: SeriesRegistration): Buffer {
  const { device, measurements, dataTypes } = registration;
  if (measurements.length !== dataTypes.length) {
    throw new WireError('BYTES_MALFORMED', `${measurements.length} measurements have ${dataTypes.length} types`);
  }
  if (measurements.length > columnsMax) throw tooManyMeasurements(measurements.length);
  const writer = new ByteWriter(256);
  writer.u8(SchemaOperation.registerSeries);
  writeName(writer, device, deviceBytesMax);
  writer.u16(measurements.length);
  for (const [i, measurement] of measurements.entries()) {
    writer.u8(dataTypes[i]!);
    writeName(writer, measurement, measurementBytesMax);
  }
  return writer.written();
}

/** Reads what stands behind the operation. @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED, LIMIT_EXCEEDED. */
export function decodeRegisterSeries(body: Buffer): SeriesRegistration {
  const reader = new ByteReader(body);
  const device = reader.text16(deviceBytesMax);
  const count = reader.u16();
  if (count > columnsMax) throw tooManyMeasurements(count);
  const measurements: string[] = [];
  const dataTypes: DataType[] = [];
  for (let i = 0; i < count; i++) {
    const code = reader.u8();
    const type = dataTypeOf(code);
    if (type === undefined) throw new WireError('BYTES_MALFORMED', `data type ${code} is not served`);
    dataTypes.push(type);
    measurements.push(reader.text16(measurementBytesMax));
  }
  reader.finish();
  return { device, measurements, dataTypes };
}

function writeName(writer: ByteWriter, name: string, bytesMax: number): void {
  if (Buffer.byteLength(name) > bytesMax) {
    throw new WireError('LIMIT_EXCEEDED', `a name is over the limit of ${bytesMax} bytes`);
  }
  writer.text16(name);
}

function tooManyMeasurements(count: number): WireError {
  return new WireError('LIMIT_EXCEEDED', `${count} measurements are over the limit of ${columnsMax}: send several`);
}
