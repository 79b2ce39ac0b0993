export {
  BalsaClient,
  type ClientOptions,
  type QueryOptions,
  type ReadOptions,
  type RequestOptions,
} from './balsa-client.ts';
export { ClientError, type ClientErrorCode } from './errors.ts';
export {
  ProtocolConnection,
  type ProtocolConnectionOptions,
  type RequestFailure,
  type SessionPosition,
  type WriteSink,
} from './protocol-connection.ts';
export { SequenceWindow } from './sequence-window.ts';
export type { WriteResult } from './write-operation.ts';
