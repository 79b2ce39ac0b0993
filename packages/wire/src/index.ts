export { type BufferPool, connectionPool, RetainingPool, unpooled } from './buffer-pool.ts';
export { ByteReader } from './byte-reader.ts';
export { ByteWriter } from './byte-writer.ts';
export { allocateValues, type Column, type ColumnValues, isNull, nullBytes } from './column.ts';
export { CommandOperation, encodeInsertTablet } from './command.ts';
export { crc32c } from './crc32c.ts';
export {
  DataType,
  type DataTypeName,
  dataTypeName,
  dataTypeNamed,
  dataTypeOf,
  servedDataTypes,
} from './data-type.ts';
export { WireError, type WireErrorCode } from './errors.ts';
export * from './limits.ts';
export * from './query.ts';
export {
  decodeTablet,
  decodeTabletHeader,
  encodeTablet,
  type Tablet,
  type TabletHeader,
  writeTablet,
} from './tablet.ts';
