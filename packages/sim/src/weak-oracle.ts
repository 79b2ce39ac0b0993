// What it means that a leader calls entries weakly accepted (docs/weak-writes.md): a quorum has received them, and so they survive
// whatever the group bears, as long as nobody's memory is lost. It is less than committed, so everybody's memory is watched.

import {
  type Batch,
  BatchKind,
  type Configuration,
  type Index,
  lastIndexOf,
  type NodeId,
  type Term,
} from '@balsa/raft';
import { containsBytes } from './contains-bytes.ts';
import { isQuorum } from './majorities.ts';
import { isSameBatch, type ObservedMember, Violation } from './oracles.ts';

export interface WeakAcceptance {
  readonly term: Term;
  /** Everything of the leader's log up to here. */
  readonly index: Index;
  readonly commitIndex: Index;
  /** See `RaftConfig.weakBytesMax`. */
  readonly bytesMax: number;
}

interface Accepted {
  readonly term: Term;
  readonly batch: Batch;
  /** Its place in every log that has it. */
  readonly position: number;
  readonly configuration: Configuration;
  /** Who has kept it ever since it was accepted, in memory or on disk; see `keeps`. */
  readonly holders: Set<NodeId>;
}

interface Received {
  readonly batch: Batch;
  /** Who has ever had it in its log, durable or not. */
  readonly receivers: Set<NodeId>;
  /** A quorum of the configuration that its leader went by then. */
  isAccepted: boolean;
}

export class WeakOracle {
  readonly #received = new Map<string, Received>();
  #accepted: Accepted[] = [];
  #committedIndex: Index = 0;
  /** Batches that were weakly accepted. */
  acceptances = 0;
  /** Of those, the ones that a later leader did not have, after more members had failed than the group bears. */
  losses = 0;

  /** The batch is in the log of this member now, if only in its memory. */
  appended(node: NodeId, batch: Batch): void {
    const key = keyOf(batch);
    const known = this.#received.get(key);
    if (known === undefined) this.#received.set(key, { batch, receivers: new Set([node]), isAccepted: false });
    else known.receivers.add(node);
  }

  /** Was a batch with this entry ever weakly accepted, or has a quorum of one of these configurations ever had it? */
  hasReached(payload: Uint8Array, configurations: readonly Configuration[]): boolean {
    for (const { batch, receivers, isAccepted } of this.#received.values()) {
      const isReached = (it: Configuration): boolean => isQuorum(it, (node) => receivers.has(node));
      if ((isAccepted || configurations.some(isReached)) && containsBytes(batch.bytes, payload)) return true;
    }
    return false;
  }

  /** A leader tells that this much is weakly accepted. */
  accepted(leader: ObservedMember, acceptance: WeakAcceptance, everyone: readonly ObservedMember[]): void {
    const { term, index, bytesMax } = acceptance;
    // A leader that began anew may not know yet what is committed. Of that, others may have a snapshot, and never have had the entries.
    const commitIndex = Math.max(acceptance.commitIndex, this.#committedIndex);
    const { visible } = leader;
    let bytes = 0;
    for (let position = visible.length - 1; position >= 0; position--) {
      const batch = visible[position]!;
      if (lastIndexOf(batch) > index) continue;
      if (batch.firstIndex <= commitIndex) break;
      // What earlier leaders left is accepted with the first own entry, and not by itself (figure 8).
      if (lastIndexOf(batch) === index && batch.term !== term) {
        throw new Violation(
          'weak acceptance',
          `${leader.id} leads term ${term}, and accepts ${describe(batch)} weakly`,
        );
      }
      if (batch.kind === BatchKind.entries && batch.term === term) bytes += batch.bytes.length;
      this.#acceptBatch(leader, { term, batch, position, everyone });
    }
    if (bytes <= bytesMax) return;
    throw new Violation('bounds', `${leader.id} has ${bytes} weakly accepted bytes, at most ${bytesMax} are allowed`);
  }

  #acceptBatch(
    leader: ObservedMember,
    {
      term,
      batch,
      position,
      everyone,
    }: Omit<Accepted, 'configuration' | 'holders'> & {
      readonly everyone: readonly ObservedMember[];
    },
  ): void {
    const { configuration } = leader;
    const received = this.#received.get(keyOf(batch));
    if (received === undefined || !isQuorum(configuration, (node) => received.receivers.has(node))) {
      const receivers = [...(received?.receivers ?? [])].join(', ');
      throw new Violation(
        'weak acceptance',
        `${leader.id} accepts ${describe(batch)} weakly, and only [${receivers}] have received it`,
      );
    }
    received.isAccepted = true;
    if (this.#accepted.some((known) => isSameBatch(known.batch, batch))) return;
    this.acceptances++;
    const holders = everyone
      .filter(({ hasForgotten, durableHardState, visible }) => {
        return hasForgotten !== true && durableHardState.incident === 0 && keeps(visible, { term, batch, position });
      })
      .map(({ id }) => id);
    // Whoever has lost it since it said so is one of the failures that the group may or may not bear.
    if (!isQuorum(configuration, (node) => holders.includes(node))) return;
    this.#accepted.push({ term, batch, position, configuration, holders: new Set(holders) });
  }

  /** A process begins anew, with what it has found on its disk. */
  restarted({ id, visible }: ObservedMember): void {
    // A forced recovery writes to a log as well.
    for (const batch of visible) this.appended(id, batch);
    for (const accepted of this.#accepted) {
      if (!keeps(visible, accepted)) accepted.holders.delete(id);
    }
  }

  /** As long as a quorum has kept what was weakly accepted, nobody is elected without it. */
  leaderElected({ id, visible }: ObservedMember, term: Term): void {
    this.#accepted = this.#accepted.filter((accepted) => {
      const { batch, position, configuration, holders } = accepted;
      if (accepted.term >= term || isSameBatch(visible[position], batch)) return true;
      if (isQuorum(configuration, (node) => holders.has(node))) {
        throw new Violation(
          'weak acceptance',
          `${id} leads term ${term} without ${describe(batch)}, which [${[...holders].join(', ')}] have kept`,
        );
      }
      this.losses++;
      return false;
    });
  }

  /** What is committed is held to more than this. */
  committed(batch: Batch): void {
    this.#committedIndex = Math.max(this.#committedIndex, lastIndexOf(batch));
    if (this.#accepted.length > 0) this.#accepted = this.#accepted.filter((it) => !isSameBatch(it.batch, batch));
  }
}

/**
 * What an earlier leader left is accepted with an entry of the later leader behind it, and only as safe as that: whoever has lost this one votes
 * for a log that goes on in a term between the two (figure 8).
 */
function keeps(
  log: readonly Batch[],
  { term, batch, position }: Pick<Accepted, 'term' | 'batch' | 'position'>,
): boolean {
  return isSameBatch(log[position], batch) && log.at(-1)!.term >= term;
}

function keyOf({ term, firstIndex }: Batch): string {
  return `${term}:${firstIndex}`;
}

function describe(batch: Batch): string {
  return `[${batch.firstIndex}..${lastIndexOf(batch)}] of term ${batch.term}`;
}
