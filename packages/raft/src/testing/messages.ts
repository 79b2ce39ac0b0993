// Batches and messages for tests that play one side of a conversation by hand. Unless told otherwise, 2 speaks to 1.

import { type Batch, BatchKind } from '../batch.ts';
import type { Configuration } from '../configuration.ts';
import { type Append, type Heartbeat, type Message, MessageType, type VoteRequest } from '../messages.ts';
import type { Index, Term } from '../types.ts';

const fromTwoToOne = { from: 2, to: 1 };

/** `count` entries from `firstIndex` on, all of `term`, of `byteLength` bytes in all. */
export function batchOf(firstIndex: Index, count: number, term: Term, prevTerm: Term = term, byteLength = 4): Batch {
  return { kind: BatchKind.entries, firstIndex, count, term, prevTerm, bytes: new Uint8Array(byteLength) };
}

export function append(fields: Partial<Append> & { readonly term: Term }): Append {
  const nothing = {
    session: 1,
    prevIndex: 0,
    prevTerm: 0,
    commitIndex: 0,
    batches: [],
    mayOvertake: false,
    routes: [],
  };
  return { type: MessageType.append, leader: fields.from ?? fromTwoToOne.from, ...fromTwoToOne, ...nothing, ...fields };
}

export function heartbeat(fields: Partial<Heartbeat> & { readonly term: Term }): Heartbeat {
  const nothing = {
    session: 1,
    commitIndex: 0,
    round: 1,
    restore: undefined,
    hibernates: false,
    leaderCommitIndex: undefined,
    provenStamp: undefined,
  };
  return { type: MessageType.heartbeat, ...fromTwoToOne, ...nothing, ...fields };
}

export function voteRequest(fields: Partial<VoteRequest> & { readonly term: Term }): VoteRequest {
  return { type: MessageType.voteRequest, ...fromTwoToOne, lastIndex: 0, lastTerm: 0, transfer: false, ...fields };
}

/** One entry that changes the members. */
export function configurationBatch(
  firstIndex: Index,
  term: Term,
  configuration: Configuration,
  prevTerm: Term = term,
): Batch {
  return { ...batchOf(firstIndex, 1, term, prevTerm), kind: BatchKind.configuration, configuration };
}

export type Match = (message: Message) => boolean;

/** Matches messages of these types. */
export function isA(...types: readonly MessageType[]): Match {
  return (message) => types.includes(message.type);
}

/** The messages of one type, as that type. */
export function only<T extends MessageType>(
  messages: readonly Message[],
  type: T,
): Extract<Message, { readonly type: T }>[] {
  return messages.filter((message): message is Extract<Message, { readonly type: T }> => message.type === type);
}
