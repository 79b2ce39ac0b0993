// Collects the statistics of one member of one group. The group tells it what goes into the core and what comes out; all times but
// those around the state machine are that of the input at hand, so that most of what is collected costs no look at the clock.

import {
  type Batch,
  type Effect,
  type GroupId,
  type Message,
  MessageType,
  membersOf,
  type NodeId,
  type Raft,
  Role,
} from '@balsa/raft';
import type { ProposedBatch } from './batch-timings.ts';
import { ElectionCollector } from './election-collector.ts';
import { FollowerCollector } from './follower-collector.ts';
import { IndexTimes } from './index-times.ts';
import { LeaderCollector } from './leader-collector.ts';
import type { GroupStatistics } from './report.ts';
import type { StatisticsSettings } from './settings.ts';
import { SnapshotCollector } from './snapshot-collector.ts';
import { WindowedDistribution } from './windowed-distribution.ts';

export interface GroupCollectorPorts {
  readonly group: GroupId;
  readonly nodeId: NodeId;
  readonly settings: StatisticsSettings;
  readonly nowMs: () => number;
  readonly raft: Pick<Raft, 'leader' | 'term'>;
  /** When the log began to write what it has just reported as durable; `undefined`: it does not tell. */
  readonly lastWriteBeganMs: () => number | undefined;
}

export class GroupCollector {
  readonly #ports: GroupCollectorPorts;
  readonly #sinceMs: number;
  readonly #leader: LeaderCollector;
  readonly #follower: FollowerCollector;
  readonly #elections: ElectionCollector;
  readonly snapshots: SnapshotCollector;
  readonly #durableMs: WindowedDistribution;
  readonly #hardStateMs: WindowedDistribution;
  readonly #appendHandlingMs: WindowedDistribution;
  readonly #ackHandlingMs: WindowedDistribution;
  readonly #applyMs: WindowedDistribution;
  readonly #applyEntries: WindowedDistribution;
  readonly #applyBytes: WindowedDistribution;
  readonly #barrierMs: WindowedDistribution;
  readonly #forwardMs: WindowedDistribution;
  readonly #leaderWaitMs: WindowedDistribution;
  /** Of appends, by their sequence. */
  readonly #notDurable = new IndexTimes();
  /** Of saves of the hard state, by their sequence. */
  readonly #notSaved = new IndexTimes();
  #failedBarriers = 0;
  #withinLag = 0;
  /** Of the input at hand. */
  #atMs: number;
  /** Who sent it; this node, if it was no message. */
  #cause: NodeId;
  /** When the message came that is being handled. */
  #messageMs: number | undefined;
  #lookedAtMs: number;

  constructor(ports: GroupCollectorPorts) {
    const { settings, nodeId, raft } = ports;
    const { windowMs } = settings;
    const nowMs = ports.nowMs();
    this.#ports = ports;
    this.#sinceMs = nowMs;
    this.#atMs = nowMs;
    this.#lookedAtMs = nowMs;
    this.#cause = nodeId;
    this.#leader = new LeaderCollector(settings, nodeId);
    this.#follower = new FollowerCollector(windowMs);
    this.#elections = new ElectionCollector(windowMs, raft.leader, nowMs);
    this.snapshots = new SnapshotCollector(windowMs, ports.nowMs);
    this.#durableMs = WindowedDistribution.ofMs(windowMs);
    this.#hardStateMs = WindowedDistribution.ofMs(windowMs);
    this.#appendHandlingMs = WindowedDistribution.ofMs(windowMs);
    this.#ackHandlingMs = WindowedDistribution.ofMs(windowMs);
    this.#applyMs = WindowedDistribution.ofMs(windowMs);
    this.#applyEntries = WindowedDistribution.ofWhole(windowMs);
    this.#applyBytes = WindowedDistribution.ofWhole(windowMs);
    this.#barrierMs = WindowedDistribution.ofMs(windowMs);
    this.#forwardMs = WindowedDistribution.ofMs(windowMs);
    this.#leaderWaitMs = WindowedDistribution.ofMs(windowMs);
  }

  nowMs(): number {
    return this.#ports.nowMs();
  }

  /** Nobody has asked for so long that nothing more is to be collected. */
  isForgotten(nowMs: number): boolean {
    const { collect, forgetAfterMs } = this.#ports.settings;
    return collect === 'onDemand' && nowMs - this.#lookedAtMs >= forgetAfterMs;
  }

  // --- inputs of the core ------------------------------------------------------------------------------------------

  /** What follows is one input, and the effects that it has. */
  inputBegins(nowMs: number): void {
    this.#atMs = nowMs;
    this.#cause = this.#ports.nodeId;
  }

  /** The core has taken it in; its effects have not been carried out yet. */
  messageArrived(message: Message): void {
    this.#cause = message.from;
    this.#messageMs = this.#atMs;
    if (message.term !== this.#ports.raft.term) return;
    switch (message.type) {
      case MessageType.append:
        this.#follower.appendArrived(message, this.#atMs);
        break;
      case MessageType.heartbeat:
        this.#follower.heartbeatArrived(message, this.#atMs);
        break;
      case MessageType.appendAck:
        this.#leader.acknowledged(message, this.#atMs);
        break;
      case MessageType.heartbeatAck:
        this.#leader.heartbeatAnswered(message, this.#atMs);
        this.#leader.acknowledged(message, this.#atMs);
        break;
      case MessageType.appendReject:
        this.#leader.rejected(message.from);
        break;
      default:
        break;
    }
  }

  /** All that followed from the message has been carried out. */
  messageHandled({ type }: Message): void {
    const beganMs = this.#messageMs;
    this.#messageMs = undefined;
    const isTimed = type === MessageType.append || type === MessageType.appendAck;
    // A group that has failed takes nothing in.
    if (!isTimed || beganMs === undefined) return;
    const nowMs = this.nowMs();
    const handlingMs = type === MessageType.append ? this.#appendHandlingMs : this.#ackHandlingMs;
    handlingMs.record(nowMs - beganMs, nowMs);
  }

  /** The log has made durable what was handed to it. */
  appended(sequence: number): void {
    this.#notDurable.recordUpTo(sequence, this.#durableMs, this.#atMs);
    this.#leader.durable(sequence, this.#ports.lastWriteBeganMs(), this.#atMs);
  }

  hardStateSaved(sequence: number): void {
    this.#notSaved.recordUpTo(sequence, this.#hardStateMs, this.#atMs);
  }

  // --- its effects -------------------------------------------------------------------------------------------------

  /** Is about to be carried out. */
  effect(effect: Effect): void {
    switch (effect.type) {
      case 'append':
        this.#notDurable.push(effect.sequence, this.#atMs);
        this.#leader.appended(effect.batch, effect.sequence, this.#atMs);
        break;
      case 'saveHardState':
        this.#notSaved.push(effect.sequence, this.#atMs);
        break;
      case 'commit':
        this.#leader.committed(effect.index, this.#cause, this.#atMs);
        break;
      case 'role':
        this.#elections.roleChanged(effect, this.#atMs);
        if (effect.role !== Role.leader) this.#leader.leadershipEnded();
        break;
      case 'configuration':
        this.#leader.membersChanged(membersOf(effect.configuration));
        break;
      case 'transferFailed':
        this.#elections.transferFailed();
        break;
      case 'sendSnapshot':
        this.snapshots.offered();
        break;
      default:
        break;
    }
  }

  /** `taken`: the transport has taken the message. */
  messageSent(message: Message, taken: boolean): void {
    if (!taken) {
      if (message.type === MessageType.append && message.leader !== this.#ports.nodeId) this.#follower.couldNotPassOn();
      else this.#leader.refused(message.to);
      return;
    }
    switch (message.type) {
      case MessageType.append:
        if (message.leader === this.#ports.nodeId) this.#leader.appendSent(message, this.#atMs);
        else this.#follower.passedOn(message);
        break;
      case MessageType.heartbeat:
        this.#leader.heartbeatSent(message, this.#atMs);
        break;
      case MessageType.appendAck:
        this.#follower.ackSent(message.durableIndex, this.#atMs);
        break;
      case MessageType.appendReject:
        this.#follower.rejected(message, this.#atMs);
        break;
      case MessageType.voteResponse:
        if (message.granted) this.#elections.voteGranted();
        break;
      default:
        break;
    }
  }

  // --- around the core ---------------------------------------------------------------------------------------------

  proposed(batch: ProposedBatch): void {
    this.#leader.proposed(batch);
  }

  /** The state machine has taken a batch of entries since `beganMs`. */
  applied(batch: Batch, beganMs: number): void {
    const nowMs = this.nowMs();
    this.#applyMs.record(nowMs - beganMs, nowMs);
    this.#applyEntries.record(batch.count, nowMs);
    this.#applyBytes.record(batch.bytes.length, nowMs);
    this.#leader.applied(batch, beganMs, nowMs);
  }

  readServed(beganMs: number): void {
    const nowMs = this.nowMs();
    this.#barrierMs.record(nowMs - beganMs, nowMs);
  }

  readFailed(): void {
    this.#failedBarriers++;
  }

  readWithinLag(): void {
    this.#withinLag++;
  }

  /** A proposal of this node's was answered by the leader. */
  forwarded(beganMs: number): void {
    const nowMs = this.nowMs();
    this.#forwardMs.record(nowMs - beganMs, nowMs);
  }

  /** A proposal has found a leader. */
  leaderFound(beganMs: number): void {
    const nowMs = this.nowMs();
    this.#leaderWaitMs.record(nowMs - beganMs, nowMs);
  }

  // --- the report --------------------------------------------------------------------------------------------------

  report(): GroupStatistics {
    const { group, settings, raft } = this.#ports;
    const nowMs = this.nowMs();
    const sinceMs = this.#sinceMs;
    this.#lookedAtMs = nowMs;
    return {
      group,
      nowMs,
      sinceMs,
      windowMs: settings.windowMs,
      proposals: {
        ...this.#leader.proposals(nowMs, sinceMs),
        forwardMs: this.#forwardMs.report(nowMs, sinceMs),
        leaderWaitMs: this.#leaderWaitMs.report(nowMs, sinceMs),
      },
      peers: this.#leader.peers(nowMs, sinceMs),
      follower: this.#follower.report(raft.term, nowMs, sinceMs),
      storage: {
        durableMs: this.#durableMs.report(nowMs, sinceMs),
        hardStateMs: this.#hardStateMs.report(nowMs, sinceMs),
      },
      handling: {
        appendMs: this.#appendHandlingMs.report(nowMs, sinceMs),
        acknowledgementMs: this.#ackHandlingMs.report(nowMs, sinceMs),
      },
      apply: {
        batchMs: this.#applyMs.report(nowMs, sinceMs),
        batchEntries: this.#applyEntries.report(nowMs, sinceMs),
        batchBytes: this.#applyBytes.report(nowMs, sinceMs),
      },
      reads: {
        barrierMs: this.#barrierMs.report(nowMs, sinceMs),
        failedBarriers: this.#failedBarriers,
        withinLag: this.#withinLag,
      },
      elections: this.#elections.report(nowMs, sinceMs),
      snapshots: this.snapshots.report(nowMs, sinceMs),
      slowBatches: this.#leader.slowBatches(nowMs),
    };
  }
}
