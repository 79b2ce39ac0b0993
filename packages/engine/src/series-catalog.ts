import { ByteWriter, crc32c, type DataType } from '@balsa/wire';
import type { RegisteredSeries } from './snapshot/series-names.ts';

/** Which series are registered, and of which type. Nothing is ever taken out or changed. All names are canonical. */
export class SeriesCatalog {
  readonly #devices = new Map<string, Map<string, DataType>>();
  readonly #registered: RegisteredSeries[] = [];
  /** Used again and again: memory for every series would take longer than its checksum. */
  readonly #name = new ByteWriter(256);
  #checksum = 0;

  /** The measurements of every device and their types. */
  get devices(): ReadonlyMap<string, ReadonlyMap<string, DataType>> {
    return this.#devices;
  }

  /** In the order in which they were registered. Only ever added to: the beginning of it stays as it is. */
  get registered(): readonly RegisteredSeries[] {
    return this.#registered;
  }

  /** The sum of the series' own checksums: independent of the order in which they were registered. */
  get checksum(): number {
    return this.#checksum;
  }

  /** Adds a series that is not there yet. */
  add(series: RegisteredSeries): void {
    const { device, measurement, dataType } = series;
    const known = this.#devices.get(device);
    if (known === undefined) this.#devices.set(device, new Map([[measurement, dataType]]));
    else known.set(measurement, dataType);
    this.#registered.push(series);
    this.#checksum = (this.#checksum + this.#checksumOf(series)) >>> 0;
  }

  #checksumOf({ device, measurement, dataType }: RegisteredSeries): number {
    const name = this.#name;
    name.length = 0;
    name.text16(device);
    name.text16(measurement);
    name.u8(dataType);
    return crc32c(name.written());
  }
}
