import { formatCount, formatDuration } from '../../terminal/format.ts';
import { dataGroupOf, type Leader, type Stage, waitForLeader } from '../stage.ts';
import { pause, waitFor } from '../wait.ts';
import { SENSORS, SensorWriters } from '../writer.ts';

/** Long enough that the kill hits writers in full swing. */
const WARM_UP_MS = 1000;
/** Acknowledged writes after which the new leader is taken to have settled. */
const SETTLED_WRITES = 200;
const RESUME_WAIT_MS = 30_000;
const CATCH_UP_WAIT_MS = 60_000;

export interface Failover {
  /** Stopped: what they had acknowledged is final. */
  readonly writers: SensorWriters;
  /** The longest time without an acknowledgement around the kill. */
  readonly failoverMs: number;
}

/** Kills the leader under load, waits for the next, and brings the dead node back. */
export async function killLeader(stage: Stage): Promise<Failover> {
  const { screen, client, signal } = stage;
  screen.heading(4, 'Kill the leader in the middle of writing');
  const writers = new SensorWriters(client, signal);
  try {
    await pause(WARM_UP_MS, signal);
    const old = await waitForLeader(stage);
    const failoverMs = await replaceLeader(stage, writers, old);
    await bringBack(stage, writers, old);
    return { writers, failoverMs };
  } finally {
    screen.transient('');
    await writers.stop();
  }
}

async function replaceLeader(stage: Stage, writers: SensorWriters, old: Leader): Promise<number> {
  const { screen, cluster, signal } = stage;
  const { strong } = screen.style;
  screen.line(
    `${SENSORS} sensors write without a pause; ${formatCount(writers.acknowledgedWrites)} writes are acknowledged`,
  );
  writers.watchGaps();
  await cluster.kill(old.node.id, 'SIGKILL');
  screen.line(`kill -9 ${old.node.pid}: node ${old.node.id}, the leader, is gone`);
  screen.transient('the others elect a new leader …');

  const leader = await waitForLeader(stage, old.term);
  const settled = writers.acknowledgedWrites + SETTLED_WRITES;
  await waitFor(
    'writes to go on',
    async () => writers.acknowledgedWrites >= settled || undefined,
    RESUME_WAIT_MS,
    signal,
  );
  const failoverMs = Math.round(writers.longestGapMs);
  screen.line(
    `node ${leader.node.id} leads now, in term ${leader.term}; ${strong(`writes stood still for ${formatDuration(failoverMs)}`)}`,
  );
  return failoverMs;
}

/** Starts the dead node while writes go on, and waits until it has applied what was committed before it came back. */
async function bringBack(stage: Stage, writers: SensorWriters, old: Leader): Promise<void> {
  const { screen, cluster, signal } = stage;
  const startedMs = performance.now();
  screen.transient(`node ${old.node.id} starts again …`);
  await cluster.start(old.node.id);
  const leader = await waitForLeader(stage, old.term);
  const target = (await dataGroupOf(stage, leader.node))?.commitIndex ?? 0;
  const caughtUp = async () => {
    const group = await dataGroupOf(stage, old.node);
    return (group !== undefined && group.appliedIndex >= target) || undefined;
  };
  await waitFor(`node ${old.node.id} to catch up`, caughtUp, CATCH_UP_WAIT_MS, signal);
  const took = formatDuration(performance.now() - startedMs);
  screen.line(`node ${old.node.id} is back and has caught up after ${took}, while writes went on:`);
  screen.line(`${formatCount(writers.acknowledgedWrites)} writes are acknowledged`);
}
