// Feeds committed entries to the state machine, in order, and tells whoever proposed them here what came of it.

import { type Batch, BatchKind, type Index, lastIndexOf, type Raft } from '@balsa/raft';
import { ReplicaError, type ReplicaErrorCode } from '../errors.ts';
import type { StateMachine } from '../ports.ts';
import { forEachEntry } from '../record.ts';
import {
  decodePayloadHeader,
  type PayloadHeader,
  type PayloadKind,
  payloadHeaderBytes,
  payloadKindOf,
} from './payload.ts';
import type { ProposalQueue } from './proposal-queue.ts';
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
  readonly proposals: ProposalQueue;
  /** Batches from the log store, starting with the one that holds `fromIndex`. */
  readonly readLog: (fromIndex: Index, bytesMax: number) => Promise<readonly Batch[]>;
  /** Called when a run of batches has been applied. */
  readonly onApplied: (index: Index) => void;
  /** The state machine threw, or the log could not be read: the group must stop. */
  readonly onFailure: (error: unknown) => void;
}

export class Applier {
  readonly #ports: ApplierPorts;
  #appliedIndex: Index = 0;
  #reading = false;
  #stopped = false;

  constructor(ports: ApplierPorts) {
    this.#ports = ports;
  }

  get appliedIndex(): Index {
    return this.#appliedIndex;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Applies what is committed: at once what is in memory, the rest as it comes from the disk. */
  run(): void {
    const { raft } = this.#ports;
    while (!this.#stopped && !this.#reading && this.#appliedIndex < raft.commitIndex) {
      const batches = raft.cachedBatches(this.#appliedIndex + 1, readBytesMax);
      if (batches === undefined) this.#readFromDisk();
      else this.#applyAll(batches);
    }
  }

  #readFromDisk(): void {
    this.#reading = true;
    this.#ports.readLog(this.#appliedIndex + 1, readBytesMax).then(
      (batches) => {
        this.#reading = false;
        if (this.#stopped) return;
        if (batches.length === 0) {
          this.#ports.onFailure(new Error(`entry ${this.#appliedIndex + 1} is committed but not in the log`));
        } else {
          this.#applyAll(batches);
          this.run();
        }
      },
      (error: unknown) => this.#ports.onFailure(error),
    );
  }

  #applyAll(batches: readonly Batch[]): void {
    const { raft, onApplied, onFailure } = this.#ports;
    try {
      const appliedBefore = this.#appliedIndex;
      for (const batch of batches) {
        if (lastIndexOf(batch) > raft.commitIndex) break;
        this.#applyBatch(batch);
        this.#appliedIndex = lastIndexOf(batch);
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

  #applyBatch(batch: Batch): void {
    const waiters = this.#ports.proposals.takeWaiters(batch);
    if (batch.kind === BatchKind.noop) return;
    try {
      forEachEntry(batch, (index, payload) => this.#applyEntry(index, index - batch.firstIndex, payload, waiters));
    } catch (error) {
      // They were handed out with the batch: nobody else can tell them.
      waiters?.failAll('GROUP_FAILED', undefined);
      throw error;
    }
  }

  #applyEntry(index: Index, position: number, payload: Buffer, waiters: Waiters | undefined): void {
    const { sessions, stateMachine } = this.#ports;
    const header = decodePayloadHeader(payload);
    const kind = payloadKindOf(header);
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

  #applyToSessions(index: Index, kind: Exclude<PayloadKind, 'command'>, header: PayloadHeader): void {
    const { sessions } = this.#ports;
    if (kind === 'openSession') sessions.open(index);
    else if (kind === 'endSilentSessions') sessions.endSilent(header.acknowledgedBelow);
    else throw new ReplicaError('RECORD_UNKNOWN', `entry ${index} asks for what this version does not know`);
  }
}
