// The network between simulated nodes. Frames travel as bytes, in the wire version on which both ends agree; they are
// delayed, lost, doubled, overtaken, cut off, clogged and played back much later, as the seed decides. In the calm it is
// what the transport port promises.

import type { GroupId, NodeId, SeededRandom } from '@balsa/raft';
import {
  agreedVersion,
  decodePeerFrame,
  encodePeerFrame,
  FolderGuard,
  type FolderIdentity,
  type NodeStorage,
  neededVersion,
  type PeerFrame,
  type PeerVersions,
  type Transport,
  type TransportEvents,
} from '@balsa/replica';
import type { Scheduler } from '../scheduler.ts';
import type { LossReason } from '../trace-events.ts';
import type { NodesScenario } from './scenario.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Frames beyond this on one link are refused, as by a transport whose queue is full. */
const linkBytesMax = 256 * 1024;

export interface NetworkPorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly settings: NodesScenario['network'];
  /** For the record, and for those who watch what nodes say to each other. */
  readonly observer: NetworkObserver;
}

export interface NetworkObserver {
  sent(from: NodeId, to: NodeId, group: GroupId, frame: PeerFrame): void;
  arrived(to: NodeId, group: GroupId, frame: PeerFrame): void;
  lost(group: GroupId, frame: PeerFrame, why: LossReason): void;
  /** Another node does not accept this one’s data folder. */
  refused(node: NodeId): void;
}

/** A connection that could not be made is tried again after so long. */
const redialMs = 20;

interface Station {
  readonly node: NodeId;
  readonly process: SimulatedProcess;
  readonly versions: PeerVersions;
  readonly events: TransportEvents;
  readonly folder: FolderIdentity;
  readonly folders: FolderGuard;
  /** Those whose folder it accepts, and durably remembers. */
  readonly met: Set<Station>;
}

interface LinkState {
  cuts: number;
  /** Whether the sender was told that it may send. */
  isUp: boolean;
  /** Counts connections: what is under way is lost with the one that carries it. */
  connection: number;
  lastArrivalMs: number;
  bytesUnderWay: number;
  /** A clogged link is busy with earlier bytes until then. */
  busyUntilMs: number;
  clogs: number;
}

export class NodeNetwork {
  readonly #ports: NetworkPorts;
  readonly #stations = new Map<NodeId, Station>();
  readonly #links = new Map<string, LinkState>();
  readonly #farNodes = new Set<NodeId>();
  /** Whom each node durably remembers, as long as it has the same folder. */
  readonly #memories = new Map<NodeId, { readonly folder: number; readonly peers: Set<NodeId> }>();
  #isCalm = false;

  constructor(ports: NetworkPorts) {
    this.#ports = ports;
  }

  /** Whatever this node sends or hears takes longer. */
  moveAway(node: NodeId): void {
    this.#farNodes.add(node);
  }

  transport(
    node: NodeId,
    process: SimulatedProcess,
    versions: PeerVersions,
    { folder, peers }: Pick<NodeStorage, 'folder' | 'peers'>,
  ): Transport {
    let station: Station | undefined;
    return {
      start: async (events) => {
        if (!process.isAlive) return;
        const folders = new FolderGuard(peers, () => {});
        station = { node, process, versions, events, folder, folders, met: new Set() };
        this.#stations.set(node, station);
        // Whatever the one before it was told: this process has no connection yet.
        for (const [key, link] of this.#links) if (key.startsWith(`${node}>`)) link.isUp = false;
        this.#reconnect(node);
      },
      send: (to, group, frame) =>
        station !== undefined && this.#stations.get(node) === station && this.#send(node, to, group, frame),
      versionOf: (peer) => (this.#link(node, peer).isUp ? this.#versionBetween(node, peer) : undefined),
      queuedBytes: (peer) => this.#link(node, peer).bytesUnderWay,
      close: async () => {
        if (station !== undefined && this.#stations.get(node) === station) this.leave(node);
      },
    };
  }

  /** Does this node durably remember which folder the other has? */
  remembers(node: NodeId, peer: NodeId): boolean {
    return this.#memories.get(node)?.peers.has(peer) === true;
  }

  /** The node's process is gone, and its connections with it. */
  leave(node: NodeId): void {
    if (!this.#stations.delete(node)) return;
    for (const other of this.#stations.keys()) this.#disconnect(node, other);
  }

  /** Nothing sent in this direction arrives until every cut on it is mended; a connection needs both directions. */
  cut(from: NodeId, to: NodeId): void {
    this.#link(from, to).cuts++;
    this.#disconnect(from, to);
  }

  mend(from: NodeId, to: NodeId): void {
    const link = this.#link(from, to);
    link.cuts = Math.max(0, link.cuts - 1);
    this.#connect(from, to);
  }

  clog(from: NodeId, to: NodeId): () => void {
    const link = this.#link(from, to);
    link.clogs++;
    return () => {
      link.clogs--;
      link.busyUntilMs = 0;
    };
  }

  /** From now on nothing is lost, doubled or clogged, and between two nodes order is kept. */
  calmDown(): void {
    this.#isCalm = true;
    this.#farNodes.clear();
    for (const link of this.#links.values()) {
      link.cuts = 0;
      link.busyUntilMs = 0;
    }
    for (const node of this.#stations.keys()) this.#reconnect(node);
  }

  #reconnect(node: NodeId): void {
    for (const other of this.#stations.keys()) if (other !== node) this.#connect(node, other);
  }

  #connect(a: NodeId, b: NodeId): void {
    const [left, right] = [this.#stations.get(a), this.#stations.get(b)];
    if (left === undefined || right === undefined || this.#link(a, b).cuts > 0 || this.#link(b, a).cuts > 0) return;
    if (agreedVersion(left.versions, right.versions) === undefined) return;
    if (!haveMet(left, right)) {
      this.#introduce(left, right);
      return;
    }
    this.#report(a, b, true);
    this.#report(b, a, true);
  }

  /** As the transports do it: no connection until each accepts the other's folder, and durably remembers it. */
  #introduce(left: Station, right: Station): void {
    const areAccepted = [this.#accepts(left, right), this.#accepts(right, left)];
    if (areAccepted.includes(false)) return;
    const remembered = [
      left.folders.remember(right.node, right.folder),
      right.folders.remember(left.node, left.folder),
    ];
    Promise.all(remembered).then(
      () => {
        this.#meets(left, right);
        this.#meets(right, left);
        this.#connect(left.node, right.node);
      },
      () => this.#ports.scheduler.after(redialMs, () => this.#connect(left.node, right.node)),
    );
  }

  #accepts(host: Station, caller: Station): boolean {
    if (host.folders.faultOf(caller.node, caller.folder) === undefined) return true;
    this.#ports.observer.refused(caller.node);
    return false;
  }

  #meets({ node, folder, met }: Station, other: Station): void {
    met.add(other);
    if (this.#memories.get(node)?.folder !== folder.id)
      this.#memories.set(node, { folder: folder.id, peers: new Set() });
    this.#memories.get(node)?.peers.add(other.node);
  }

  #disconnect(a: NodeId, b: NodeId): void {
    if (!this.#ports.settings.reportsConnections) return;
    this.#report(a, b, false);
    this.#report(b, a, false);
  }

  /** As an event of its own: a node may be in the middle of an input, and takes one at a time. */
  #report(node: NodeId, peer: NodeId, isUp: boolean): void {
    const link = this.#link(node, peer);
    if (link.isUp === isUp) return;
    link.isUp = isUp;
    link.connection++;
    const station = this.#stations.get(node);
    if (station === undefined) return;
    const { process, events } = station;
    this.#ports.scheduler.after(0, () =>
      process.run(() => {
        if (isUp) events.onPeerUp(peer);
        else events.onPeerDown(peer);
      }),
    );
  }

  #send(from: NodeId, to: NodeId, group: GroupId, frame: PeerFrame): boolean {
    const { observer, random, settings } = this.#ports;
    const link = this.#link(from, to);
    const version = this.#versionBetween(from, to);
    const receiver = this.#stations.get(to);
    observer.sent(from, to, group, frame);
    if (version === undefined || receiver === undefined || !link.isUp) {
      observer.lost(group, frame, 'nobody there');
      return false;
    }
    if (version < neededVersion(frame)) {
      observer.lost(group, frame, 'lost');
      return false;
    }
    const bytes = encodePeerFrame(group, frame, version);
    if (link.bytesUnderWay > 0 && link.bytesUnderWay + bytes.length > linkBytesMax) {
      observer.lost(group, frame, 'lost');
      return false;
    }
    if (link.cuts > 0) {
      observer.lost(group, frame, 'link cut');
    } else if (!this.#isCalm && random.chance(settings.lossProbability)) {
      observer.lost(group, frame, 'lost');
    } else {
      const parcel: Parcel = {
        from,
        to,
        group,
        frame,
        bytes,
        version,
        receiver: receiver.process,
        connection: link.connection,
      };
      this.#deliverLater(link, parcel, this.#delayMs(from, to));
      if (this.#isCalm) return true;
      if (random.chance(settings.duplicateProbability)) this.#deliverLater(link, parcel, this.#delayMs(from, to));
      if (random.chance(settings.replayProbability)) {
        this.#deliverLater(
          link,
          { ...parcel, receiver: undefined },
          random.integerBetween(1, settings.replayMsMax + 1),
        );
      }
    }
    return true;
  }

  #delayMs(from: NodeId, to: NodeId): number {
    const { random, settings } = this.#ports;
    const { delayMsMin, delayMsMax, straggleProbability, straggleMsMax, farNodeMs } = settings;
    const farMs = (this.#farNodes.has(from) ? farNodeMs : 0) + (this.#farNodes.has(to) ? farNodeMs : 0);
    const straggles = !this.#isCalm && random.chance(straggleProbability);
    const delayMs = straggles
      ? random.integerBetween(delayMsMax, delayMsMax + straggleMsMax)
      : random.integerBetween(delayMsMin, delayMsMax + 1);
    return delayMs + farMs;
  }

  #deliverLater(link: LinkState, parcel: Parcel, delayMs: number): void {
    const { scheduler, settings } = this.#ports;
    const { nowMs } = scheduler;
    let arrivalMs = nowMs + delayMs;
    if (link.clogs > 0 && !this.#isCalm) {
      link.busyUntilMs = Math.max(link.busyUntilMs, nowMs) + Math.ceil(parcel.bytes.length / settings.clogBytesPerMs);
      arrivalMs = Math.max(arrivalMs, link.busyUntilMs);
    }
    const keepsOrder = this.#isCalm || !this.#overtakes();
    if (keepsOrder) {
      arrivalMs = Math.max(arrivalMs, link.lastArrivalMs);
      link.lastArrivalMs = arrivalMs;
    }
    link.bytesUnderWay += parcel.bytes.length;
    scheduler.after(arrivalMs - nowMs, () => {
      link.bytesUnderWay -= parcel.bytes.length;
      this.#deliver(parcel);
    });
  }

  /** Where frames straggle at all, no order is kept: a transport of an embedder's may be like that. */
  #overtakes(): boolean {
    return this.#ports.settings.straggleProbability > 0;
  }

  #deliver({ from, to, group, frame, bytes, version, receiver, connection }: Parcel): void {
    const { observer } = this.#ports;
    const station = this.#stations.get(to);
    const isReplay = receiver === undefined;
    // A connection ends with the process that it led to; what is played back must at least be in words that are known.
    const isExpected = isReplay
      ? this.#versionBetween(from, to) === version
      : station?.process === receiver && this.#link(from, to).connection === connection;
    if (station === undefined || !isExpected) {
      observer.lost(group, frame, 'nobody there');
      return;
    }
    station.process.run(() => {
      const { frame: arrived } = decodePeerFrame(Buffer.from(bytes), from, to, version);
      observer.arrived(to, group, frame);
      station.events.onFrame(from, group, arrived);
    });
  }

  #versionBetween(a: NodeId, b: NodeId): number | undefined {
    const [left, right] = [this.#stations.get(a), this.#stations.get(b)];
    return left && right && haveMet(left, right) ? agreedVersion(left.versions, right.versions) : undefined;
  }

  #link(from: NodeId, to: NodeId): LinkState {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = { cuts: 0, isUp: false, connection: 0, lastArrivalMs: 0, bytesUnderWay: 0, busyUntilMs: 0, clogs: 0 };
      this.#links.set(key, link);
    }
    return link;
  }
}

function haveMet(left: Station, right: Station): boolean {
  return left.met.has(right) && right.met.has(left);
}

interface Parcel {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly group: GroupId;
  readonly frame: PeerFrame;
  readonly bytes: Buffer;
  readonly version: number;
  /** Which life of the receiver it was sent to; `undefined`: whoever is there then. */
  readonly receiver: SimulatedProcess | undefined;
  readonly connection: number;
}
