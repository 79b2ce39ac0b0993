export {
  type Acknowledgement,
  acknowledgementCodes,
  acknowledgementOf,
  type EarlyAcknowledgement,
  earlyAcknowledgementOf,
} from './acknowledgement.ts';
export { type BufferPool, connectionPool, RetainingPool, unpooled } from './buffer-pool.ts';
export { ByteReader } from './byte-reader.ts';
export { ByteWriter } from './byte-writer.ts';
export * from './client-answers.ts';
export * from './client-protocol.ts';
export * from './client-requests.ts';
export { allocateValues, type Column, ColumnMemory, type ColumnValues, isNull, nullBytes } from './column.ts';
export { CommandOperation, encodeInsertTablet } from './command.ts';
export {
  type CommandResult,
  cutText,
  decodeCommandResult,
  encodeCommandResult,
  successResult,
} from './command-result.ts';
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
export { FrameConnection, type FrameConnectionHandler, type FrameConnectionOptions } from './frame-connection.ts';
export { FrameDecoder, type FrameReceiver, pingFrameType } from './frame-decoder.ts';
export { FrameQueue, type FrameSink, frameHeaderBytes, type OutgoingBytes } from './frame-queue.ts';
export * from './limits.ts';
export * from './node-status.ts';
export { encodePreamble, type Protocol, ProtocolKind } from './preamble.ts';
export * from './query.ts';
export { readDataType } from './read-data-type.ts';
export { findDeparture, type Shape } from './shape.ts';
export {
  describeStatus,
  isStatusCode,
  StatusCode,
  type StatusDescription,
  statusName,
  type WriteOutcome,
} from './status.ts';
export {
  decodeTablet,
  decodeTabletHeader,
  encodeTablet,
  type Tablet,
  type TabletHeader,
  tabletBytes,
  writeTablet,
} from './tablet.ts';
export { atEndOfTurn } from './turn.ts';
