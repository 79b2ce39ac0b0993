// Why a history file was refused. The message names the line and says what was expected.

import { shorten } from './shorten.ts';

export type HistoryErrorCode = 'HISTORY_HEADER' | 'HISTORY_LINE' | 'HISTORY_OPERATION' | 'HISTORY_TOO_LARGE';

export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly code: HistoryErrorCode;
  /** From 1. */
  readonly line: number;

  constructor(code: HistoryErrorCode, line: number, message: string) {
    super(shorten(`line ${line}: ${message}`));
    this.code = code;
    this.line = line;
  }
}
