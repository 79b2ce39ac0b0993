// One node as a process has it: a host with the real log and the real hard-state file on a disk that survives the host,
// a transport, and a clock of its own. It can be stopped, paused, crashed and started again.

import type { GroupId, NodeId } from '@balsa/raft';
import type { Acknowledgement } from '@balsa/wire';
import { SeededRandom } from '../../disk/seeded-random.ts';
import { type SimulatedCrash, SimulatedDisk } from '../../disk/simulated-disk.ts';
import type { ReplicaError } from '../../errors.ts';
import { HardStateFile } from '../../log/hard-state-file.ts';
import { WriteAheadLog } from '../../log/write-ahead-log.ts';
import type { Transport } from '../../ports.ts';
import { SnapshotFiles } from '../../snapshot/snapshot-files.ts';
import type { StatisticsSettings } from '../../statistics/settings.ts';
import type { MemoryNetwork } from '../../transport/memory-network.ts';
import { type PeerVersions, peerVersionsKnown } from '../../transport/peer-versions.ts';
import type { Group } from '../group.ts';
import { Host } from '../host.ts';
import type { HostLimits, HostTiming } from '../host-options.ts';
import type { Proposed, ProposeOptions } from '../own-session.ts';
import { encodePayload } from '../payload.ts';
import { FileJournal, type JournalFolder } from './file-journal.ts';
import { Journal } from './journal.ts';
import type { OutcomeBoard } from './outcome-board.ts';
import type { VirtualClock, VirtualTime } from './virtual-time.ts';

export interface TestNodeOptions {
  readonly id: NodeId;
  readonly members: readonly NodeId[];
  readonly groups: readonly GroupId[];
  readonly seed: number;
  readonly time: VirtualTime;
  readonly network: MemoryNetwork;
  readonly limits: Partial<HostLimits>;
  readonly timing: Partial<HostTiming>;
  readonly statistics: Partial<StatisticsSettings>;
  readonly weakBytesMax: number;
  readonly keepsFiles: boolean;
  readonly zones: ReadonlyMap<NodeId, string>;
}

export const testTiming: HostTiming = {
  tickMs: 5,
  electionTimeoutMs: 100,
  heartbeatIntervalMs: 20,
  hibernateAfterMs: 0,
  clockDriftMax: 0.05,
};
const logSettings = { segmentBytes: 256 * 1024, firstSegmentBytes: 64 * 1024, blockBytesMax: 32 * 1024 };

interface SubmitOptions {
  readonly timeoutMs?: number;
  readonly acknowledge?: Acknowledgement;
}

interface Running {
  readonly host: Host;
  readonly clock: VirtualClock;
  readonly transport: Transport;
  readonly journals: ReadonlyMap<GroupId, Journal>;
}

export class TestNode {
  readonly id: NodeId;
  readonly #options: TestNodeOptions;
  /** What a real node draws at random. It goes on from run to run, so that no run repeats an earlier one's numbers. */
  readonly #drawn: SeededRandom;
  disk: SimulatedDisk;
  /** Whether the others are to give back what its files have lost, and what it has lost so far. */
  restoresFiles = true;
  readonly filesLost: ReplicaError[] = [];
  /** Of journals that keep files. */
  readonly folders: Map<GroupId, JournalFolder> = new Map();
  /** Groups from which this node was removed by a committed change. */
  readonly removedFrom: GroupId[] = [];
  /** Of the release that is installed: what it speaks from its next start on. */
  versions: PeerVersions = peerVersionsKnown;
  #running: Running | undefined;
  /** How long every operation of the disk takes; 0: a turn. */
  diskDelayMs = 0;
  #diskIsStuck = false;
  #stuckCompletions: (() => void)[] = [];
  /** Of all runs. */
  readonly fatalErrors: Error[] = [];
  readonly groupFailures: { readonly group: GroupId; readonly error: Error }[] = [];

  constructor(options: TestNodeOptions) {
    this.id = options.id;
    this.#options = options;
    this.#drawn = new SeededRandom(options.seed * 101 + options.id);
    this.disk = new SimulatedDisk({
      seed: options.seed * 31 + options.id,
      schedule: (complete) => {
        if (this.#diskIsStuck) this.#stuckCompletions.push(complete);
        else options.time.after(this.diskDelayMs, complete);
      },
    });
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get host(): Host {
    return this.#mustRun().host;
  }

  get clock(): VirtualClock {
    return this.#mustRun().clock;
  }

  group(id: GroupId = 1): Group {
    const group = this.host.group(id);
    if (group === undefined) throw new Error(`group ${id} is not on node ${this.id}`);
    return group;
  }

  journal(group: GroupId = 1): Journal {
    const journal = this.#mustRun().journals.get(group);
    if (journal === undefined) throw new Error(`group ${group} is not on node ${this.id}`);
    return journal;
  }

  async start(): Promise<void> {
    const { id, members, groups, seed, time, network, limits, timing, statistics, weakBytesMax, zones } = this.#options;
    const { disk } = this;
    const clock = time.clock();
    await disk.createFolder('/node');
    const hardStates = await HardStateFile.open({ disk, path: '/node/hard-state' });
    const transport = network.transport(id, { versions: this.versions });
    const host = await Host.open({
      nodeId: id,
      openLog: (events) =>
        WriteAheadLog.open({
          disk,
          folder: '/node/log',
          clock,
          events,
          settings: logSettings,
          drawLogId: () => BigInt(this.#draw()),
        }),
      hardStates,
      snapshots: await SnapshotFiles.open({ disk, folder: '/node/snapshots', drawId: () => this.#draw() }),
      transport,
      clock,
      timing: { ...testTiming, ...timing },
      limits,
      statistics,
      zones,
      seed: seed * 1009 + id,
      firstRequestId: () => this.#draw(),
      events: {
        onFatal: (error) => this.fatalErrors.push(error),
        onGroupFailure: (group, error) => this.groupFailures.push({ group, error }),
        onRemoved: (group) => this.removedFrom.push(group),
        onSnapshotFailure: (group, error) => this.groupFailures.push({ group, error }),
      },
    });
    const journals = new Map(groups.map((group) => [group, this.#newJournal(group)]));
    this.#running = { host, clock, transport, journals };
    for (const [group, journal] of journals) {
      if (!(journal instanceof FileJournal)) continue;
      try {
        const lost = await host.checkStateFiles(group, journal.files, { restoreFromPeers: this.restoresFiles });
        if (lost !== undefined) this.filesLost.push(lost);
      } catch (error) {
        await this.stop();
        throw error;
      }
    }
    for (const [group, stateMachine] of journals) host.startGroup({ group, members, stateMachine, weakBytesMax });
    await host.connect();
  }

  #newJournal(group: GroupId): Journal {
    if (!this.#options.keepsFiles) return new Journal();
    const folder = this.folders.get(group) ?? new Map();
    this.folders.set(group, folder);
    return new FileJournal(folder);
  }

  /** Ends as a process does that was asked to. Returns what it has left open: both must be 0. */
  async stop({
    handsOver = false,
  }: {
    readonly handsOver?: boolean;
  } = {}): Promise<{ readonly timers: number; readonly files: number }> {
    const { host, clock } = this.#mustRun();
    await host.stop(handsOver ? {} : { handOverMs: 0 });
    this.#running = undefined;
    return { timers: clock.timers, files: this.disk.openFiles };
  }

  /** Dies at once; the disk is left as the crash leaves it. */
  async crash(kind: SimulatedCrash): Promise<void> {
    const { clock, transport } = this.#mustRun();
    this.#running = undefined;
    clock.die();
    this.disk = this.disk.crash(kind);
    this.freeDisk();
    await transport.close();
  }

  /** Neither ticks nor hears anything, as after SIGSTOP. */
  pause(): void {
    this.clock.pause();
    this.#options.network.pause(this.id);
  }

  resume(): void {
    this.clock.resume();
    this.#options.network.resume(this.id);
  }

  /** No disk operation completes any more until `freeDisk`. */
  stickDisk(): void {
    this.#diskIsStuck = true;
  }

  freeDisk(): void {
    this.#diskIsStuck = false;
    for (const complete of this.#stuckCompletions.splice(0)) setImmediate(complete);
  }

  /** Proposes under the node's own session. */
  propose(text: string, options: Partial<ProposeOptions> & { readonly group?: GroupId } = {}): Promise<Proposed> {
    return this.group(options.group).propose(Buffer.from(text), { timeoutMs: 5000, ...options });
  }

  /** Submits a command without a session. */
  submit(
    text: string,
    board: OutcomeBoard,
    token: number,
    { timeoutMs = 5000, acknowledge = 'applied' }: SubmitOptions = {},
  ): void {
    const payload = encodePayload({ session: 0, sequence: 0, acknowledgedBelow: 0 }, Buffer.from(text));
    this.group().submit(payload, this.host.nowMs() + timeoutMs, board, token, acknowledge);
  }

  #draw(): number {
    return this.#drawn.between(1, 2 ** 31);
  }

  #mustRun(): Running {
    if (this.#running === undefined) throw new Error(`node ${this.id} does not run`);
    return this.#running;
  }
}
