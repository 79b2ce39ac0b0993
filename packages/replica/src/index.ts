export { ReplicaError, type ReplicaErrorCode } from './errors.ts';
export type * from './ports.ts';
