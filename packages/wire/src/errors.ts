// Every failure that leaves this package has a code; docs/errors.md says what to do about each.

export type WireErrorCode =
  | 'BYTES_TRUNCATED'
  | 'BYTES_MALFORMED'
  | 'LIMIT_EXCEEDED'
  | 'FRAME_TOO_LARGE'
  | 'SPEAKS_TLS'
  | 'SPEAKS_HTTP'
  | 'SPEAKS_JUNK'
  | 'PROTOCOL_MISMATCH'
  | 'HELLO_TIMEOUT'
  | 'PEER_STALLED'
  | 'PEER_SILENT'
  | 'CONNECTION_LOST';

export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
