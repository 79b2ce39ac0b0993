// Reads that may be out of date, but no more than so many milliseconds and entries. A leader knows since when a quorum has followed
// it; anybody else goes by the newest heartbeat that arrived, which is as old as it was under way, and by a leader that
// may have been replaced for an election timeout without knowing it.

import { type Index, type Message, MessageType, type NodeId } from '@balsa/raft';
import type { ReadLag } from '@balsa/replica';
import { Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import { electionMs } from '../timing.ts';
import type { NodesScenario } from './scenario.ts';

/** What was known at some time. */
interface Word {
  readonly atMs: number;
  readonly commitIndex: Index;
}

/** Election timeouts are measured in ticks, and leadership is given up at a tick. */
const replacedMsMax = 3 * electionMs;

export class StalenessOracle {
  readonly #scheduler: Scheduler;
  readonly #driftMax: number;
  /** How long a heartbeat can be under way. */
  readonly #delayMsMax: number;
  readonly #committed: Word[] = [];
  readonly #heard = new Map<NodeId, Word[]>();

  constructor(scheduler: Scheduler, { clock, network, faults }: NodesScenario) {
    this.#scheduler = scheduler;
    this.#driftMax = clock.driftMax;
    const { straggleProbability, replayProbability, clogMeanMs, delayMsMax, farNodeMs } = network;
    const isPunctual = straggleProbability + replayProbability + clogMeanMs === 0;
    const runsOn = faults.pauseMeanMs + faults.strikeProbability === 0;
    this.#delayMsMax = isPunctual && runsOn ? delayMsMax + 2 * farNodeMs : Number.POSITIVE_INFINITY;
  }

  /** Anybody has committed up to this index, as the first. */
  committed(commitIndex: Index): void {
    this.#committed.push({ atMs: this.#scheduler.nowMs, commitIndex });
  }

  heard(node: NodeId, message: Message): void {
    if (message.type !== MessageType.heartbeat || message.leaderCommitIndex === undefined) return;
    const word = { atMs: this.#scheduler.nowMs, commitIndex: message.leaderCommitIndex };
    const words = this.#heard.get(node);
    if (words === undefined) this.#heard.set(node, [word]);
    else words.push(word);
  }

  /** A read begins; the returned function is told up to where it sees. @throws Violation */
  began(node: NodeId, { ms, entries }: ReadLag, isLeader: boolean): (appliedIndex: Index) => void {
    const sinceMs = this.#scheduler.nowMs - ms / (1 - this.#driftMax) - 1;
    const now = this.#committedAt(this.#scheduler.nowMs);
    const delayMs = isLeader ? 0 : this.#delayMsMax + replacedMsMax;
    const word = isLeader ? 0 : this.#oldestHeard(node, sinceMs);
    const least = Math.min(now, Math.max(word, this.#committedAt(sinceMs - delayMs)) - entries);
    return (appliedIndex) => {
      if (appliedIndex >= least) return;
      const what = `node ${node} reads at ${appliedIndex}, ${ms} ms and ${entries} entries behind at most`;
      throw new Violation('bounded staleness', `${what}; it must see ${least}, and ${now} was committed`);
    };
  }

  #committedAt(atMs: number): Index {
    return this.#committed.findLast((word) => word.atMs <= atMs)?.commitIndex ?? 0;
  }

  /** Of what it has heard lately; infinite: nothing, so that it knows nothing. */
  #oldestHeard(node: NodeId, sinceMs: number): Index {
    const words = this.#heard.get(node) ?? [];
    let oldest = Number.POSITIVE_INFINITY;
    for (let i = words.length - 1; i >= 0 && words[i]!.atMs >= sinceMs; i--) {
      oldest = Math.min(oldest, words[i]!.commitIndex);
    }
    return oldest;
  }
}
