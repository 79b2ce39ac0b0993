// A leader that answers a read at once, by its lease, counts on nobody else to lead. It is asked when that hurts most: while it
// believes to lead, and another does. (Whoever asks a quorum first cannot be wrong: the quorum knows of the other.)

import type { GroupId } from '@balsa/raft';
import { type Oracles, Violation } from '../oracles.ts';
import type { Scheduler } from '../scheduler.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { Verdict } from './verdict.ts';

export interface LeaseOraclePorts {
  readonly scheduler: Scheduler;
  readonly nodes: readonly SimulatedNode[];
  readonly oraclesOf: (group: GroupId) => Oracles;
  readonly verdict: Verdict;
}

/** After the election of the other. */
const askedAfterMs = [0, 10, 25, 50, 100];
const timeoutMs = 300;

export class LeaseOracle {
  readonly #ports: LeaseOraclePorts;

  constructor(ports: LeaseOraclePorts) {
    this.#ports = ports;
  }

  leaderElected(elected: SimulatedNode, group: GroupId): void {
    const { scheduler, nodes } = this.#ports;
    const replaced = nodes.filter((node) => node !== elected && node.group(group)?.isLeader === true);
    for (const node of replaced) {
      for (const ms of askedAfterMs) scheduler.after(ms, () => this.#ask(node, group));
    }
  }

  #ask(node: SimulatedNode, group: GroupId): void {
    const { oraclesOf, verdict } = this.#ports;
    const { process } = node;
    process?.run(() => {
      const { running } = node;
      const asked = node.group(group);
      if (running === undefined || asked?.isLeader !== true) return;
      const { term } = asked.status();
      const { newestTerm } = oraclesOf(group);
      const answered = running.questions.ask(group, 'read', timeoutMs);
      asked
        .readBarrier({ timeoutMs })
        .finally(answered)
        .then(
          () => {
            if (!process.isAlive || !asked.isLeader || asked.status().term !== term || newestTerm <= term) return;
            const words = `node ${node.id} reads by its lease of term ${term}, and term ${newestTerm} has a leader`;
            verdict.note(new Violation('leases', `group ${group}: ${words}`));
          },
          // Nobody needs this answer, and those who ask in earnest check what is refused.
          () => {},
        );
    });
  }
}
