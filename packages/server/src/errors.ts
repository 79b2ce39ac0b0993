// Every failure that leaves this package has a code; docs/errors.md says what to do about each.

export type ServerErrorCode =
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_INVALID'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_UNUSABLE'
  | 'CLUSTER_START_FAILED'
  | 'CLUSTER_NODE_UNKNOWN'
  | 'CLUSTER_NODE_NOT_RUNNING'
  | 'CLUSTER_STOPPED';

export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
