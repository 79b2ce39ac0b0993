import type { EarlyAcknowledgement, WireError } from '@balsa/wire';
import { ClientError } from './errors.ts';

/** Why a request has no result. */
export interface RequestFailure {
  /** The node's status code; `undefined`: the connection was lost before the answer came. */
  readonly status: number | undefined;
  /** Wait so long before the next attempt, at least. */
  readonly retryAfterMs: number;
  /** Where the leader can be reached, or empty. */
  readonly leader: string;
  readonly message: string;
}

/** Hears of the answers to writes. */
export interface WriteSink {
  /** Told before the others, if the write asked for it: it has come so far. */
  accepted?(token: number, how: EarlyAcknowledgement): void;
  /** The state machine's answer: `status` is 200, or says why it refused. */
  written(token: number, index: number, status: number, message: string): void;
  failed(token: number, failure: RequestFailure): void;
}

export interface ProtocolConnectionOptions {
  /** `host:port` of the node's listener for clients. */
  readonly address: string;
  /** For the connection to be made and the node to say who it is. Default 5,000. */
  readonly timeoutMs?: number;
  /** Gives up connecting; without effect later. */
  readonly signal?: AbortSignal;
  /** Who this is, for the node's log. */
  readonly name?: string;
  /** Largest answer accepted. Default 64 MiB. */
  readonly frameBytesMax?: number;
  /** Bytes that may wait to be sent. Default 64 MiB. */
  readonly queueBytesMax?: number;
  /** The node tells who leads a group (an address; empty: nobody it knows of). */
  readonly onLeader?: (group: number, leader: string) => void;
  /** There is room again after `write` had returned false. */
  readonly onRoom?: () => void;
  /** Called once, after every request under way has failed; absent reason: `close` was called. */
  readonly onClose?: (reason: WireError | undefined) => void;
}

/** A session of one group, as `openSession` returned its id. */
export interface SessionPosition {
  readonly group: number;
  readonly sessionId: number;
  readonly sequence: number;
  readonly acknowledgedBelow: number;
}

/** The failure of one attempt, as an error. */
export function errorOf(failure: RequestFailure): ClientError {
  const { status, message } = failure;
  return status === undefined
    ? new ClientError('CONNECTION_LOST', message)
    : new ClientError('REFUSED', message, { status });
}
