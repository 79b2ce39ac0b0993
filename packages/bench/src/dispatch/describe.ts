// The report as text.

import { fineSpread, wholeSpread } from '../measure/spread-text.ts';
import { textTable } from '../text-table.ts';
import type { DispatchReport, RoundReport, ShapeReport, StrategyReport } from './report.ts';

export function describeDispatch(report: DispatchReport): string {
  const { settings, shapes } = report;
  const { clients, groups, seconds, warmupSeconds, rounds, egressMbit, slow, zones, compressible } = settings;
  const caps = egressMbit === null ? 'links are not capped' : `each node sends ${egressMbit} Mbit/s at most`;
  const slower = slow.map(({ node, factor }) => `, node ${node} a ${factor}th of that`).join('');
  const places = zones.length === 0 ? '' : `, nodes in zones ${zones.join(', ')}`;
  const heading =
    `${groups} group${groups === 1 ? '' : 's'}, ${clients} clients in the leader's process; ${caps}${slower}${places}; ` +
    `${Math.round(100 * compressible)} % of each entry packs; ${rounds} rounds of ${seconds} s after ${warmupSeconds} s of warm-up, strategies in turn; ` +
    'median (min-max)';
  return [heading, ...shapes.flatMap((shape) => ['', ...describeShape(shape)])].join('\n');
}

function describeShape({ nodes, valueBytes, limits, strategies, replicasEqual }: ShapeReport): string[] {
  const against = strategies[0]!.strategy;
  const table = textTable([
    ['', 'entries/s', 'MB/s', 'of limit', `of ${against}`, 'p50 ms', 'p99 ms', 'CPU us/entry', 'leader', 'unevenness'],
    ...strategies.map(rowOf),
  ]);
  return [
    `${nodes} nodes, ${valueBytes} bytes` +
      (limits === null
        ? ''
        : `; the links allow ${megabytes(limits.direct)} MB/s directly, ${megabytes(limits.relay)} through relays`),
    table,
    ...strategies.flatMap(toldEarly),
    ...strategies.flatMap(sentBy),
    ...strategies.flatMap(crossed),
    ...strategies.flatMap(slowness),
    ...strategies.flatMap(kills),
    ...strategies.flatMap(troubles),
    ...(replicasEqual ? [] : ['the replicas are DIFFERENT: FAILED']),
  ];
}

function rowOf(it: StrategyReport): string[] {
  return [
    it.strategy,
    wholeSpread(it.entriesPerSecond),
    megabytes(it.payloadBytesPerSecond.median),
    it.ofLimit === null ? '-' : `${(100 * it.ofLimit.median).toFixed(0)} %`,
    it.ratios === null ? '-' : it.ratios.entriesPerSecond.toFixed(2),
    fineSpread(it.p50Ms),
    fineSpread(it.p99Ms),
    fineSpread(it.cpuUsPerEntry),
    fineSpread(it.leaderCpuUsPerEntry),
    it.sentUnevenness === null ? '-' : it.sentUnevenness.median.toFixed(2),
  ];
}

function toldEarly({ strategy, acknowledge, hasWindow, appliedPerSecond }: StrategyReport): string[] {
  if (acknowledge === 'applied') return [];
  const window = hasWindow ? '' : ', and followers had no window';
  return [`${strategy}: clients waited for ${acknowledge}${window}; applied/s: ${wholeSpread(appliedPerSecond)}`];
}

function sentBy({ strategy, sentBytesPerSecond }: StrategyReport): string[] {
  if (sentBytesPerSecond === null) return [];
  return [
    `${strategy}: MB/s sent by each node: ${sentBytesPerSecond.map(({ median }) => megabytes(median)).join(' ')}`,
  ];
}

function crossed({ strategy, crossings }: StrategyReport): string[] {
  return crossings === null ? [] : [`${strategy}: each entry crossed from zone to zone ${fineSpread(crossings)} times`];
}

function slowness({ strategy, slowness: measured }: StrategyReport): string[] {
  if (measured === null) return [];
  const { ratios, p99Ms, entriesPerSecond } = measured;
  return [
    `${strategy}: with the slow nodes ${ratios.entriesPerSecond.toFixed(2)} of the entries without them, ` +
      `which are ${wholeSpread(entriesPerSecond)}, and ${ratios.p99.toFixed(2)} times their p99, which is ${fineSpread(p99Ms)} ms`,
  ];
}

function kills({ strategy, kills: all }: StrategyReport): string[] {
  return all.map((kill) => {
    const recovered = kill.recoveredMs === null ? 'not seen' : `${kill.recoveredMs} ms`;
    return (
      `${strategy}: node ${kill.killed} killed: others were fed through it for ${kill.relayedForMs.toFixed(0)} ms; nothing was committed for ` +
      `${kill.longestStallMs.toFixed(0)} ms at most (before: ${kill.longestStallMsBefore.toFixed(0)}), nobody waited longer than ` +
      `${kill.longestCommitMs.toFixed(0)} ms (before: ${kill.longestCommitMsBefore.toFixed(0)}; a retry and a round trip take ${kill.retryMs.toFixed(0)}` +
      `${kill.isWithinRetry ? '' : ': LONGER'}); 80 % of the entries again after: ${recovered}`
    );
  });
}

/** What should not occur, in each round in which it did. */
function troubles({ strategy, rounds }: StrategyReport): string[] {
  return rounds.flatMap((round, i) => {
    const words = troublesOf(round);
    return words.length === 0 ? [] : [`${strategy}, round ${i + 1}: ${words.join(', ')}`];
  });
}

function troublesOf({ failed, leaderChanged, followers }: RoundReport): string[] {
  const sums = { restarts: 0, rejectedAppends: 0, refusedMessages: 0 };
  for (const { restarts, rejectedAppends, refusedMessages } of followers) {
    sums.restarts += restarts;
    sums.rejectedAppends += rejectedAppends;
    sums.refusedMessages += refusedMessages;
  }
  return [
    ...(leaderChanged ? ['the leader changed'] : []),
    ...(sums.restarts > 0 ? [`replication began anew ${sums.restarts} times`] : []),
    ...(sums.rejectedAppends > 0 ? [`${sums.rejectedAppends} appends rejected`] : []),
    ...(sums.refusedMessages > 0 ? [`${sums.refusedMessages} messages not taken by the transport`] : []),
    ...Object.entries(failed).map(([code, count]) => `${count} entries refused: ${code}`),
  ];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toLocaleString('en', { maximumSignificantDigits: 3 });
}
