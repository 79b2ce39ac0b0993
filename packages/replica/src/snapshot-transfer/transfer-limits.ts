// The bounds of fetching, sending and restoring snapshots. Every field has a default that is right for a few nodes in one room.

export interface SnapshotFetchLimits {
  /** Asked for at a time. */
  readonly chunkBytes: number;
  /** Requests of one fetch that are under way: with `chunkBytes` it bounds what lies in memory and waits at the sender. */
  readonly requestsMax: number;
  /** Groups that are fetched at the same time, and never two from the same node; others wait. */
  readonly fetchesMax: number;
  /** How long an answer may take before it is asked for again: at first, and after each time in vain twice as long. */
  readonly retryFirstMs: number;
  readonly retryCapMs: number;
  /** A source from which nothing has come for so long gives way to another that offers something else. */
  readonly stallMs: number;
  /** A fetch of which nothing has come for so long is given up, until it is offered again; what is there is kept. */
  readonly silenceMs: number;
  /** A fetch whose bytes were damaged so often, without coming further, is given up. */
  readonly damagesMax: number;
}

export interface SnapshotSendLimits {
  /** To all nodes together; 0: as fast as it goes. */
  readonly bytesPerSecondMax: number;
  /** Largest piece that is sent, whatever is asked for. */
  readonly chunkBytesMax: number;
  /** Nothing more is sent to a node for which so much waits already: other messages must get through. */
  readonly queuedBytesMax: number;
  /** Of one node that wait for an answer; what is over is forgotten, and will be asked for again. */
  readonly requestsMax: number;
  /** A snapshot of which nothing was asked for so long is closed. */
  readonly idleMs: number;
}

export interface SnapshotRestoreLimits {
  /**
   * Of all groups together; 0: as fast as it goes. Holds for snapshots that came from other nodes: those go on meanwhile, and are
   * not to notice. What a group finds on its own disk at its start is restored as fast as it goes, and so is what a leader lacks,
   * for nobody is served before.
   */
  readonly bytesPerSecondMax: number;
}

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

export const snapshotFetchDefaults: SnapshotFetchLimits = {
  chunkBytes: 256 * kibibyte,
  requestsMax: 4,
  fetchesMax: 4,
  retryFirstMs: 2000,
  retryCapMs: 30_000,
  stallMs: 5000,
  silenceMs: 120_000,
  damagesMax: 5,
};

export const snapshotSendDefaults: SnapshotSendLimits = {
  bytesPerSecondMax: 64 * mebibyte,
  chunkBytesMax: mebibyte,
  queuedBytesMax: mebibyte,
  requestsMax: 64,
  idleMs: 30_000,
};

/** As much as another node sends: whoever shares the machine bears the restore as he bore the transfer. */
export const snapshotRestoreDefaults: SnapshotRestoreLimits = {
  bytesPerSecondMax: snapshotSendDefaults.bytesPerSecondMax,
};

/** How often it is looked whether something is due. */
export const transferTickMs = 10;
