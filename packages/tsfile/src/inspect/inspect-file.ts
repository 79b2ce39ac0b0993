// What a file is made of, as data: everything that its index and the headers of its chunks say, without decoding values.

import { type CompressionName, compressionName } from '../compression/compression.ts';
import { type DataType, type DataTypeName, dataTypeName, timeColumnType } from '../data-type.ts';
import { encodingName } from '../encoding.ts';
import { argumentError } from '../errors.ts';
import { pathOfDevice } from '../layout/device-id.ts';
import type { TableSchema } from '../layout/file-metadata.ts';
import type { TsFileVersion } from '../layout/magic.ts';
import type { SeriesMetadata } from '../layout/series-metadata.ts';
import type { Statistics } from '../layout/statistics.ts';
import type { TsFileReader } from '../reader/tsfile-reader.ts';

export interface InspectOptions {
  /** So many series are described; those behind them are not looked at. 1000 by default. */
  readonly seriesMax?: number;
  /** Also read every described chunk, for its encoding, compression and pages. */
  readonly withChunks?: boolean;
}

export interface FileDescription {
  readonly version: TsFileVersion;
  readonly sizeBytes: number;
  /** Of chunk groups, the head of the file included; the index is the rest. */
  readonly dataBytes: number;
  readonly bloomFilter: { readonly sizeBits: number; readonly hashes: number } | undefined;
  readonly properties: ReadonlyMap<string, string | null>;
  readonly tableSchemas: readonly TableSchema[];
  readonly devices: readonly DeviceDescription[];
  /** There are more series than were to be described. */
  readonly isCut: boolean;
}

export interface DeviceDescription {
  readonly device: string;
  readonly series: readonly SeriesDescription[];
}

export interface SeriesDescription {
  /** Empty for the times that aligned series share. */
  readonly measurement: string;
  readonly type: DataTypeName | 'times';
  readonly isAligned: boolean;
  readonly statistics: Statistics;
  readonly chunkCount: number;
  /** Empty unless they were asked for. */
  readonly chunks: readonly ChunkDescription[];
}

export interface ChunkDescription {
  readonly offset: number;
  readonly encoding: string;
  readonly compression: CompressionName;
  readonly statistics: Statistics;
  /** Bytes of the pages in the file. */
  readonly storedBytes: number;
  /** Of how many spans the file has statistics (`TsFileReader.spanStatistics`). */
  readonly spanCount: number;
  readonly pages: readonly PageDescription[];
}

export interface PageDescription {
  readonly offset: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  /** Absent of a page without values. */
  readonly statistics: Statistics | undefined;
}

const seriesMaxDefault = 1000;

/** @throws TsFileError where the file is damaged. */
export async function inspectTsFile(reader: TsFileReader, options: InspectOptions = {}): Promise<FileDescription> {
  const { seriesMax = seriesMaxDefault, withChunks = false } = options;
  if (!Number.isSafeInteger(seriesMax) || seriesMax < 0)
    throw argumentError('seriesMax must be an integer, not negative');
  const devices: DeviceDescription[] = [];
  let left = seriesMax;
  let isCut = false;
  for await (const id of reader.devices()) {
    const series: SeriesDescription[] = [];
    for await (const metadata of reader.seriesOf(id)) {
      isCut = left === 0;
      if (isCut) break;
      left--;
      series.push(await describeSeries(reader, metadata, withChunks));
    }
    if (series.length > 0) devices.push({ device: pathOfDevice(id), series });
    if (isCut) break;
  }
  const { version, sizeBytes, dataBytes, bloomFilter, properties, tableSchemas } = reader;
  return { version, sizeBytes, dataBytes, bloomFilter, properties, tableSchemas, devices, isCut };
}

async function describeSeries(
  reader: TsFileReader,
  metadata: SeriesMetadata,
  withChunks: boolean,
): Promise<SeriesDescription> {
  const { measurement, dataType, role, statistics } = metadata;
  const chunks: ChunkDescription[] = [];
  if (withChunks) {
    for (const chunk of metadata.chunks) {
      const { chunk: header, pages } = await reader.readChunk(metadata, chunk);
      const spans = await reader.spanStatistics(metadata, chunk);
      chunks.push({
        offset: chunk.offset,
        encoding: encodingName(header.encoding),
        compression: compressionName(header.compression),
        statistics: chunk.statistics,
        storedBytes: header.pagesBytes,
        spanCount: spans?.counts.length ?? 0,
        pages: pages.map(({ offset, uncompressedBytes, body, statistics: ofPage }) => ({
          offset,
          uncompressedBytes,
          compressedBytes: body.length,
          statistics: ofPage,
        })),
      });
    }
  }
  return {
    measurement,
    type: dataType === timeColumnType ? 'times' : dataTypeName(dataType satisfies DataType),
    isAligned: role !== 'plain',
    statistics,
    chunkCount: metadata.chunks.length,
    chunks,
  };
}
