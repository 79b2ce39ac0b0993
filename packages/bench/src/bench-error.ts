// Every way a benchmark or chaos run can end badly has a code; the message says what to do.

export type BenchErrorCode =
  | 'ILLEGAL_ARGUMENT'
  | 'NOT_A_DISK'
  | 'NOT_BUILT'
  | 'PEER_MISSING'
  | 'PEER_FAILED'
  | 'GENERATOR_FAILED'
  | 'NO_SUCCESS'
  | 'NOT_HEALTHY'
  | 'NODE_ENDED'
  | 'SYSTEM_REFUSED'
  | 'INTERRUPTED';

export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
