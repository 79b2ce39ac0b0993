export {
  BalsaClient,
  type ClientOptions,
  type CloseOptions,
  type CloseReport,
  type QueryOptions,
  type ReadOptions,
  type RequestOptions,
  type WriteOptions,
} from './balsa-client.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export { ProtocolConnection } from './protocol-connection.ts';
export type { ProtocolConnectionOptions, RequestFailure, SessionPosition, WriteSink } from './protocol-types.ts';
export { SequenceWindow } from './sequence-window.ts';
export type { AcknowledgedWrite } from './submit-write.ts';
export type { WriteResult } from './write-operation.ts';
