// A transport under a relay that lies about what it passes on, whole batches and fragments, for as long as a life of its process lasts.

import type { GroupId, NodeId, SeededRandom } from '@balsa/raft';
import type { PeerFrame, Transport } from '@balsa/replica';
import { type LieSettings, RelayLies } from '../relay-lies.ts';
import type { Scheduler } from '../scheduler.ts';
import type { SimulatedProcess } from './simulated-process.ts';

export interface LyingTransportPorts {
  readonly node: NodeId;
  readonly transport: Transport;
  readonly process: SimulatedProcess;
  readonly scheduler: Scheduler;
  readonly settings: LieSettings;
  readonly random: SeededRandom;
  /** All nodes there are. */
  readonly everybody: readonly NodeId[];
}

export class LyingTransport implements Transport {
  readonly #ports: LyingTransportPorts;
  readonly #lies = new Map<GroupId, RelayLies>();
  #isTrue = false;

  constructor(ports: LyingTransportPorts) {
    this.#ports = ports;
  }

  /** Lies that were told. */
  get told(): number {
    return [...this.#lies.values()].reduce((sum, { told }) => sum + told, 0);
  }

  /** From now on everything goes where it was to go. */
  endLies(): void {
    this.#isTrue = true;
    for (const lies of this.#lies.values()) lies.end();
  }

  /** Whoever is lied to about what he carries, has no way to know: a lie counts as sent. */
  send(to: NodeId, group: GroupId, frame: PeerFrame): boolean {
    const { node, transport } = this.#ports;
    if (this.#isTrue) return transport.send(to, group, frame);
    if (frame.kind === 'raft') {
      const { message } = frame;
      const told = this.#liesIn(group).instead(message);
      if (told.length === 1 && told[0]!.message === message && told[0]!.afterMs === 0) {
        return transport.send(to, group, frame);
      }
      for (const { message: other, afterMs } of told) {
        this.#sendAfter(afterMs, other.to, group, { kind: 'raft', message: other });
      }
      return true;
    }
    if (frame.kind !== 'fragment' || frame.fragment.leader === node) return transport.send(to, group, frame);
    for (const { to: other, afterMs } of this.#liesIn(group).insteadOfFragment(node, to)) {
      this.#sendAfter(afterMs, other, group, frame);
    }
    return true;
  }

  versionOf(peer: NodeId): number | undefined {
    return this.#ports.transport.versionOf(peer);
  }

  queuedBytes(peer: NodeId): number {
    return this.#ports.transport.queuedBytes(peer);
  }

  start(events: Parameters<Transport['start']>[0]): Promise<void> {
    return this.#ports.transport.start(events);
  }

  close(): Promise<void> {
    return this.#ports.transport.close();
  }

  #sendAfter(afterMs: number, to: NodeId, group: GroupId, frame: PeerFrame): void {
    const { transport, process, scheduler } = this.#ports;
    if (afterMs === 0) transport.send(to, group, frame);
    else scheduler.after(afterMs, () => process.run(() => transport.send(to, group, frame)));
  }

  #liesIn(group: GroupId): RelayLies {
    let lies = this.#lies.get(group);
    if (lies === undefined) {
      const { settings, random, everybody } = this.#ports;
      lies = new RelayLies(settings, random, everybody);
      lies.restart();
      this.#lies.set(group, lies);
    }
    return lies;
  }
}
