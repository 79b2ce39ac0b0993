export interface TransportLimits {
  /** Largest frame that a peer may send. Must be the same on all nodes. */
  readonly frameBytesMax: number;
  /** Bytes that may wait for one peer; what does not fit is dropped, and `send` says so. */
  readonly queueBytesMax: number;
  /** Connections that have not yet said who they are. */
  readonly strangersMax: number;
  /** For a connection to be made and both sides to have said who they are. */
  readonly helloTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** A peer from which nothing has come for so long, pings included, is taken for dead. */
  readonly silenceTimeoutMs: number;
  /** First and longest wait between attempts to connect; the first attempt after a loss is made at once. */
  readonly redialFirstMs: number;
  readonly redialCapMs: number;
}

export const transportLimitsDefault: TransportLimits = {
  frameBytesMax: 64 * 1024 * 1024,
  queueBytesMax: 64 * 1024 * 1024,
  strangersMax: 64,
  helloTimeoutMs: 3000,
  pingIntervalMs: 1000,
  silenceTimeoutMs: 5000,
  redialFirstMs: 20,
  redialCapMs: 500,
};
