// The folder of a node that does not run, for the day on which a majority of a group's voters is lost for good: what it
// holds, and the one thing that may then be done to it. What that means, and what it can lose: docs/recovery.md.
//
// A recovery is one entry at the end of the group's log, in a term of a new lineage (raft/src/lineage.ts), which says who the
// voters are from there on. The log takes it whole or not at all, and the next start takes term and configuration from it;
// so a crash leaves the group as it was, or recovered. Term and vote are saved behind it only to agree with it.

import {
  type Batch,
  BatchKind,
  type Configuration,
  configurationOf,
  firstTermOfNextLineage,
  type GroupId,
  isMember,
  type NodeId,
  type Term,
} from '@balsa/raft';
import type { Disk } from '../disk/disk.ts';
import { realDisk } from '../disk/real-disk.ts';
import { ReplicaError, reasonOf } from '../errors.ts';
import { sealConfigurationRecord } from '../host/batch-builder.ts';
import { realClock } from '../host/real-clock.ts';
import { readIdentity } from '../log/identity-file.ts';
import { type NodeStorage, type NodeStorageOptions, openNodeStorage } from '../log/node-storage.ts';
import type { WriteAheadLog } from '../log/write-ahead-log.ts';
import type { Clock, LogStoreEvents } from '../ports.ts';
import { carriedOut } from './carried-out.ts';
import { checkGroup, checkMembers, haveQuorum } from './check-recovery.ts';
import {
  type ForcedRecovery,
  type RecoveryRecord,
  readRecoveryRecord,
  writeRecoveryRecord,
} from './recovery-record.ts';
import { type GroupStores, type StoredGroup, storedGroup } from './stored-group.ts';

export interface StoppedNodeOptions
  extends Pick<NodeStorageOptions, 'lock' | 'freeBytesMin' | 'extentSlots' | 'logSettings' | 'drawLogId'> {
  /** Path of the node's folder, which must be there. */
  readonly dataFolder: string;
  /** Default: the disk of this machine. */
  readonly disk?: Disk;
  readonly clock?: Clock;
  /**
   * Draws what tells this recovery from any other of the same group: a whole number from 0 to 2^31 - 1, hardly ever the same twice.
   * Default: random.
   */
  readonly drawLineage?: () => number;
}

export interface RecoverOptions {
  /** Who is left and forms the group from now on, all with a vote: this node, and others that were members. */
  readonly members: readonly NodeId[];
  /** Default: every group of which this node is a member and of whose voters `members` are no majority. */
  readonly groups?: readonly GroupId[];
}

export class StoppedNode {
  readonly nodeId: NodeId;
  readonly cluster: string;
  /** What was forced upon its groups before. */
  readonly record: RecoveryRecord;
  readonly #options: StoppedNodeOptions;
  readonly #disk: Disk;
  readonly #storage: NodeStorage;
  readonly #log: WriteAheadLog;
  readonly #durable: DurableAppends;
  #closing: Promise<void> | undefined;

  /**
   * Opens the folder for this process alone. Nothing that a later start would find otherwise is changed.
   * @throws ReplicaError DATA_FOLDER_LOCKED: the node runs; DATA_FOLDER_UNUSABLE: there is no node's folder, or it is damaged;
   * HARD_STATE_DAMAGED, LOG_DAMAGED, SNAPSHOT_DAMAGED, LOG_FAILED, RECORD_UNKNOWN as when the node is started.
   */
  static async open(options: StoppedNodeOptions): Promise<StoppedNode> {
    const { dataFolder: path, clock = realClock } = options;
    const disk = options.disk ?? (await realDisk());
    const { nodeId, cluster } = await ownerOf(disk, path);
    const storage = await openNodeStorage({ ...options, disk, clock, path, nodeId, cluster });
    const durable = new DurableAppends();
    try {
      const log = await storage.openLog(durable);
      const record = await readRecoveryRecord(disk, path);
      return new StoppedNode({ nodeId, cluster, record, options, disk, storage, log, durable });
    } catch (error) {
      await storage.hardStates.close();
      await storage.release();
      throw error;
    }
  }

  private constructor(parts: {
    readonly nodeId: NodeId;
    readonly cluster: string;
    readonly record: RecoveryRecord;
    readonly options: StoppedNodeOptions;
    readonly disk: Disk;
    readonly storage: NodeStorage;
    readonly log: WriteAheadLog;
    readonly durable: DurableAppends;
  }) {
    this.nodeId = parts.nodeId;
    this.cluster = parts.cluster;
    this.record = parts.record;
    this.#options = parts.options;
    this.#disk = parts.disk;
    this.#storage = parts.storage;
    this.#log = parts.log;
    this.#durable = parts.durable;
  }

  /** What the folder holds of every group in which this node has ever voted or acknowledged anything, by number. */
  groups(): StoredGroup[] {
    const { hardStates, snapshots } = this.#storage;
    const ids = new Set([...hardStates.groups, ...snapshots.groups()]);
    return [...ids].sort((a, b) => a - b).map((group) => storedGroup(group, this.#stores).stored);
  }

  /** Whether this node was ever in touch with another. */
  hasMet(peer: NodeId): boolean {
    return this.#storage.peers.known(peer) !== undefined;
  }

  /**
   * What a recovery would change: checks all that can be checked, and changes nothing.
   * @throws ReplicaError MEMBERS_INVALID, GROUP_UNKNOWN, QUORUM_NOT_LOST.
   */
  plan({ members, groups }: RecoverOptions): StoredGroup[] {
    checkMembers(members, this.nodeId);
    const chosen = groups === undefined ? this.#groupsWithout(members) : groups.map((id) => this.#stored(id));
    for (const group of chosen) checkGroup(group, members, this.nodeId, (peer) => this.hasMet(peer));
    return chosen;
  }

  /**
   * Makes `members` the voters of the groups, each of them whole or not at all, and durable when it resolves. Everything that this
   * node holds of them is committed by it, once they have elected a leader; what only others held is lost. To be done on one
   * survivor alone, the one with the newest log; the other members are then started as they are.
   * @throws ReplicaError of `plan`; LOG_FAILED: the disk failed. Groups may be recovered all the same: open the folder again.
   */
  async recover(options: RecoverOptions): Promise<ForcedRecovery[]> {
    const { drawLineage = drawUint31 } = this.#options;
    const at = new Date().toISOString();
    const steps = this.plan(options).map((stored) => {
      const term = firstTermOfNextLineage(stored.term, drawLineage());
      return { stored, recovery: recoveryOf(stored, term, options.members, at) };
    });
    const recoveries = steps.map(({ recovery }) => recovery);
    const before = carriedOut(this.record.recoveries, this.#stores);
    await writeRecoveryRecord(this.#disk, this.#options.dataFolder, [...before, ...recoveries]);
    await Promise.all(steps.map(({ stored, recovery }) => this.#append(stored, recovery)));
    for (const { group, term } of recoveries) {
      await this.#storage.hardStates.save(group, { term, votedFor: this.nodeId, incident: 0 });
    }
    return recoveries;
  }

  /** Closes every file, and lets other processes have the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #stores(): GroupStores {
    return { log: this.#log, hardStates: this.#storage.hardStates, snapshots: this.#storage.snapshots };
  }

  #stored(id: GroupId): StoredGroup {
    const stored = this.groups().find(({ group }) => group === id);
    if (stored === undefined) throw unknown(`the folder of node ${this.nodeId} holds nothing of group ${id}`);
    return stored;
  }

  /** The groups of this node that have lost their quorum, if nobody is left but these. */
  #groupsWithout(members: readonly NodeId[]): StoredGroup[] {
    const own = this.groups().filter(({ configuration: it }) => it === undefined || isMember(this.nodeId, it));
    if (own.length === 0) throw unknown(`the folder of node ${this.nodeId} holds no group to which it belongs`);
    const lost = own.filter((group) => haveQuorum(group, members) !== true);
    return lost.length > 0 ? lost : own;
  }

  async #append({ group, configuration }: StoredGroup, recovery: ForcedRecovery): Promise<void> {
    const { resetsLog, stored } = storedGroup(group, this.#stores);
    // A snapshot that the log does not join takes its place first, as at every start.
    if (resetsLog) this.#log.reset(group, 1, { index: stored.lastIndex, term: stored.lastTerm });
    const isDurable = this.#durable.wait(group, 2);
    this.#log.append(group, 2, batchOf(recovery, configuration));
    await isDurable;
  }

  async #close(): Promise<void> {
    try {
      await this.#log.close();
      await this.#storage.hardStates.close();
    } finally {
      await this.#storage.release();
    }
  }
}

function recoveryOf(stored: StoredGroup, term: Term, members: readonly NodeId[], at: string): ForcedRecovery {
  const { group, lastIndex, lastTerm, configuration } = stored;
  const membersBefore = configuration?.voters ?? [];
  return { group, term, index: lastIndex + 1, lastTerm, members: members.toSorted((a, b) => a - b), membersBefore, at };
}

/** Loyalty to leases stays as it was agreed, and so does the preferred leader, if it is left. */
function batchOf(recovery: ForcedRecovery, before: Configuration = configurationOf([])): Batch {
  const { group, term, index, lastTerm, members } = recovery;
  const { leases, preferredLeader: preferred } = before;
  const preferredLeader = preferred !== undefined && members.includes(preferred) ? preferred : undefined;
  const configuration = { ...configurationOf(members), leases, preferredLeader };
  const header = { kind: BatchKind.configuration, term, prevTerm: lastTerm, firstIndex: index, count: 1 };
  return { ...header, bytes: sealConfigurationRecord(group, header, configuration), configuration };
}

/** Waits for what the log is to make durable. */
class DurableAppends implements LogStoreEvents {
  readonly #waiting = new Map<GroupId, { readonly sequence: number; readonly resolve: () => void }>();
  readonly #failed: Promise<never>;
  onFailure: (error: Error) => void = () => {};

  constructor() {
    this.#failed = new Promise((_, reject) => {
      this.onFailure = reject;
    });
    // Whoever waits hears of it; if nobody does, the log says so when it is closed.
    this.#failed.catch(() => {});
  }

  onDurable(group: GroupId, sequence: number): void {
    const waiting = this.#waiting.get(group);
    if (waiting !== undefined && sequence >= waiting.sequence) waiting.resolve();
  }

  wait(group: GroupId, sequence: number): Promise<void> {
    const durable = new Promise<void>((resolve) => this.#waiting.set(group, { sequence, resolve }));
    return Promise.race([durable, this.#failed]);
  }
}

/** Of the node whose folder it is. Looks before anything is opened, for opening would make a folder. */
async function ownerOf(disk: Disk, path: string): Promise<{ readonly nodeId: NodeId; readonly cluster: string }> {
  const advice = 'Name the data folder of a node that ran before; if it is damaged, use that of another survivor.';
  try {
    const identity = await readIdentity(disk, `${path}/identity.json`);
    if (identity === undefined) throw new Error('it has no identity.json');
    return identity;
  } catch (error) {
    const reason = reasonOf(error);
    const message = `${path} is no data folder of a node: ${reason}. ${advice}`;
    throw new ReplicaError('DATA_FOLDER_UNUSABLE', message, { cause: error });
  }
}

function drawUint31(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
}

function unknown(what: string): ReplicaError {
  return new ReplicaError('GROUP_UNKNOWN', what);
}
