import { shorten } from '@balsa/linearizability';

export type PlayErrorCode =
  /** A line of the script cannot be understood. */
  | 'SCRIPT_SYNTAX'
  /** The group did not do what a line of the script expects of it. */
  | 'SCRIPT_UNMET';

export class PlayError extends Error {
  override readonly name = 'PlayError';
  readonly code: PlayErrorCode;
  /** Counted from 1. */
  readonly line: number;

  constructor(code: PlayErrorCode, line: number, message: string) {
    super(shorten(`line ${line}: ${message}`));
    this.code = code;
    this.line = line;
  }
}
