// Another member's snapshot in the place of a state of which something is damaged. The log is not touched, nor what was promised: the
// snapshot must be of a place that the log has as committed, and what lies behind it is applied again from there.

import type { Index, NodeId, Term } from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type { StoredSnapshot } from '../ports.ts';
import { checkGoesOn, type TickWaitPorts, untilNextTick } from './tick-wait.ts';

export interface RestoreFromOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface RestoreFromPorts extends TickWaitPorts {
  readonly nodeId: NodeId;
  readonly nowMs: () => number;
  readonly commitIndex: () => Index;
  /** Of an entry of the log; `undefined`: it is not there. */
  readonly termAt: (index: Index) => Term | undefined;
  /** Of the latest snapshot here; 0: there is none. */
  readonly snapshotIndex: () => Index;
  /** As if the node had offered it; again and again, since a connection may be cut. */
  readonly offer: () => void;
  /** Why it does not come. */
  readonly failure: () => string | undefined;
  /** A snapshot that came has taken the state's place. */
  readonly isRestored: () => boolean;
}

const offerAgainMs = 500;

/**
 * @throws ReplicaError OPTIONS_INVALID: the snapshot is not one that this log goes on behind, or is no later than the one that is here;
 * SNAPSHOT_FAILED: the node does not give it, or the disk does not take it; DEADLINE_EXCEEDED; STOPPED; GROUP_FAILED. The signal's reason.
 */
export async function restoreFrom(
  ports: RestoreFromPorts,
  node: NodeId,
  { index, term }: StoredSnapshot,
  { timeoutMs, signal }: RestoreFromOptions,
): Promise<void> {
  checkGoesOn(ports, signal);
  const deadlineMs = ports.nowMs() + timeoutMs;
  const checkDeadline = (): void => {
    if (ports.nowMs() >= deadlineMs) throw new ReplicaError('DEADLINE_EXCEEDED', 'the snapshot did not come in time');
  };
  if (node === ports.nodeId) throw new ReplicaError('OPTIONS_INVALID', 'a snapshot of another member is wanted');
  while (ports.commitIndex() < index) {
    checkDeadline();
    await untilNextTick(ports, signal);
  }
  if (index <= ports.snapshotIndex()) {
    throw new ReplicaError('OPTIONS_INVALID', `the snapshot at ${index} is no later than the one that is here`);
  }
  if (ports.termAt(index) !== term) {
    throw new ReplicaError(
      'OPTIONS_INVALID',
      `the log has no entry ${index} of term ${term}: the snapshot is another history's`,
    );
  }
  for (let offerMs = ports.nowMs(); !ports.isRestored(); ) {
    checkDeadline();
    const failure = ports.failure();
    if (failure !== undefined) {
      throw new ReplicaError('SNAPSHOT_FAILED', `the snapshot of node ${node} did not come: ${failure}`);
    }
    if (ports.nowMs() >= offerMs) {
      ports.offer();
      offerMs += offerAgainMs;
    }
    await untilNextTick(ports, signal);
  }
}
