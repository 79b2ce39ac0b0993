// Who led, and how often and for how long nobody did.

import { type NodeId, Role, type RoleEffect } from '@balsa/raft';
import type { ElectionStatistics } from './report.ts';
import { WindowedDistribution } from './windowed-distribution.ts';

export class ElectionCollector {
  readonly #leaderlessMs: WindowedDistribution;
  #leader: NodeId | undefined;
  #leaderlessSinceMs: number;
  #preCampaigns = 0;
  #campaigns = 0;
  #won = 0;
  #votesGranted = 0;
  #leadersSeen = 0;
  #failedTransfers = 0;

  /** `leader`: who is known to lead now. */
  constructor(windowMs: number, leader: NodeId | undefined, nowMs: number) {
    this.#leaderlessMs = WindowedDistribution.ofMs(windowMs);
    this.#leader = leader;
    this.#leaderlessSinceMs = nowMs;
  }

  roleChanged({ role, leader }: RoleEffect, atMs: number): void {
    if (role === Role.preCandidate) this.#preCampaigns++;
    else if (role === Role.candidate) this.#campaigns++;
    else if (role === Role.leader) this.#won++;
    if (leader === undefined) {
      if (this.#leader !== undefined) this.#leaderlessSinceMs = atMs;
    } else if (leader !== this.#leader) {
      this.#leadersSeen++;
      if (this.#leader === undefined) this.#leaderlessMs.record(atMs - this.#leaderlessSinceMs, atMs);
    }
    this.#leader = leader;
  }

  voteGranted(): void {
    this.#votesGranted++;
  }

  transferFailed(): void {
    this.#failedTransfers++;
  }

  report(nowMs: number, sinceMs: number): ElectionStatistics {
    return {
      preCampaigns: this.#preCampaigns,
      campaigns: this.#campaigns,
      won: this.#won,
      votesGranted: this.#votesGranted,
      leadersSeen: this.#leadersSeen,
      leaderlessMs: this.#leaderlessMs.report(nowMs, sinceMs),
      failedTransfers: this.#failedTransfers,
    };
  }
}
