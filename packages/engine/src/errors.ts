// What a read may be refused with. Writes never throw for their content: their answer is part of the replicated state.

import { StatusCode } from '@balsa/wire';

export type EngineErrorCode = 'ILLEGAL_PATH' | 'PATH_NOT_EXIST' | 'METADATA_ERROR' | 'MEMORY_NOT_ENOUGH';

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
