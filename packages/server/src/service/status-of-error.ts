// How failures of the lower rooms look to a client.

import { EngineError } from '@balsa/engine';
import { StorageError } from '@balsa/engine/storage';
import { ReplicaError, type ReplicaErrorCode } from '@balsa/replica';
import { StatusCode, WireError } from '@balsa/wire';
import { Refusal } from './refusal.ts';

interface Translation {
  readonly status: StatusCode;
  readonly message: string;
}

const translations: Partial<Record<ReplicaErrorCode, Translation>> = {
  NOT_LEADER: { status: StatusCode.REDIRECTION_RECOMMEND, message: 'another node leads this group' },
  LEADER_CHANGED: {
    status: StatusCode.REGION_LEADER_CHANGE,
    message: 'the leader changed while the write was under way; send it again in the same session',
  },
  NO_QUORUM: {
    status: StatusCode.NO_AVAILABLE_REGION_GROUP,
    message: 'no quorum of nodes can be reached; bring nodes back and send again',
  },
  DEADLINE_EXCEEDED: {
    status: StatusCode.WRITE_TIMEOUT,
    message: 'not committed in time; it may be later: send it again in the same session',
  },
  BUSY: { status: StatusCode.WRITE_PROCESS_REJECT, message: 'the group is at its limit of writes under way' },
  PAYLOAD_MALFORMED: { status: StatusCode.ILLEGAL_PARAMETER, message: 'the write has no session header' },
  TOO_LARGE: {
    status: StatusCode.REQUEST_TOO_LARGE,
    message: 'the write is over the limit of one entry; send smaller ones',
  },
  SESSION_UNKNOWN: { status: StatusCode.SESSION_UNKNOWN, message: 'the session has ended; open a new one' },
  SESSION_REFUSED: {
    status: StatusCode.SEQUENCE_STALE,
    message: 'this sequence was acknowledged before, or is too far ahead of the first that is not',
  },
  RESULT_TOO_LARGE: {
    status: StatusCode.INTERNAL_SERVER_ERROR,
    message: 'the write was applied, but its answer was over the limit and was not kept',
  },
  WEAK_NOT_ALLOWED: {
    status: StatusCode.WEAK_WRITES_OFF,
    message:
      'this cluster takes no weak writes; ask for committed or applied, or set limits.weakBytesMax on every node',
  },
  GROUP_UNKNOWN: { status: StatusCode.GROUP_UNKNOWN, message: 'there is no such group on this node' },
  GROUP_FAILED: { status: StatusCode.GROUP_FAILED, message: 'the group has stopped on this node; ask another' },
  SNAPSHOT_FAILED: {
    status: StatusCode.STORAGE_ENGINE_ERROR,
    message: "a snapshot could not be taken on this node: see the node's log",
  },
  STOPPED: { status: StatusCode.NODE_STOPPING, message: 'this node is stopping; ask another' },
};

const fault: Translation = {
  status: StatusCode.INTERNAL_SERVER_ERROR,
  message: "the node met a fault: see the node's log",
};

export function translateReplicaCode(code: ReplicaErrorCode): Translation {
  return translations[code] ?? fault;
}

/** The refusal that a client gets for an error; a fault of the node's own becomes one that tells nothing of it. */
export function refusalFor(error: unknown): Refusal {
  if (error instanceof Refusal) {
    return error;
  }
  if (error instanceof WireError) {
    return new Refusal(StatusCode.ILLEGAL_PARAMETER, error.message, { cause: error });
  }
  if (error instanceof EngineError) {
    return new Refusal(error.status, error.message, { cause: error });
  }
  if (error instanceof StorageError && error.code === 'STORAGE_CLOSED') {
    return new Refusal(StatusCode.NODE_STOPPING, 'this node is stopping; ask another', { cause: error });
  }
  if (error instanceof StorageError && error.code === 'STORAGE_FAILED') {
    const message = 'the disk of this node takes no files (STORAGE_FAILED): nothing is lost, and it is tried again';
    return new Refusal(StatusCode.STORAGE_ENGINE_ERROR, message, { cause: error });
  }
  if (error instanceof StorageError) {
    const message = `what was asked for is in a file that cannot be read on this node (${error.code}): ask another`;
    return new Refusal(StatusCode.STORAGE_ENGINE_ERROR, message, { cause: error });
  }
  const { status, message } = error instanceof ReplicaError ? translateReplicaCode(error.code) : fault;
  return new Refusal(status, message, { cause: error });
}

/** For the log. */
export function describeFault(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
