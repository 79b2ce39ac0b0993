// The state machine of one member, and what it is held to: it applies what everybody applies, never goes back, and belongs to
// the group that everybody believes in.

import { type Index, lastIndexOf, type Raft } from '@balsa/raft';
import type { ConfigurationOracle } from '../configuration-oracle.ts';
import { type ObservedMember, type Oracles, Violation } from '../oracles.ts';
import type { Trace } from '../trace.ts';
import type { WeakOracle } from '../weak-oracle.ts';
import type { MemberClients } from './client-history.ts';
import type { Snapshot } from './snapshot.ts';

export interface StatePorts {
  readonly member: ObservedMember;
  readonly oracles: Oracles;
  readonly weakOracle: WeakOracle;
  readonly configurations: ConfigurationOracle;
  readonly trace: Trace;
  readonly everyone: () => readonly ObservedMember[];
  readonly clients: MemberClients;
  /** The member is the first to commit something. */
  readonly committed: () => void;
}

export class MemberState {
  readonly #ports: StatePorts;
  #commitIndex: Index = 0;
  /** Batches that the state stands for. */
  #appliedBatches = 0;

  constructor(ports: StatePorts) {
    this.#ports = ports;
  }

  get appliedBatches(): number {
    return this.#appliedBatches;
  }

  /** The process begins anew, with its newest snapshot. */
  restart(snapshot: Snapshot | undefined): void {
    this.#commitIndex = snapshot?.position.index ?? 0;
    this.#appliedBatches = snapshot?.batches.length ?? 0;
    this.#ports.clients.restart(snapshot?.state);
  }

  /** Everything up to `index` is committed. */
  commit(raft: Raft, index: Index): void {
    const { member, oracles, weakOracle, configurations, trace, everyone, clients, committed } = this.#ports;
    this.#moveTo(index);
    trace.note(member.id, 'commit', `commits up to ${index}`);
    const { visible } = member;
    for (; this.#appliedBatches < visible.length; this.#appliedBatches++) {
      const batch = visible[this.#appliedBatches]!;
      if (lastIndexOf(batch) > index) break;
      const isNew = oracles.batchCommitted(member, raft.term, this.#appliedBatches, batch, everyone());
      if (isNew) {
        configurations.committed(batch);
        weakOracle.committed(batch);
        committed();
      }
      clients.applied(batch);
    }
    clients.answerReads();
    configurations.believed(member.id, index, raft.configurationAt(index));
  }

  /** A snapshot of another member takes the place of the state. */
  install({ position, batches, state }: Snapshot): void {
    const { member, oracles, trace, clients } = this.#ports;
    this.#moveTo(position.index);
    trace.note(member.id, 'install', `goes on from a snapshot of ${position.index}`);
    oracles.snapshotMatches(member, batches);
    this.#appliedBatches = batches.length;
    clients.restored(state);
    clients.answerReads();
  }

  /** Everything applied; `undefined`: nothing is. */
  takeSnapshot(raft: Raft): Snapshot | undefined {
    const { member, oracles, configurations, clients } = this.#ports;
    const batches = member.visible.slice(0, this.#appliedBatches);
    const last = batches.at(-1);
    if (last === undefined) return undefined;
    const index = lastIndexOf(last);
    const configuration = raft.configurationAt(index);
    oracles.snapshotMatches(member, batches);
    configurations.believed(member.id, index, configuration);
    return { position: { index, term: last.term, configuration }, batches, state: clients.state };
  }

  #moveTo(index: Index): void {
    const { member } = this.#ports;
    if (index <= this.#commitIndex) {
      throw new Violation('commit order', `${member.id} moves its commit index back to ${index}`);
    }
    this.#commitIndex = index;
  }
}
