// Every failure that leaves this package has a code; docs/errors.md says what to do about each.

export type TsFileErrorCode =
  /** It does not begin or end as a TsFile does. */
  | 'TSFILE_NOT_ONE'
  /** It ends before what it announces; a writer that was cut off leaves such a file. */
  | 'TSFILE_TRUNCATED'
  /** It contradicts itself. */
  | 'TSFILE_DAMAGED'
  /** It may be whole, but holds what this package does not read. */
  | 'TSFILE_UNSUPPORTED'
  /** It asks for more memory than the reader's limits allow. */
  | 'TSFILE_OVER_LIMITS'
  /** The caller asked for what makes no sense; nothing was written. */
  | 'TSFILE_ARGUMENT';

export interface TsFileErrorOptions extends ErrorOptions {
  /** Where in the file, in bytes. Of damage inside a compressed page: where the page lies. */
  readonly offset?: number | undefined;
}

export class TsFileError extends Error {
  override readonly name = 'TsFileError';
  readonly code: TsFileErrorCode;
  /** Where in the file, in bytes, if a place is to blame. */
  readonly offset: number | undefined;

  constructor(code: TsFileErrorCode, message: string, { offset, ...options }: TsFileErrorOptions = {}) {
    super(offset === undefined ? message : `${message} (at byte ${offset})`, options);
    this.code = code;
    this.offset = offset;
  }
}

/** What is to blame is the call, not a file. */
export function argumentError(message: string): TsFileError {
  return new TsFileError('TSFILE_ARGUMENT', message);
}
