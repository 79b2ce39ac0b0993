export { type Batch, type BatchHeader, BatchKind, lastIndexOf } from './batch.ts';
export type * from './effects.ts';
export * from './messages.ts';
export { type GroupId, type HardState, type Index, type NodeId, Role, type Term } from './types.ts';
