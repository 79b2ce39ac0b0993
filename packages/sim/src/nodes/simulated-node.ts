// One node: the real host with the real log, the real term and vote and the real state machines, on a simulated disk,
// network and clock that outlive its processes. It is started, stopped, paused and crashed from outside; when its process
// ends by itself, it says so, and why.

import { SchemaRegistry } from '@balsa/engine';
import type { StorageError } from '@balsa/engine/storage';
import {
  type Batch,
  type GroupId,
  type HardState,
  type LogPosition,
  lastIndexOf,
  type NodeId,
  type SeededRandom,
} from '@balsa/raft';
import {
  type DispatchOptions,
  type Group,
  Host,
  type LogStore,
  type LogStoreEvents,
  type NodeStorage,
  type NodeStorageOptions,
  openNodeStorage,
  type PeerVersions,
  peerVersionsKnown,
  type SimulatedCrash,
  SimulatedDisk,
  type StateMachine,
  StoppedNode,
  type Transport,
} from '@balsa/replica';
import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import { electionMs, heartbeatTicks, tickMs } from '../timing.ts';
import { damage, LogBlocks, storagePath } from './damage.ts';
import { type DataStore, MemoryDataStore } from './data-store.ts';
import type { FileDataStore } from './file-data-store.ts';
import { FileRot } from './file-rot.ts';
import { NodeClock } from './node-clock.ts';
import { ObservedGroup } from './observed-group.ts';
import { readAll, type StorageWatch, watchHardStates, watchLog, watchLogEvents } from './observed-storage.ts';
import { Questions } from './questions.ts';
import type { NodesScenario } from './scenario.ts';
import { SimulatedProcess } from './simulated-process.ts';
import type { Verdict } from './verdict.ts';

export const metadataGroup: GroupId = 0;
export const dataGroup: GroupId = 1;
export const groups: readonly GroupId[] = [metadataGroup, dataGroup];

/** Where a process dies, seen from something that it does: before it, or after. */
export type CrashMoment = 'before' | 'after';
/** What a process does when it may die of it. */
export type Deed = 'append' | 'save' | 'send' | 'apply' | 'disk' | 'start' | 'command';

export interface NodePorts {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly scenario: NodesScenario;
  readonly verdict: Verdict;
  readonly transport: (
    node: NodeId,
    process: SimulatedProcess,
    versions: PeerVersions,
    folders: Pick<NodeStorage, 'folder' | 'peers'>,
  ) => Transport;
  /** What the group has committed, in the lineage in which this was its end. */
  readonly committedUpTo: (group: GroupId, end: LogPosition) => readonly Batch[];
  /** Can the others make up for what a damaged log has lost? */
  readonly restoresFromPeers: (groups: readonly GroupId[]) => boolean;
  /** Does the process die of what it is about to do? */
  readonly crashMoment: (deed: Deed) => CrashMoment | undefined;
  /** Does a state machine fail at what it is to do next? */
  readonly failsToApply: () => boolean;
  /** Opens the store of runs that have files. */
  readonly openFiles: typeof FileDataStore.open | undefined;
  /** What was asked for: the node crashes, in a way that the faults decide. */
  readonly crash: (node: SimulatedNode) => void;
  readonly hooks: NodeHooks;
}

/** What is told about a node. */
export interface NodeHooks {
  /** Its process has got an input: look at it before the next event. */
  touched(node: SimulatedNode): void;
  started(node: SimulatedNode): void;
  /** Its process cannot go on, or could not start; `code` is that of the error. */
  failed(node: SimulatedNode, code: string): void;
  applied(node: SimulatedNode, group: GroupId, index: number, command: Uint8Array, result: Uint8Array): void;
  /** It is about to append another configuration. */
  configurationAppended(node: SimulatedNode, group: GroupId, batch: Batch): void;
  /** The batch is in its log now, if only in memory. */
  appended(node: SimulatedNode, group: GroupId, batch: Batch): void;
  /** A new process has found on its disk what its log holds. */
  recovered(node: SimulatedNode, group: GroupId): void;
  /** It has met files of series that rotted. */
  damaged(node: SimulatedNode): void;
  /** It was told that it belongs to the group no more. */
  removed(node: SimulatedNode, group: GroupId): void;
}

/** What a process is made of, once it is up. */
export interface RunningNode {
  readonly host: Host;
  readonly registry: SchemaRegistry;
  readonly store: DataStore;
  readonly questions: Questions;
}

/** What the disk of a node that is down holds of one group, behind a snapshot. */
export interface FoundGroup {
  readonly hardState: HardState;
  readonly base: LogPosition;
  readonly batches: readonly Batch[];
  /** Of the newest snapshot, if the log does not hold what it stands for: a start puts it in the place of the log. */
  readonly snapshotBeside: LogPosition | undefined;
}

/** The folder of a node that is down, for a command that works on it. */
export interface OfflineFolder {
  /** As `balsa recover-quorum` opens it. `drawLineage`: see `StoppedNodeOptions`. */
  open(drawLineage: () => number): Promise<StoppedNode>;
  /** What a start would find. */
  read(): Promise<ReadonlyMap<GroupId, FoundGroup>>;
}

interface Life {
  readonly process: SimulatedProcess;
  readonly clock: NodeClock;
  readonly questions: Questions;
  storage?: NodeStorage;
  running?: RunningNode;
  /** The store of a data group that was removed from the disk, and begins anew. */
  reopened?: Promise<DataStore>;
  isStopping?: boolean;
  /** Not the node's own: a command works on its folder. */
  isCommand?: boolean;
  /** Told when the process has ended. */
  onEnd?: () => void;
}

/** Of as many nodes as there may be. */
function zonesOf({ relays: { zones } }: NodesScenario): Map<NodeId, string> {
  const nodes = Array.from({ length: zones === 1 ? 0 : nodesMax }, (_, i) => i + 1);
  return new Map(nodes.map((node) => [node, `zone-${node % zones}`]));
}

const driftSteps = 1000;
const nodesMax = 64;
/** What a process has to say when it fails, it has said after so many ticks. */
const lastTicks = 3;
/** What a process says of a disk that holds something else than it had written. */
const damaged: ReadonlySet<string> = new Set(['LOG_DAMAGED', 'HARD_STATE_DAMAGED']);

/** One that another attempt may not meet again. */
class ApplyFailure extends Error {
  readonly code = 'ENOMEM';
}

export class SimulatedNode {
  readonly id: NodeId;
  /** Who belongs to a group of which its disk holds nothing. */
  readonly #founders: Map<GroupId, readonly NodeId[]>;
  readonly #ports: NodePorts;
  readonly #observed: ReadonlyMap<GroupId, ObservedGroup>;
  readonly #blocks = new LogBlocks();
  readonly #rot = new FileRot();
  readonly #rate: number;
  #disk: SimulatedDisk;
  #life: Life | undefined;
  #isCalm = false;
  /** Its disk has failed an operation, is full, or was damaged: its process may end because of that. */
  #mayFail = false;
  #isFull = false;
  /** How often its disk was damaged, and how much of that a process has had the chance to notice. */
  #damages = 0;
  #damagesFaced = 0;
  readonly #toldDamage = new Set<string>();
  #replacesLostDisk = false;
  /** Is it wanted? Else it is down, and stays down. */
  isDeployed: boolean;
  /** Its disk is lost, and it will never be back: another node takes its place. */
  isGone = false;
  /** How often it was told that it belongs to a group no more. */
  removals = 0;
  /** Of both groups, after restarts and from other nodes. */
  snapshotsInstalled = 0;
  /** How many data folders it has made. */
  #folders = 0;
  /** The wire versions that the next process speaks. */
  versions: PeerVersions = peerVersionsKnown;

  /** `members`: who founded the groups; nobody: the node comes later, and is told. */
  constructor(id: NodeId, members: readonly NodeId[], ports: NodePorts) {
    this.id = id;
    this.#founders = new Map(groups.map((group) => [group, members]));
    this.#ports = ports;
    this.isDeployed = members.length > 0;
    this.#observed = new Map(
      groups.map((group) => [group, new ObservedGroup(id, members, (end) => ports.committedUpTo(group, end))]),
    );
    const drift =
      ports.scenario.clock.driftMax * (ports.random.integerBetween(-driftSteps, driftSteps + 1) / driftSteps);
    this.#rate = 1 + drift;
    this.#disk = this.#newDisk();
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** `undefined` while it is down or starting. */
  get running(): RunningNode | undefined {
    return this.#life?.running;
  }

  get process(): SimulatedProcess | undefined {
    return this.#life?.process;
  }

  /** Has it lost nothing of what it acknowledged, so that others may now be struck? */
  get isWhole(): boolean {
    return groups.every((group) => this.isWholeIn(group));
  }

  /** The same, as far as one group is concerned. */
  isWholeIn(group: GroupId): boolean {
    return !this.hasHiddenDamage && this.hasMadeUpFor(group) && !(group === dataGroup && this.hasRot);
  }

  /** Its disk has failed this process, is full, or was damaged: what ends because of that ends with the code of it. */
  get mayFail(): boolean {
    return this.#mayFail;
  }

  /** What it is known to have lost, it has again. */
  hasMadeUpFor(group: GroupId): boolean {
    return !this.isGone && !this.hasForgotten && this.observed(group).durableHardState.incident === 0;
  }

  /** It has an empty disk, and nobody has said that it lost the one before. */
  get hasForgotten(): boolean {
    return this.observed(dataGroup).hasForgotten;
  }

  /** Its disk has damage that no start has come across yet. */
  get hasHiddenDamage(): boolean {
    return this.#damages > this.#damagesFaced;
  }

  /** Files of series are not what was written, whether anybody has noticed or not. */
  get hasRot(): boolean {
    return this.#rot.isOn(this.#disk);
  }

  observed(group: GroupId): ObservedGroup {
    return this.#observed.get(group)!;
  }

  group(group: GroupId): Group | undefined {
    return this.running?.host.group(group);
  }

  start(): void {
    const { hooks } = this.#ports;
    const life = this.#beginLife();
    const { process } = life;
    this.#open(life).then(
      () => {
        if (process.isAlive) hooks.started(this);
      },
      (error: unknown) => {
        if (process.isAlive) this.#failed(error);
      },
    );
  }

  /**
   * Runs a command on its folder, in a process of its own, while the node is down. `undefined`: that process died, or its disk
   * failed it.
   */
  async runCommand<T>(command: (folder: OfflineFolder) => Promise<T>): Promise<T | undefined> {
    const life = this.#beginLife();
    life.isCommand = true;
    const { process, clock } = life;
    const died = new Promise<undefined>((resolve) => {
      life.onEnd = () => resolve(undefined);
    });
    try {
      const outcome = await Promise.race([command(this.#folderFor(life)), died]);
      if (!process.isAlive) return undefined;
      const { timers } = clock;
      const { openFiles } = this.#disk;
      if (timers + openFiles > 0) {
        throw new Violation('left open', `a command on node ${this.id} leaves ${timers} timers, ${openFiles} files`);
      }
      this.#end(life);
      return outcome;
    } catch (error) {
      if (!process.isAlive) return undefined;
      this.crash('process');
      if (error instanceof Violation || !this.#mayFail) throw error;
      return undefined;
    }
  }

  #folderFor({ clock }: Life): OfflineFolder {
    const options = this.#storageOptions(clock);
    const { disk, path: dataFolder, lock, freeBytesMin, extentSlots, logSettings, drawLogId } = options;
    const parts = { disk, dataFolder, lock, freeBytesMin, extentSlots, logSettings, drawLogId, clock };
    return {
      open: (drawLineage) => StoppedNode.open({ ...parts, drawLineage }),
      read: async () => {
        const storage = await openNodeStorage(options);
        const log = await storage.openLog({ onDurable: () => {}, onFailure: () => {} });
        const found = new Map<GroupId, FoundGroup>();
        for (const group of groups) {
          const { base } = log.recovered(group);
          const hardState = storage.hardStates.current(group);
          const batches = await readAll(log, group);
          const latest = storage.snapshots.latest(group);
          const isHeld = latest === undefined || holds({ base, batches }, latest);
          found.set(group, { hardState, base, batches, snapshotBeside: isHeld ? undefined : latest });
        }
        await log.close();
        await storage.hardStates.close();
        await storage.release();
        return found;
      },
    };
  }

  #beginLife(): Life {
    const { scheduler, random, hooks, verdict } = this.#ports;
    const process = new SimulatedProcess(
      (task) => scheduler.after(0, task),
      () => hooks.touched(this),
    );
    const clock = new NodeClock(scheduler, process, this.#isCalm ? 1 : this.#rate, random.integerBetween(0, 1_000_000));
    const questions = new Questions({ node: this.id, scheduler, process, clock, verdict });
    const life: Life = { process, clock, questions };
    this.#life = life;
    this.#disk.failNothing();
    this.#mayFail = this.#isFull || this.hasHiddenDamage || this.hasRot;
    return life;
  }

  /** Dies at once; the disk is left as the crash leaves it. */
  crash(kind: SimulatedCrash): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#end(life);
    this.#disk = this.#disk.crash(kind);
  }

  /** Ends as a process does that was asked to, and must leave nothing behind. Resolves when it has ended. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life?.running === undefined) return;
    const { host } = life.running;
    life.isStopping = true;
    try {
      // What fails to stop keeps nothing else open.
      await host.stop().finally(async () => {
        const reopened = await life.reopened;
        await reopened?.close();
        await life.running?.store.close();
      });
      await life.storage?.release();
    } catch (error) {
      if (!this.#mayFail) throw error;
    }
    // What was said at last is heard.
    await this.#ports.scheduler.pass(0);
    if (!life.process.isAlive) return;
    const { timers } = life.clock;
    const { openFiles } = this.#disk;
    const open = life.questions.openTo(groups);
    if (timers + openFiles + open.length > 0) {
      const left = `${timers} timers, ${openFiles} files, and without an answer: ${open.join(', ')}`;
      throw new Violation('left open', `node ${this.id} has stopped and leaves ${left}`);
    }
    this.#end(life);
  }

  #end({ process, onEnd }: Life): void {
    this.#life = undefined;
    process.die();
    onEnd?.();
    for (const observed of this.#observed.values()) observed.ledTerm = undefined;
  }

  pause(): void {
    this.#life?.process.pause();
  }

  resume(): void {
    this.#life?.process.resume();
  }

  jumpClock(ms: number): void {
    this.#life?.clock.jump(ms);
  }

  /** A disk operation to come fails. */
  failDisk(operation: 'write' | 'flush' | 'read', code: string): void {
    this.#mayFail = true;
    this.#disk.failNext({ operation, code, path: '/node', skip: this.#ports.random.integerBetween(0, 4) });
  }

  /** No file can grow any more until there is room again. */
  fillDisk(): void {
    this.#mayFail = true;
    this.#isFull = true;
    this.#disk.capacityBytes = this.#disk.usedBytes;
  }

  emptyDisk(): void {
    this.#isFull = false;
    this.#disk.capacityBytes = Number.POSITIVE_INFINITY;
  }

  /** Returns what was damaged, in words. */
  damageDisk(): string | undefined {
    const done = damage(this.#disk, this.#blocks.witnessed(), this.#ports.random);
    if (done !== undefined) {
      this.#damages++;
      this.#mayFail = true;
    }
    return done;
  }

  /** The same of a file of series. */
  rotFile(random: SeededRandom): string | undefined {
    const done = this.#rot.strike(this.#disk, random);
    if (done !== undefined) this.#mayFail = true;
    return done;
  }

  /** While it is down, it gets an empty disk; whoever starts it says so, or does not. */
  replaceDisk(isDeclared: boolean): void {
    this.#disk = this.#newDisk();
    this.#blocks.forget();
    this.#rot.forget();
    this.#replacesLostDisk = isDeclared;
    this.#damagesFaced = this.#damages;
    this.#damages++;
    for (const observed of this.#observed.values()) observed.wiped(isDeclared);
  }

  /** From now on its disk is quick and takes what it is given. */
  calmDown(): void {
    this.#isCalm = true;
    this.emptyDisk();
    this.#disk.failNothing();
  }

  #newDisk(): SimulatedDisk {
    return new SimulatedDisk({
      seed: this.#ports.random.nextUint32(),
      schedule: (complete) => this.#completeLater(complete),
      onDurableWrite: (path, position, bytes) => this.#blocks.written(path, position, bytes),
    });
  }

  #completeLater(complete: () => void): void {
    const { scheduler, crash } = this.#ports;
    const process = this.#life?.process;
    scheduler.after(this.#operationMs(), () =>
      process?.run(() => {
        const deed = this.#deed;
        if (this.#ports.crashMoment(deed) === undefined) complete();
        else crash(this);
      }),
    );
  }

  get #deed(): Deed {
    if (this.#life?.isCommand === true) return 'command';
    return this.running === undefined ? 'start' : 'disk';
  }

  #operationMs(): number {
    const { random, scenario } = this.#ports;
    const { operationMsMax, stallProbability } = scenario.disk;
    const ms = random.integerBetween(0, operationMsMax + 1);
    return !this.#isCalm && random.chance(stallProbability) ? (ms + 1) * 100 : ms;
  }

  /** A process may die of what it does, before or after; what it does once it is dead is done by nobody. */
  #attempt(process: SimulatedProcess, deed: Deed, act: () => void): void {
    if (!process.isAlive) return;
    const moment = this.#ports.crashMoment(deed);
    if (moment === 'before') this.#ports.crash(this);
    else act();
    if (moment === 'after') this.#ports.crash(this);
  }

  async #open(life: Life): Promise<void> {
    const { process, clock } = life;
    const { scenario, random } = this.#ports;
    const damages = this.#damages;
    const { strikes } = this.#rot;
    const wasSound = !this.hasHiddenDamage && this.#toldDamage.size === 0 && !this.hasRot;
    const storage = await openNodeStorage(this.#storageOptions(clock));
    life.storage = storage;
    const watch: StorageWatch = {
      groupOf: (group) => this.observed(group),
      attempt: (deed, act) => this.#attempt(process, deed, act),
      isAlive: () => process.isAlive,
      configurationAppended: (group, batch) => this.#ports.hooks.configurationAppended(this, group, batch),
      appended: (group, batch) => this.#ports.hooks.appended(this, group, batch),
    };
    const host = await Host.open({
      nodeId: this.id,
      openLog: (events) => this.#openLog(storage, events, watch, damages),
      hardStates: watchHardStates(storage.hardStates, watch),
      snapshots: storage.snapshots,
      transport: this.#mortal(process, this.#ports.transport(this.id, process, this.versions, storage)),
      clock,
      timing: {
        tickMs,
        electionTimeoutMs: electionMs,
        heartbeatIntervalMs: heartbeatTicks * tickMs,
        hibernateAfterMs: scenario.hibernateAfterMs,
        clockDriftMax: scenario.clock.driftMax,
      },
      limits: scenario.limits,
      zones: zonesOf(scenario),
      seed: random.nextUint32(),
      firstRequestId: () => this.#drawNumber(),
      events: {
        onFatal: (error) => this.#givesUp(life, groups, error),
        onGroupFailure: (group, error) => this.#givesUp(life, [group], error),
        onSnapshotFailure: (_group, error) => this.#snapshotFailed(error),
        onRemoved: (group) => {
          if (!process.isAlive) return;
          this.removals++;
          this.#ports.hooks.removed(this, group);
        },
      },
    });
    const registry = new SchemaRegistry();
    const opening = this.#openFiles(life);
    const store: DataStore = opening === undefined ? new MemoryDataStore() : await opening;
    const { files } = store.machine;
    // As the server does. The latest snapshot may be damaged, and the files gone that an earlier one needs.
    const restoreFromPeers = this.#ports.restoresFromPeers([dataGroup]);
    if (files !== undefined) {
      const lost = await host.checkStateFiles(dataGroup, files, { restoreFromPeers });
      // A start takes a while: damage may come in between.
      const isSound = wasSound && this.#damages === damages && this.#rot.strikes === strikes;
      if (lost !== undefined && isSound) this.#tookForLost(lost);
    }
    this.#startGroup(process, host, metadataGroup, registry);
    this.#startGroup(process, host, dataGroup, store.machine);
    life.running = { host, registry, store, questions: life.questions };
    await host.connect();
  }

  #drawNumber(): number {
    return 1 + this.#ports.random.nextUint32();
  }

  #storageOptions(clock: NodeClock) {
    const { segmentBytes, blockBytesMax, sealAfterMs, isBatched, flushIntervalMs } = this.#ports.scenario.log;
    const drawNumber = (): number => this.#drawNumber();
    return {
      disk: this.#disk,
      path: '/node',
      cluster: 'simulated',
      nodeId: this.id,
      freeBytesMin: 1,
      extentSlots: groups.length,
      lock: () => Promise.resolve({ release: () => Promise.resolve() }),
      clock,
      durability: isBatched ? 'batched' : 'sync',
      logSettings: { segmentBytes, firstSegmentBytes: blockBytesMax, blockBytesMax, sealAfterMs, flushIntervalMs },
      restoreFromPeers: this.#ports.restoresFromPeers(groups),
      replacesLostDisk: this.#replacesLostDisk,
      drawFolderId: () => ++this.#folders,
      drawIncident: drawNumber,
      drawLogId: () => BigInt(drawNumber()),
      drawSnapshotId: drawNumber,
      onDamage: (damage: Error) => this.#cuts(damage),
    } satisfies NodeStorageOptions;
  }

  #startGroup(process: SimulatedProcess, host: Host, group: GroupId, inner: StateMachine): void {
    const stateMachine = this.#watched(process, group, inner);
    const { weakBytesMax } = this.#ports.scenario.weak;
    const members = this.#founders.get(group)!;
    this.observed(group).begins(members);
    host.startGroup({
      group,
      members,
      stateMachine,
      dispatch: this.#drawDispatch(),
      weakBytesMax: group === dataGroup ? weakBytesMax : 0,
    });
  }

  /** Anew with every start: the settings of nodes, and of one node in two lives, need not agree. */
  #drawDispatch(): DispatchOptions {
    const { random, scenario } = this.#ports;
    const { nodeProbability, codedProbability, fragmentBytesMinMax } = scenario.relays;
    if (nodeProbability === 0 || !random.chance(nodeProbability)) return { strategy: 'direct' };
    if (random.chance(0.1)) return { strategy: 'auto' };
    if (random.chance(codedProbability)) {
      return { strategy: 'coded', fragmentBytesMin: random.integerBetween(1, fragmentBytesMinMax + 1) };
    }
    const { firstLevelSizeMax, depthMax, replanBatchesMax, replanMsMax } = scenario.relays;
    return {
      strategy: 'relay',
      firstLevelSize: random.integerBetween(1, firstLevelSizeMax + 1),
      depth: random.integerBetween(2, depthMax + 1),
      replanBatches: random.integerBetween(1, replanBatchesMax + 1),
      replanMs: random.integerBetween(0, replanMsMax + 1),
    };
  }

  /** Takes from the disk a group to which it belongs no more, and waits to be told again. */
  async removeGroup(group: GroupId): Promise<void> {
    const life = this.#life;
    if (life?.running === undefined || life.running.host.group(group) === undefined) return;
    const { process } = life;
    const { host } = life.running;
    // What the node's configuration says is durable before.
    this.#founders.set(group, []);
    const isOver = (): boolean => !process.isAlive || life.isStopping === true;
    const failed = (error: unknown): void => {
      if (!this.#mayFail && !isOver()) this.#ports.verdict.note(error);
    };
    await host.removeGroup(group).catch(failed);
    if (isOver()) return;
    try {
      const { running } = life;
      if (group === metadataGroup) {
        const registry = new SchemaRegistry();
        this.#startGroup(process, host, group, registry);
        life.running = { ...running, registry };
      } else {
        const store = this.#ports.openFiles === undefined ? new MemoryDataStore() : await this.#emptied(life);
        // Who has stopped the node closes it.
        if (isOver()) return;
        this.#startGroup(process, host, group, store.machine);
        life.running = { ...running, store };
      }
    } catch (error) {
      failed(error);
    }
  }

  #emptied(life: Life): Promise<DataStore> {
    life.reopened = Promise.resolve(life.running?.store.close()).then(() => this.#openFiles(life)!);
    return life.reopened;
  }

  /** `undefined`: this run has no files. */
  #openFiles({ process, clock }: Life): Promise<DataStore> | undefined {
    const { scheduler, scenario, verdict, openFiles, hooks } = this.#ports;
    if (openFiles === undefined) return undefined;
    const { memtableBytes, lateFilesMax, mergeFiles, fileBytesMax } = scenario.storage;
    const inTurn = (ms: number, go: () => void): void => scheduler.after(ms, () => process.run(go));
    const tell = (error: StorageError): void => {
      if (process.isAlive) verdict.note(new Violation('storage', `node ${this.id}: ${error.message}`));
    };
    return openFiles(this.#disk, storagePath, {
      memtableBytes,
      memoryBytesMax: 3 * memtableBytes,
      // What is in memory does not rot.
      ...(scenario.disk.rotMeanMs > 0 ? { indexCacheBytes: 1 } : {}),
      retryMs: 50,
      compaction: { lateFilesMax, mergeFiles, fileBytesMax, bytesPerSecondMax: Number.POSITIVE_INFINITY },
      pace: {
        turn: () => new Promise((resolve) => inTurn(0, resolve)),
        wait: (ms, signal) =>
          new Promise((resolve, reject) => {
            const abort = (): void => reject(signal.reason);
            signal.addEventListener('abort', abort, { once: true });
            inTurn(ms, () => {
              signal.removeEventListener('abort', abort);
              resolve();
            });
          }),
      },
      nowMs: () => clock.nowMs(),
      drawName: () => this.#drawNumber().toString(16),
      onFailure: (error) => {
        if (!this.#mayFail) tell(error);
      },
      onDamage: (error) => {
        if (!this.#rot.hasStruck(error.file)) tell(error);
        else if (process.isAlive) hooks.damaged(this);
      },
    });
  }

  /** What the disk holds is compared with what it had confirmed, before anybody works with it. */
  async #openLog(
    storage: NodeStorage,
    events: LogStoreEvents,
    watch: StorageWatch,
    damages: number,
  ): Promise<LogStore> {
    const log = await storage.openLog(watchLogEvents(events, watch));
    for (const group of groups) {
      const batches = await readAll(log, group);
      const { base } = log.recovered(group);
      const hardState = storage.hardStates.current(group);
      this.#ports.verdict.hold(() => this.observed(group).recovered(hardState, base, batches));
      this.#ports.hooks.recovered(this, group);
    }
    // Everything was read since the start, and found sound or cut.
    this.#damagesFaced = damages;
    return watchLog(log, watch);
  }

  /**
   * A log is cut at what the simulation has damaged, and nowhere else. A damaged snapshot is told of at every start until a newer one
   * takes its place.
   */
  #cuts(damage: Error): void {
    if (this.hasHiddenDamage) {
      this.#toldDamage.add(damage.message);
    } else if (!this.#toldDamage.has(damage.message)) {
      this.#ports.verdict.note(new Violation('recovery', `node ${this.id} cuts a sound log: ${damage.message}`));
    }
    this.#blocks.forget();
  }

  /** What files held is given up if somebody has touched them, and not because a disk refuses to read for a while. */
  #tookForLost(lost: Error): void {
    this.#ports.verdict.note(new Violation('recovery', `node ${this.id} takes sound files for lost: ${lost.message}`));
  }

  #watched(process: SimulatedProcess, group: GroupId, inner: StateMachine): StateMachine {
    return {
      snapshot: () => inner.snapshot(),
      restore: (chunks) => {
        this.snapshotsInstalled++;
        return inner.restore(chunks);
      },
      apply: (index, command) => {
        if (this.#ports.failsToApply()) {
          this.#mayFail = true;
          throw new ApplyFailure('no memory is left');
        }
        let result: Uint8Array = new Uint8Array();
        this.#attempt(process, 'apply', () => {
          result = inner.apply(index, command);
          this.#ports.hooks.applied(this, group, index, command, result);
        });
        return result;
      },
      checksum: () => inner.checksum(),
      pressure: () => inner.pressure?.(),
      ...(inner.files === undefined ? {} : { files: inner.files }),
    };
  }

  /** The dead send nothing, and a process may die while it sends. */
  #mortal(process: SimulatedProcess, transport: Transport): Transport {
    return {
      start: (events) => transport.start(events),
      send: (to, group, frame) => {
        let isSent = false;
        this.#attempt(process, 'send', () => {
          isSent = transport.send(to, group, frame);
        });
        return isSent;
      },
      versionOf: (peer) => transport.versionOf(peer),
      queuedBytes: (peer) => transport.queuedBytes(peer),
      close: () => transport.close(),
    };
  }

  /** Whoever asked these groups is told before the process ends; others may still be served. */
  async #givesUp({ process, questions }: Life, affected: readonly GroupId[], error: unknown): Promise<void> {
    for (let awake = 0; awake < lastTicks; ) {
      await this.#ports.scheduler.pass(2 * tickMs);
      if (!process.isAlive) return;
      if (!process.isPaused) awake++;
    }
    const open = questions.openTo(affected);
    if (open.length > 0) {
      this.#ports.verdict.note(
        new Violation('answers', `node ${this.id} fails, and says nothing to: ${open.join(', ')}`),
      );
    }
    this.#failed(error);
  }

  /** The group goes on without; but there must be a reason. */
  #snapshotFailed(error: Error): void {
    if (!this.#mayFail && !this.hasHiddenDamage) this.#ports.verdict.note(new Violation('snapshots', error.message));
  }

  #failed(error: unknown): void {
    const { hooks, verdict } = this.#ports;
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    const mayFail = code !== undefined && (damaged.has(code) ? this.hasHiddenDamage : this.#mayFail);
    if (mayFail) hooks.failed(this, code);
    else verdict.note(error);
  }
}

/** Does the log contain this entry? */
function holds(
  { base, batches }: { base: LogPosition; batches: readonly Batch[] },
  { index, term }: LogPosition,
): boolean {
  if (index === base.index) return term === base.term;
  return batches.some((batch) => batch.firstIndex <= index && index <= lastIndexOf(batch) && batch.term === term);
}
