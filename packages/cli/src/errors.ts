// Failures that the command line itself finds; those of the cluster keep the codes they came with.

export type CliErrorCode = 'CSV_BROKEN' | 'FOLDER_NOT_EMPTY' | 'NODE_UNREACHABLE' | 'TOUR_STALLED';

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Any failure as a code and a sentence. */
export function describeError(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNEXPECTED';
  // A failure without a code is a fault of this program: its stack says where.
  return { code, message: code === 'UNEXPECTED' ? (error.stack ?? error.message) : error.message };
}
