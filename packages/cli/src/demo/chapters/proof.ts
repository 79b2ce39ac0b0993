import type { QueryOptions } from '@balsa/client';
import type { LocalNode } from '@balsa/server';
import type { StoreStatistics } from '@balsa/wire';
import { formatCount } from '../../terminal/format.ts';
import { renderTable } from '../../terminal/table.ts';
import type { Recording } from '../fleet.ts';
import type { Stage } from '../stage.ts';
import { countLost } from '../verify.ts';
import { waitFor } from '../wait.ts';

const EQUAL_WAIT_MS = 30_000;
const READ_TIMEOUT_MS = 10_000;

export interface Proof {
  /** Distinct points in the cluster. */
  readonly points: number;
  /** Acknowledged points that are missing or different, added up over all nodes. */
  readonly lost: number;
  /** All nodes gave the same checksum at the same applied index. */
  readonly replicasEqual: boolean;
  /** Rows that all nodes together applied beyond those that were sent. */
  readonly appliedTwice: number;
}

/** Compares every node's replica with the others and with all that was acknowledged. Nothing must be writing. */
export async function proveNothingLost(stage: Stage, expected: readonly Recording[], rowsSent: number): Promise<Proof> {
  const { screen, cluster, client, signal } = stage;
  screen.heading(5, 'Check that nothing was lost');
  screen.transient('reading every point back from every node …');
  const { nodes } = cluster;
  const statistics = await statisticsAtOneIndex(stage, nodes);
  const lost = await Promise.all(nodes.map((node) => countLost(client, node.client, expected, signal)));
  const acknowledged = expected.reduce(
    (sum, { timestamps, measurements }) => sum + timestamps.length * measurements.length,
    0,
  );

  const rows = nodes.map(({ id }, at) => [
    `${id}`,
    formatCount(statistics[at]?.appliedIndex ?? 0),
    (statistics[at]?.checksum ?? 0).toString(16).padStart(8, '0'),
    formatCount(acknowledged),
    formatCount(lost[at] ?? 0),
  ]);
  const titles = ['node', 'applied index', 'checksum', 'points compared', 'lost'];
  const lines = renderTable(
    titles.map((title) => ({ title, align: 'right' })),
    rows,
  );
  for (const [at, line] of lines.entries()) screen.line(at === 0 ? screen.style.faint(line) : line);

  const appliedTwice = statistics.reduce((sum, { rowsApplied }) => sum + Math.max(0, rowsApplied - rowsSent), 0);
  screen.line(
    appliedTwice === 0
      ? 'and no row was applied twice'
      : screen.style.bad(`${formatCount(appliedTwice)} rows were applied twice`),
  );

  const first = statistics[0];
  return {
    points: Math.max(...statistics.map(({ points }) => points)),
    lost: lost.reduce((sum, count) => sum + count, 0),
    replicasEqual: statistics.every(
      ({ appliedIndex, checksum }) => appliedIndex === first?.appliedIndex && checksum === first.checksum,
    ),
    appliedTwice,
  };
}

/**
 * Followers apply a moment after the leader: waits until all have applied the same, but not for equal checksums. Nodes that have not are
 * not asked for statistics, which takes reading all that they store.
 */
async function statisticsAtOneIndex(
  { client, signal }: Stage,
  nodes: readonly LocalNode[],
): Promise<StoreStatistics[]> {
  const ask = async () => {
    const of = <Answer>(question: (options: QueryOptions) => Promise<Answer>) =>
      Promise.all(nodes.map((node) => question({ node: node.client, timeoutMs: READ_TIMEOUT_MS, signal })));
    const statuses = await of((options) => client.status(options));
    if (new Set(statuses.map(({ store }) => store?.appliedIndex)).size !== 1) return undefined;
    const all = await of((options) => client.statistics(options));
    return new Set(all.map(({ appliedIndex }) => appliedIndex)).size === 1 ? all : undefined;
  };
  return waitFor('all nodes to have applied the same', ask, EQUAL_WAIT_MS, signal);
}
