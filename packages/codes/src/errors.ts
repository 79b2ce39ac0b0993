// Every failure that leaves this package has a code; docs/errors.md says what to do about each.

export type CodesErrorCode =
  | 'CODE_INVALID'
  | 'BATCH_TOO_LARGE'
  | 'BATCH_DAMAGED'
  | 'FRAGMENTS_TOO_FEW'
  | 'FRAGMENTS_MISMATCHED'
  | 'FRAGMENT_DAMAGED'
  | 'FRAGMENT_UNKNOWN';

export class CodesError extends Error {
  override readonly name = 'CodesError';
  readonly code: CodesErrorCode;

  constructor(code: CodesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
