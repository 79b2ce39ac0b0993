// Feeds committed entries to the state machine, in order, and tells whoever proposed them here what came of it.

import { type Batch, BatchKind, type Index, lastIndexOf, type Raft, Role } from '@balsa/raft';
import { ReplicaError, type ReplicaErrorCode } from '../errors.ts';
import type { SnapshotReader, StateMachine, StoredSnapshot } from '../ports.ts';
import { forEachEntry } from '../record.ts';
import type { RestorePace } from '../snapshot-transfer/restore-pace.ts';
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import {
  decodePayloadHeader,
  type PayloadHeader,
  type PayloadKind,
  payloadHeaderBytes,
  payloadKindOf,
} from './payload.ts';
import type { ProposalQueue } from './proposal-queue.ts';
import { sessionIdOf } from './session.ts';
import type { SessionLimits } from './session-limits.ts';
import { readSessionSnapshot } from './session-snapshot.ts';
import type { SessionOutcome, SessionTable } from './session-table.ts';
import type { Waiters } from './submission.ts';

/** How much of the log is read from disk at one time while catching up. */
const readBytesMax = 4 * 1024 * 1024;
const noResult = new Uint8Array();

const codeOf: Record<Exclude<SessionOutcome['kind'], 'result'>, ReplicaErrorCode> = {
  unknown: 'SESSION_UNKNOWN',
  refused: 'SESSION_REFUSED',
  tooLarge: 'RESULT_TOO_LARGE',
};

export interface ApplierPorts {
  readonly raft: Raft;
  readonly stateMachine: StateMachine;
  readonly sessions: SessionTable;
  readonly sessionLimits: SessionLimits;
  readonly proposals: ProposalQueue;
  readonly tap: StatisticsTap;
  /** Batches from the log store, starting with the one that holds `fromIndex`. */
  readonly readLog: (fromIndex: Index, bytesMax: number) => Promise<readonly Batch[]>;
  /** The latest snapshot of the group. Rejects, or gives nothing, only if the disk fails. */
  readonly openSnapshot: () => Promise<SnapshotReader | undefined>;
  readonly restorePace: RestorePace;
  /** Called for every batch that was applied. */
  readonly onBatch: (index: Index, bytes: number) => void;
  /** The state was replaced by a snapshot's. */
  readonly onRestored: (snapshot: StoredSnapshot) => void;
  /** Called when a run of batches has been applied. */
  readonly onApplied: (index: Index) => void;
  /** The state machine threw, or the log could not be read: the group must stop. */
  readonly onFailure: (error: unknown) => void;
}

/** Where the snapshot that is to be restored comes from: that of a member that starts, or one that was fetched. */
export type SnapshotOrigin = 'ownDisk' | 'otherNode';

export interface CapturedState {
  readonly index: Index;
  /** First the table of sessions, then the state machine's state. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** A snapshot takes its place, or has done so; the state machine may not be able to give the rest of it any more. */
  readonly isReplaced: () => boolean;
}

export class Applier {
  readonly #ports: ApplierPorts;
  #appliedIndex: Index = 0;
  /** How far the state has been that a restore has replaced. */
  #shownIndex: Index = 0;
  #reading = false;
  /** The state machine has asked for a pause. */
  #pausing = false;
  /** How often a restore was asked for; the newest snapshot serves all. */
  #restoresWanted = 0;
  #restoresDone = 0;
  #origin: SnapshotOrigin = 'ownDisk';
  #stopped = false;
  /** Only while a restore is under way: hosts have many groups. */
  #restoring: AbortController | undefined;

  constructor(ports: ApplierPorts) {
    this.#ports = ports;
  }

  get appliedIndex(): Index {
    return this.#appliedIndex;
  }

  /**
   * The state machine's state is being replaced, or is earlier than what it has shown before: nothing can be read from it. Whoever was told
   * that a read may begin must not see less than he was told of.
   */
  get isRestoring(): boolean {
    return this.#isReplacing || this.#appliedIndex < this.#shownIndex;
  }

  stop(): void {
    this.#stopped = true;
    this.#restoring?.abort(new ReplicaError('STOPPED', 'the group has stopped'));
  }

  /** The latest snapshot takes the place of everything that was applied; what is committed behind it is applied after it. */
  restore(origin: SnapshotOrigin): void {
    this.#origin = origin;
    const isUnderWay = this.#isReplacing;
    this.#restoresWanted++;
    if (!isUnderWay) this.#restoreAll().catch((error: unknown) => this.#ports.onFailure(error));
  }

  /**
   * The state as it is now, to be taken lazily. `undefined` while it is being replaced, and once applying has ended: it may have failed
   * within a batch, and then it is the state of no index.
   */
  capture(): CapturedState | undefined {
    if (this.#isReplacing || this.#stopped) return undefined;
    const { sessions, stateMachine } = this.#ports;
    const restoresDone = this.#restoresDone;
    return {
      index: this.#appliedIndex,
      chunks: inTurn(sessions.encode(), stateMachine.snapshot()),
      isReplaced: () => this.#restoresWanted > restoresDone,
    };
  }

  /** Applies what is committed: at once what is in memory, the rest as it comes from the disk. */
  run(): void {
    const { raft } = this.#ports;
    while (this.#mayApply && this.#appliedIndex < raft.commitIndex) {
      const batches = raft.cachedBatches(this.#appliedIndex + 1, readBytesMax);
      if (batches === undefined) this.#readFromDisk();
      else this.#applyAll(batches);
    }
  }

  get #mayApply(): boolean {
    return !this.#stopped && !this.#reading && !this.#pausing && !this.#isReplacing;
  }

  /** Nothing is applied meanwhile. */
  get #isReplacing(): boolean {
    return this.#restoresWanted > this.#restoresDone;
  }

  async #restoreAll(): Promise<void> {
    while (this.#isReplacing && !this.#stopped) {
      const wanted = this.#restoresWanted;
      await this.#restoreLatest(this.#isUrgent(wanted));
      this.#restoresDone = wanted;
    }
    if (this.#stopped) return;
    this.#ports.onApplied(this.#appliedIndex);
    this.run();
  }

  /**
   * Whether a restore that begins now need not give way to what else this node does: the others do without a member that fetched
   * its state, but not without one that starts or leads; and one that another is to follow is only in the way.
   */
  #isUrgent(wanted: number): () => boolean {
    const isOwn = this.#origin === 'ownDisk';
    return () => isOwn || this.#ports.raft.role === Role.leader || this.#restoresWanted > wanted;
  }

  async #restoreLatest(isUrgent: () => boolean): Promise<void> {
    const { sessions, sessionLimits, stateMachine, openSnapshot, restorePace, onRestored, tap } = this.#ports;
    const beganMs = tap.collector?.nowMs();
    this.#restoring = new AbortController();
    const { signal } = this.#restoring;
    const reader = await openSnapshot();
    if (reader === undefined) throw new Error('the snapshot that the log follows on is not there');
    try {
      const { index } = reader.snapshot;
      const content = restorePace.paced(reader.content(), { isUrgent, signal });
      const found = await readSessionSnapshot(sessionLimits, index, content);
      await stateMachine.restore(found.rest);
      sessions.replaceBy(found.sessions);
      this.#shownIndex = Math.max(this.#shownIndex, this.#appliedIndex);
      this.#appliedIndex = index;
      if (beganMs !== undefined) tap.collector?.snapshots.restored(beganMs);
      if (!this.#stopped) onRestored(reader.snapshot);
    } finally {
      this.#restoring = undefined;
      await reader.close();
    }
  }

  #readFromDisk(): void {
    this.#reading = true;
    const restoresDone = this.#restoresDone;
    const isReplaced = (): boolean => this.#stopped || this.#isReplacing || this.#restoresDone > restoresDone;
    this.#ports.readLog(this.#appliedIndex + 1, readBytesMax).then(
      (batches) => {
        this.#reading = false;
        // A snapshot took the place of what was read.
        if (isReplaced()) {
          this.run();
        } else if (batches.length === 0) {
          this.#ports.onFailure(new Error(`entry ${this.#appliedIndex + 1} is committed but not in the log`));
        } else {
          this.#applyAll(batches);
          this.run();
        }
      },
      (error: unknown) => {
        this.#reading = false;
        // Or of what was about to be read.
        const isGone = error instanceof ReplicaError && error.code === 'LOG_RELEASED';
        if (isGone && isReplaced()) this.run();
        else this.#ports.onFailure(error);
      },
    );
  }

  #applyAll(batches: readonly Batch[]): void {
    const { raft, onBatch, onApplied, onFailure } = this.#ports;
    try {
      const appliedBefore = this.#appliedIndex;
      for (const batch of batches) {
        if (this.#pausing || lastIndexOf(batch) > raft.commitIndex) break;
        this.#applyBatch(batch);
        this.#appliedIndex = lastIndexOf(batch);
        onBatch(this.#appliedIndex, batch.bytes.length);
        this.#pauseIfAsked();
      }
      // What is committed ends with a batch; if not, going on would be going round in circles.
      if (this.#appliedIndex === appliedBefore)
        throw new Error(`entry ${raft.commitIndex} is committed without its batch`);
    } catch (error) {
      onFailure(error);
      return;
    }
    onApplied(this.#appliedIndex);
  }

  /** Whoever waits for what is applied waits as well: so the pause reaches those who propose. */
  #pauseIfAsked(): void {
    const { stateMachine, onFailure } = this.#ports;
    const pause = stateMachine.pressure?.();
    if (pause === undefined) return;
    this.#pausing = true;
    pause.then(() => {
      this.#pausing = false;
      this.run();
    }, onFailure);
  }

  #applyBatch(batch: Batch): void {
    const { proposals, tap } = this.#ports;
    const waiters = proposals.takeWaiters(batch);
    if (batch.kind !== BatchKind.entries) return;
    const beganMs = tap.collector?.nowMs();
    try {
      forEachEntry(batch, (index, payload) => this.#applyEntry(index, batch, payload, waiters));
    } catch (error) {
      // They were handed out with the batch: nobody else can tell them.
      waiters?.failAll('GROUP_FAILED', undefined);
      throw error;
    }
    if (beganMs !== undefined) tap.collector?.applied(batch, beganMs);
  }

  #applyEntry(index: Index, { firstIndex, term }: Batch, payload: Buffer, waiters: Waiters | undefined): void {
    const { sessions, stateMachine } = this.#ports;
    const position = index - firstIndex;
    const header = decodePayloadHeader(payload);
    const kind = payloadKindOf(header);
    if (kind === 'openSession') {
      const id = sessionIdOf(index, term);
      sessions.open(index, id);
      // Whoever opens a session wants to know its id, in the place of the index.
      waiters?.complete(position, id, noResult);
      return;
    }
    if (kind !== 'command') {
      this.#applyToSessions(index, kind, header);
      waiters?.complete(position, index, noResult);
      return;
    }
    const command = payload.subarray(payloadHeaderBytes);
    const outcome = sessions.apply(index, header, () => stateMachine.apply(index, command));
    if (outcome.kind === 'result') waiters?.complete(position, index, outcome.result);
    else waiters?.fail(position, codeOf[outcome.kind], undefined);
  }

  #applyToSessions(index: Index, kind: Exclude<PayloadKind, 'command' | 'openSession'>, header: PayloadHeader): void {
    const { sessions } = this.#ports;
    if (kind === 'endSilentSessions') sessions.endSilent(header.acknowledgedBelow);
    else throw new ReplicaError('RECORD_UNKNOWN', `entry ${index} asks for what this version does not know`);
  }
}

async function* inTurn(
  ...sources: readonly (AsyncIterable<Uint8Array> | Iterable<Uint8Array>)[]
): AsyncGenerator<Uint8Array> {
  for (const source of sources) yield* source;
}
