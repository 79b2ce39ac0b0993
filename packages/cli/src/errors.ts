// Failures that the command line itself finds; those of the cluster keep the codes they came with.

export type CliErrorCode =
  | 'ANSWER_UNREADABLE'
  | 'BAD_LINES_OVER_LIMIT'
  | 'COMMAND_UNKNOWN'
  | 'CONNECTION_BROKEN'
  | 'CSV_BROKEN'
  | 'EXPORT_UNFIT'
  | 'FILE_EXISTS'
  | 'FILE_UNREADABLE'
  | 'FOLDER_NOT_EMPTY'
  | 'FORMAT_UNKNOWN'
  | 'NODES_UNAVAILABLE'
  | 'NODE_UNREACHABLE'
  | 'NOTHING_TO_PLOT'
  | 'NOT_CONFIRMED'
  | 'PASSWORD_MISSING'
  | 'REPORT_REFUSED'
  | 'REPORT_UNREADABLE'
  | 'STATEMENT_REFUSED'
  | 'STATEMENT_UNFINISHED'
  | 'TOUR_STALLED'
  | 'TSFILE_UNFIT';

/** EX_DATAERR of sysexits.h */
export const DATA_EXIT_CODE = 65;
/** EX_UNAVAILABLE of sysexits.h */
export const UNAVAILABLE_EXIT_CODE = 69;

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Of the process that ends with this failure. */
export function exitCodeFor(error: unknown): number {
  return error instanceof CliError && error.code === 'NODES_UNAVAILABLE' ? UNAVAILABLE_EXIT_CODE : 1;
}
