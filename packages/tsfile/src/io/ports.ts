// What reading and writing need of the world. A file on disk is one answer (node-files.ts), memory another (memory.ts).

export interface ByteSource {
  readonly sizeBytes: number;
  /** Exactly `count` bytes from `offset` on. They stay as they are. Rejects if they cannot be had. */
  read(offset: number, count: number): Promise<Uint8Array>;
  /** The same bytes, if they are in memory: nobody has to wait for these. */
  atHand?(offset: number, count: number): Uint8Array | undefined;
  close(): Promise<void>;
}

export interface ByteSink {
  /** Puts bytes behind those before. They may change once the promise is kept. */
  write(bytes: Uint8Array): Promise<void>;
  /** All is written. What was promised of durability holds when the promise is kept. */
  finish(): Promise<void>;
  /** Nothing more will come, and what came is worthless. */
  abort(): Promise<void>;
}
