// What a host does about snapshots: it takes them, compacts the log behind them, offers them to those that need what is
// compacted, and fetches those that it is offered. A transfer takes its time, may fail, and may end in another term.

import type { SeededRandom } from '@balsa/raft';
import {
  type InstallSnapshot,
  type Message,
  MessageType,
  type NodeId,
  type Raft,
  type SendSnapshotEffect,
} from '@balsa/raft';
import type { Scheduler } from '../scheduler.ts';
import type { Scenario } from './scenario.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { Snapshot } from './snapshot.ts';

export interface SnapshotPorts {
  readonly id: NodeId;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly settings: Scenario['snapshots'];
  readonly disk: SimulatedDisk;
  readonly send: (message: Message) => void;
  /** What that member has offered to this one; `undefined`: nothing any more, or it cannot be reached. It ends the transfer. */
  readonly download: (from: NodeId) => Snapshot | undefined;
  /** As soon as the input at hand is over. Not, if the process dies before. */
  readonly input: (feed: (raft: Raft) => void) => void;
  /** For those who judge: just before the log is cut off behind an entry. */
  readonly compacting: (raft: Raft, index: number) => void;
}

interface Download {
  /** The newest offer of the snapshot that is on its way. */
  offer: InstallSnapshot;
}

export class MemberSnapshots {
  readonly #ports: SnapshotPorts;
  /** To whom which snapshot is on its way: kept until the transfer has ended, for the log behind it is kept as well. */
  readonly #offers = new Map<NodeId, Snapshot>();
  readonly #downloads = new Map<NodeId, Download>();
  #received: Snapshot | undefined;
  #calm = false;
  /** How many it has got from others and taken in, in all its lives. */
  installed = 0;

  constructor(ports: SnapshotPorts) {
    this.#ports = ports;
  }

  /** The process begins anew. */
  restart(): void {
    this.#offers.clear();
    this.#downloads.clear();
    this.#received = undefined;
  }

  /** From now on no transfer fails. */
  calmDown(): void {
    this.#calm = true;
  }

  take(snapshot: Snapshot): void {
    const { disk, input } = this.#ports;
    if (snapshot.position.index <= (disk.snapshot?.position.index ?? 0)) this.#compactLater();
    else disk.saveSnapshot(snapshot, () => input((raft) => this.#compact(raft)));
  }

  /** Carries the effect out. */
  offer({ to, term, session }: SendSnapshotEffect): void {
    const { id, disk, send, input } = this.#ports;
    const offered = this.#offers.get(to);
    const isOfUse = offered !== undefined && offered.position.index >= disk.visible.base.index;
    const snapshot = isOfUse ? offered : disk.snapshot;
    if (snapshot === undefined || this.#fails()) {
      input((raft) => raft.snapshotOffered(to, term, session, undefined));
      return;
    }
    this.#offers.set(to, snapshot);
    const { position } = snapshot;
    send({ type: MessageType.installSnapshot, from: id, to, term, session, snapshot: position });
    input((raft) => raft.snapshotOffered(to, term, session, position.index));
  }

  /** The other side of a transfer asks for what it was offered. */
  endOffer(to: NodeId): Snapshot | undefined {
    const snapshot = this.#offers.get(to);
    this.#offers.delete(to);
    return snapshot;
  }

  /** An offer has arrived: it is handed in once the data is durable here. */
  offered(raft: Raft, offer: InstallSnapshot): void {
    const { disk } = this.#ports;
    const { index, term } = offer.snapshot;
    const newest = disk.snapshot;
    const download = this.#downloads.get(offer.from);
    if (newest?.position.index === index && newest.position.term === term) this.#handIn(raft, offer, newest);
    // Its data is not needed any more.
    else if (raft.commitIndex >= index) raft.step(offer);
    else if (download?.offer.snapshot.index === index) download.offer = offer;
    else this.#beginDownload({ offer });
  }

  /** What the core was handed in when it asks for this. */
  received(index: number): Snapshot {
    const snapshot = this.#received;
    if (snapshot?.position.index !== index) throw new Error(`no snapshot of ${index} was handed in`);
    this.installed++;
    return snapshot;
  }

  #beginDownload(download: Download): void {
    const { scheduler, random, settings } = this.#ports;
    this.#downloads.set(download.offer.from, download);
    scheduler.after(random.integerBetween(settings.transferMsMin, settings.transferMsMax + 1), () =>
      this.#endDownload(download),
    );
  }

  #endDownload(download: Download): void {
    const { disk, input } = this.#ports;
    const { from, snapshot: wanted } = download.offer;
    const isCurrent = (): boolean => this.#downloads.get(from) === download;
    if (!isCurrent()) return;
    const found = this.#ports.download(from);
    if (found?.position.index !== wanted.index || this.#fails()) {
      this.#downloads.delete(from);
      return;
    }
    disk.saveSnapshot(found, () =>
      input((raft) => {
        if (!isCurrent()) return;
        this.#downloads.delete(from);
        this.#handIn(raft, download.offer, found);
      }),
    );
  }

  #handIn(raft: Raft, offer: InstallSnapshot, snapshot: Snapshot): void {
    this.#received = snapshot;
    raft.step(offer);
  }

  #compactLater(): void {
    this.#ports.input((raft) => this.#compact(raft));
  }

  /** Behind the newest snapshot, or somewhat earlier, so that those who lag need no snapshot. */
  #compact(raft: Raft): void {
    const { disk, random, settings, compacting } = this.#ports;
    const { snapshot, visible } = disk;
    if (snapshot === undefined) return;
    const kept = random.integerBetween(0, settings.entriesKeptMax + 1);
    const index = visible.batchEndUpTo(Math.min(snapshot.position.index - kept, raft.status().compactableIndex));
    if (index <= visible.base.index) return;
    compacting(raft, index);
    raft.compact(index);
    disk.compact(index);
  }

  #fails(): boolean {
    const { random, settings } = this.#ports;
    return !this.#calm && random.chance(settings.transferFailureProbability);
  }
}
