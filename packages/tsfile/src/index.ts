export { atOnceOrLater, awaited, ready, type Steps } from './at-once.ts';
export { type Binaries, binariesOf, binaryAt, textAt } from './binaries.ts';
export { type Column, isNull, type Values, valueCount } from './column.ts';
export { Compression, type CompressionName, compressionName, compressions } from './compression/compression.ts';
export { DataType, type DataTypeName, dataTypeName, dataTypes, timeColumnType } from './data-type.ts';
export { Encoding, type EncodingName, encodingName, encodings, encodingsOf } from './encoding.ts';
export { TsFileError, type TsFileErrorCode } from './errors.ts';
export { describeTsFile } from './inspect/describe-file.ts';
export {
  type ChunkDescription,
  type DeviceDescription,
  type FileDescription,
  type InspectOptions,
  inspectTsFile,
  type PageDescription,
  type SeriesDescription,
} from './inspect/inspect-file.ts';
export { int64sOf, numbersOf } from './int64.ts';
export { MemorySink, memorySource } from './io/memory.ts';
export { createFileSink, type FileSinkOptions, openFileSource } from './io/node-files.ts';
export type { ByteSink, ByteSource } from './io/ports.ts';
export type { ChunkHeader, SeriesRole } from './layout/chunk-header.ts';
export { compareDevices, type DeviceId, deviceOfPath, pathOfDevice } from './layout/device-id.ts';
export type { TableColumn, TableSchema } from './layout/file-metadata.ts';
export type { TsFileVersion } from './layout/magic.ts';
export type { ChunkMetadata, SeriesMetadata } from './layout/series-metadata.ts';
export type { NumericValues, SpanStatistics } from './layout/span-statistics.ts';
export type { MeasuredType, Statistics, StatisticValue } from './layout/statistics.ts';
export { defaultLimits, type TsFileLimits } from './limits.ts';
export { withoutNulls } from './present-values.ts';
export {
  decodePlainPage,
  decodePlainPageNumbers,
  decodeTimePage,
  decodeValuePage,
  type PageContext,
  type StoredPage,
} from './reader/page-decoder.ts';
export type { StoredChunk } from './reader/stored-chunk.ts';
export { readTsFileStream, type StreamedBlock, type StreamedChunk } from './reader/stream-reader.ts';
export type { TimeRange } from './reader/time-range.ts';
export { type AlignedBlock, openTsFile, type SeriesBlock, TsFileReader } from './reader/tsfile-reader.ts';
export { ReusedMemory, type ValueMemory } from './value-memory.ts';
export type { Times } from './writer/checked-times.ts';
export {
  type AlignedColumn,
  type ColumnLayout,
  createTsFile,
  type PageLayout,
  type SeriesSchema,
  TsFileWriter,
  type TsFileWriterOptions,
  type WrittenFile,
} from './writer/tsfile-writer.ts';
