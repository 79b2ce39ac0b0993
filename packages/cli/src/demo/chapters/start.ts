import { BalsaClient } from '@balsa/client';
import { LocalCluster } from '@balsa/server';
import { formatDuration } from '../../terminal/format.ts';
import type { Screen } from '../../terminal/screen.ts';
import { renderTable } from '../../terminal/table.ts';
import type { DemoFolder } from '../folder.ts';
import { type Leader, type Stage, waitForLeader } from '../stage.ts';

const NODES = 3;
const CONNECT_TIMEOUT_MS = 10_000;

/** Starts three node processes and a client; whoever gets the stage must close the one and stop the other. */
export async function startCluster(screen: Screen, folder: DemoFolder, signal: AbortSignal): Promise<Stage> {
  screen.heading(1, 'Start three nodes');
  screen.transient('starting …');
  const startedMs = performance.now();
  const cluster = await LocalCluster.start({ nodes: NODES, folder: folder.path, durability: 'sync' });
  try {
    signal.throwIfAborted();
    const addresses = cluster.nodes.map((node) => node.client);
    const client = await BalsaClient.connect({ nodes: addresses, timeoutMs: CONNECT_TIMEOUT_MS });
    const stage: Stage = { screen, cluster, client, signal };
    describe(stage, await waitForLeader(stage), folder, performance.now() - startedMs);
    return stage;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function describe({ screen, cluster }: Stage, leader: Leader, folder: DemoFolder, elapsedMs: number): void {
  const lines = renderTable(
    [
      { title: 'node', align: 'right' },
      { title: 'process', align: 'right' },
      { title: 'clients', align: 'left' },
      { title: 'HTTP', align: 'left' },
    ],
    cluster.nodes.map(({ id, pid, client, http }) => [`${id}`, `${pid}`, client, http]),
  );
  for (const [at, line] of lines.entries()) screen.line(at === 0 ? screen.style.faint(line) : line);
  screen.line(`up after ${formatDuration(elapsedMs)}; node ${leader.node.id} leads; data are in ${folder.shownPath}`);
}
