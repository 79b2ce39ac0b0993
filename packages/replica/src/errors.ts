// Every failure that leaves this package has a code; docs/errors.md says what to do about each.

export type ReplicaErrorCode =
  | 'RECORD_DAMAGED'
  | 'RECORD_UNKNOWN'
  | 'LOG_DAMAGED'
  | 'LOG_FAILED'
  | 'LOG_RELEASED'
  | 'SNAPSHOT_DAMAGED'
  | 'HARD_STATE_DAMAGED'
  | 'DATA_FOLDER_LOCKED'
  | 'DATA_FOLDER_FOREIGN'
  | 'DATA_FOLDER_UNUSABLE'
  | 'PEER_MEMORY_DAMAGED'
  | 'QUORUM_NOT_LOST'
  | 'RECOVERY_RECORD_DAMAGED'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_UNUSABLE'
  | 'NOT_LEADER'
  | 'LEADER_CHANGED'
  | 'NO_QUORUM'
  | 'DEADLINE_EXCEEDED'
  | 'BUSY'
  | 'TOO_LARGE'
  | 'PAYLOAD_MALFORMED'
  | 'SESSION_UNKNOWN'
  | 'SESSION_REFUSED'
  | 'MEMBERS_INVALID'
  | 'MEMBER_BEHIND'
  | 'QUORUM_OUT_OF_REACH'
  | 'TRANSFER_REFUSED'
  | 'TRANSFER_FAILED'
  | 'RESULT_TOO_LARGE'
  | 'WEAK_NOT_ALLOWED'
  | 'SESSION_LIMITS_DIFFER'
  | 'SNAPSHOT_FAILED'
  | 'OPTIONS_INVALID'
  | 'GROUP_UNKNOWN'
  | 'GROUP_RUNS'
  | 'GROUP_FAILED'
  | 'STOPPED';

export class ReplicaError extends Error {
  override readonly name = 'ReplicaError';
  readonly code: ReplicaErrorCode;

  constructor(code: ReplicaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Bytes of a file are damaged: where and how, also for those who do not read the message. */
export class DamagedFileError extends ReplicaError {
  readonly path: string;
  readonly offset: number;
  readonly what: string;

  constructor(code: ReplicaErrorCode, message: string, place: { path: string; offset: number; what: string }) {
    super(code, message);
    this.path = place.path;
    this.offset = place.offset;
    this.what = place.what;
  }
}

/** What an error says, whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
