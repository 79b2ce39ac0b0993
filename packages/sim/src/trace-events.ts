// What can happen in a run, as far as it is told afterwards.

import type { Message, NodeId, Role } from '@balsa/raft';

/** Why a message did not arrive: lost on the way, sent into a cut link, or nobody there to take it. */
export type LossReason = 'lost' | 'link cut' | 'nobody there';

/** What is told about a member: a role that it takes on, or something else that happens to it. */
export type Mark =
  | Role
  | 'start'
  | 'crash'
  | 'stop'
  | 'pause'
  | 'resume'
  | 'stuck'
  | 'lies'
  | 'loss'
  | 'commit'
  | 'install'
  | 'members'
  | 'removed'
  | 'transfer'
  | 'hibernation';

export interface MarkEvent {
  readonly type: 'mark';
  readonly atMs: number;
  readonly member: NodeId;
  readonly mark: Mark;
  readonly text: string;
}

export type MessageEvent =
  | { readonly type: 'sent'; readonly atMs: number; readonly message: Message }
  | { readonly type: 'arrived'; readonly atMs: number; readonly sentMs: number; readonly message: Message }
  | {
      readonly type: 'lost';
      readonly atMs: number;
      readonly sentMs: number;
      readonly message: Message;
      readonly why: LossReason;
    };

export type TraceEvent = MarkEvent | MessageEvent;
