// Failures that the command line itself finds; those of the cluster keep the codes they came with.

export type CliErrorCode =
  | 'CSV_BROKEN'
  | 'FOLDER_NOT_EMPTY'
  | 'NODE_UNREACHABLE'
  | 'NOT_CONFIRMED'
  | 'PASSWORD_MISSING'
  | 'REPORT_REFUSED'
  | 'REPORT_UNREADABLE'
  | 'TOUR_STALLED';

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
