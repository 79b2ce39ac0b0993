// The first thing a person sees of Balsa, in five chapters: start a cluster, fill it, read it, break it, check it.

import { formatCount, formatDuration } from '../terminal/format.ts';
import type { Screen } from '../terminal/screen.ts';
import { showAverages } from './chapters/averages.ts';
import { killLeader } from './chapters/failover.ts';
import { sayGoodbye, sayWhatNext } from './chapters/farewell.ts';
import { importWeather } from './chapters/import.ts';
import { proveNothingLost } from './chapters/proof.ts';
import { startCluster } from './chapters/start.ts';
import { recordingOf } from './fleet.ts';
import { type DemoFolder, openDemoFolder } from './folder.ts';
import { type Stage, waitForLeader } from './stage.ts';
import { readTimeTable, type TimeTable, weatherFile } from './weather.ts';

export interface TourOptions {
  /** Weather stations to import. */
  readonly devices: number;
  readonly folder: string | undefined;
  readonly keep: boolean;
  /** Whether the cluster stays up after the tour, until the signal. */
  readonly stay: boolean;
}

/** What `--json` prints. Field names are part of the command's contract. */
export interface TourResult {
  readonly nodes: number;
  /** Distinct (series, timestamp) pairs that the cluster holds in the end. */
  readonly points: number;
  /** Points whose write was acknowledged to the client. */
  readonly acknowledged: number;
  /** Acknowledged points that a node lacks or holds with another value, added up over all nodes. */
  readonly lost: number;
  /** The longest time without an acknowledgement around the kill of the leader. */
  readonly failoverMs: number;
  /** All nodes gave the same checksum at the same applied index. */
  readonly replicasEqual: boolean;
}

export interface TourOutcome {
  readonly result: TourResult;
  /** Nothing lost, nothing applied twice, replicas equal. */
  readonly isGood: boolean;
}

/**
 * Runs the whole tour, and leaves nothing behind: no process, and no data but those that are to be kept.
 * `onOutcome` hears the outcome before the cluster is left up for the user to try.
 * @throws CliError; the errors of the client and the server; the signal's reason if it is aborted before the outcome.
 */
export async function runTour(
  screen: Screen,
  options: TourOptions,
  signal: AbortSignal,
  onOutcome: (outcome: TourOutcome) => void,
): Promise<void> {
  const { strong, faint } = screen.style;
  const table = await readTimeTable(weatherFile);
  const folder = await openDemoFolder(options.folder, options.keep);
  try {
    screen.raw(`\n  ${strong('Balsa')}${faint(': three nodes, a year of weather, one killed leader')}`);
    const stage = await startCluster(screen, folder, signal);
    try {
      const outcome = await playChapters(stage, table, options.devices);
      sayOutcome(screen, outcome);
      onOutcome(outcome);
      if (options.stay) await stayUp(stage, folder);
    } finally {
      await strike(stage);
    }
  } finally {
    screen.transient('');
    await folder.remove();
  }
  if (options.stay) sayGoodbye(screen, folder);
}

async function playChapters(stage: Stage, table: TimeTable, devices: number): Promise<TourOutcome> {
  const imported = await importWeather(stage, table, devices);

  const leader = await waitForLeader(stage);
  const follower = stage.cluster.nodes.find(({ id }) => id !== leader.node.id) ?? leader.node;
  await showAverages(stage, follower, table);

  const { writers, failoverMs } = await killLeader(stage);

  const stations = Array.from({ length: devices }, (_, at) => recordingOf(table, at + 1));
  const rowsSent = devices * table.timestamps.length + writers.acknowledgedPoints + writers.unconfirmedPoints;
  const proof = await proveNothingLost(stage, [...stations, ...writers.records()], rowsSent);
  const result: TourResult = {
    nodes: stage.cluster.nodes.length,
    points: proof.points,
    acknowledged: imported + writers.acknowledgedPoints,
    lost: proof.lost,
    failoverMs,
    replicasEqual: proof.replicasEqual,
  };
  return { result, isGood: proof.lost === 0 && proof.appliedTwice === 0 && proof.replicasEqual };
}

function sayOutcome({ raw, style }: Screen, { result, isGood }: TourOutcome): void {
  const { acknowledged, lost, failoverMs, replicasEqual } = result;
  const equal = replicasEqual ? 'replicas are equal' : 'replicas DIFFER';
  const mark = isGood ? style.good('✔') : style.bad('✘');
  raw(
    `\n  ${mark}  ${style.strong(`${formatCount(acknowledged)} points acknowledged, ${formatCount(lost)} lost; ${equal}`)}`,
  );
  raw(style.faint(`     writes stood still for ${formatDuration(failoverMs)} while a new leader was elected`));
}

async function stayUp(stage: Stage, folder: DemoFolder): Promise<void> {
  sayWhatNext(stage, folder);
  const { signal } = stage;
  // A timer keeps the process alive: a promise alone does not.
  const alive = setInterval(() => {}, 60_000);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  clearInterval(alive);
}

async function strike({ client, cluster, screen }: Stage): Promise<void> {
  screen.transient('stopping …');
  await client.close();
  await cluster.stop();
}
