import type { NodeId } from '@balsa/raft';
import type { CodedLog } from '@balsa/replica';
import type { LimitsConfig } from '../config/node-config.ts';
import type { OtherMembers } from '../elsewhere/other-members.ts';
import type { ByteBudget } from '../service/byte-budget.ts';
import type { DataService } from '../service/data-service.ts';
import type { WritePath } from '../service/write-path.ts';

/** What all client connections of a node share. */
export interface ClientFaceContext {
  readonly nodeId: NodeId;
  readonly version: string;
  readonly cluster: string;
  readonly limits: LimitsConfig;
  readonly budget: ByteBudget;
  readonly writes: WritePath;
  readonly service: DataService;
  readonly others: OtherMembers;
  /** Clients can cause any number of lines: limited in how many it passes on. */
  readonly log: CodedLog<string>;
  /** Where clients reach a node; empty for `undefined`. */
  readonly clientAddressOf: (nodeId: NodeId | undefined) => string;
}
