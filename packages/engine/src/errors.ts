// Writes never throw for their content: their answer is part of the replicated state. docs/errors.md says what to do
// about each code.

import { StatusCode } from '@balsa/wire';

export type EngineErrorCode = 'ILLEGAL_PATH' | 'PATH_NOT_EXIST' | 'METADATA_ERROR' | 'MEMORY_NOT_ENOUGH';

/** What a read may be refused with. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;
  /** The code's number in IoTDB's table. */
  readonly status: StatusCode;

  constructor(code: EngineErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = StatusCode[code];
  }
}

export type SnapshotErrorCode =
  /** It contradicts itself, was damaged on its way, or is not all there. */
  | 'SNAPSHOT_MALFORMED'
  /** It is of another state machine, or was written by a version with another layout. */
  | 'SNAPSHOT_UNKNOWN'
  /** It holds more than this node's limits allow. */
  | 'SNAPSHOT_OVER_LIMITS';

/** Why a snapshot cannot be restored. No client gets to see it. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  readonly code: SnapshotErrorCode;

  constructor(code: SnapshotErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
