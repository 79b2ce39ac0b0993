// The record that names a series: u8 data type | text16 device, empty if it is that of the series before | text16
// measurement. Devices are not numbered: that would take a table of them while a snapshot is written, and the series of
// one device mostly follow on each other.

import { type ByteReader, type DataType, dataTypeOf, deviceBytesMax, measurementBytesMax } from '@balsa/wire';
import { SnapshotError } from '../errors.ts';
import { canonicalDevice, canonicalMeasurement } from '../path.ts';
import type { RecordWriter } from './record-writer.ts';

export const seriesRecord = 2;

/** A series by name; both names are canonical. */
export interface RegisteredSeries {
  readonly device: string;
  readonly measurement: string;
  readonly dataType: DataType;
}

export class SeriesNameWriter {
  #device = '';

  write(out: RecordWriter, { device, measurement, dataType }: RegisteredSeries): void {
    out.begin(seriesRecord);
    out.u8(dataType);
    out.text16(device === this.#device ? '' : device);
    out.text16(measurement);
    out.end();
    this.#device = device;
  }
}

export class SeriesNameReader {
  #device: string | undefined;

  /** @throws SnapshotError SNAPSHOT_MALFORMED; WireError. */
  read(body: ByteReader): RegisteredSeries {
    const code = body.u8();
    const dataType = dataTypeOf(code);
    if (dataType === undefined) throw new SnapshotError('SNAPSHOT_MALFORMED', `data type ${code} is not served`);
    const device = this.#deviceOf(body.text16(deviceBytesMax));
    const measurement = body.text16(measurementBytesMax);
    if (canonicalMeasurement(measurement) !== measurement) throw illegalName(measurement);
    return { device, measurement, dataType };
  }

  #deviceOf(named: string): string {
    if (named === '' && this.#device !== undefined) return this.#device;
    if (canonicalDevice(named) !== named) throw illegalName(named);
    this.#device = named;
    return named;
  }
}

export function illegalName(name: string): SnapshotError {
  return new SnapshotError('SNAPSHOT_MALFORMED', `"${name}" is not a name in its canonical form`);
}

export function seriesTwice({ device, measurement }: Pick<RegisteredSeries, 'device' | 'measurement'>): SnapshotError {
  return new SnapshotError('SNAPSHOT_MALFORMED', `there are two series ${device}.${measurement}`);
}
