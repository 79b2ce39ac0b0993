// What every chapter of the tour needs, and what the nodes say about the group that holds the data.

import type { BalsaClient } from '@balsa/client';
import type { LocalCluster, LocalNode } from '@balsa/server';
import type { GroupStatusReport } from '@balsa/wire';
import type { Screen } from '../terminal/screen.ts';
import { waitFor } from './wait.ts';

export interface Stage {
  readonly screen: Screen;
  readonly cluster: LocalCluster;
  readonly client: BalsaClient;
  /** Aborted when the user has had enough. */
  readonly signal: AbortSignal;
}

export interface Leader {
  readonly node: LocalNode;
  readonly term: number;
}

/** The series are in group 1; group 0 holds the metadata. */
const DATA_GROUP = 1;

const STATUS_TIMEOUT_MS = 1000;
const ELECTION_WAIT_MS = 30_000;

/** The data group as a node sees it; `undefined` if the node does not answer. */
export async function dataGroupOf({ client, signal }: Stage, node: LocalNode): Promise<GroupStatusReport | undefined> {
  try {
    const { groups } = await client.status({ node: node.client, timeoutMs: STATUS_TIMEOUT_MS, signal });
    return groups.find(({ group }) => group === DATA_GROUP);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** Waits for a leader of the data group in a term after `term`. */
export async function waitForLeader(stage: Stage, term = 0): Promise<Leader> {
  return waitFor('a leader', () => findLeader(stage, term), ELECTION_WAIT_MS, stage.signal);
}

async function findLeader(stage: Stage, afterTerm: number): Promise<Leader | undefined> {
  const running = stage.cluster.nodes.filter((node) => node.running);
  const groups = await Promise.all(running.map((node) => dataGroupOf(stage, node)));
  const leaders = running.flatMap((node, at): Leader[] => {
    const group = groups[at];
    return group?.role === 'leader' && group.term > afterTerm ? [{ node, term: group.term }] : [];
  });
  // A leader that was cut off can for a moment believe it still leads: the newest term is the one that counts.
  return leaders.sort((a, b) => b.term - a.term)[0];
}
