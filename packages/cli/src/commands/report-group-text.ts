// One group in the text of a report.

import type { BatchStage, Distribution, WayReport } from '@balsa/replica';
import type { FollowerReport, GroupReport, NodeSummary, RouteNode } from '@balsa/server';
import { formatBytes, formatCount, formatDuration, formatLatency, formatPlural } from '../terminal/format.ts';
import type { Style } from '../terminal/style.ts';
import type { Column } from '../terminal/table.ts';
import { fact, faintTable, latency, rate } from './report-parts.ts';

/** As the documentation names them, in words. */
const STAGES: { readonly [stage in Exclude<BatchStage, 'followers'>]: string } = {
  queue: 'queue',
  ownDisk: 'own disk',
  stateMachine: 'state machine',
};

const SLOW_BATCHES_SHOWN = 5;
const REASON_COLUMNS = 74;

const FOLLOWER_COLUMNS: readonly Column[] = [
  { title: 'follower', align: 'right' },
  { title: 'state', align: 'left' },
  { title: 'lag', align: 'right' },
  { title: 'apply lag', align: 'right' },
  { title: 'fed by', align: 'left' },
  { title: 'under way', align: 'right' },
  { title: 'weight', align: 'right' },
  { title: 'relays in', align: 'right' },
];

const LINK_COLUMNS: readonly Column[] = [
  { title: 'follower', align: 'right' },
  { title: 'beat p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'append p50', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'held p99', align: 'right' },
  { title: 'acks', align: 'right' },
  { title: 'appended', align: 'right' },
];

const STAGE_COLUMNS: readonly Column[] = [
  { title: 'stage', align: 'left' },
  { title: 'p50', align: 'right' },
  { title: 'p90', align: 'right' },
  { title: 'p99', align: 'right' },
  { title: 'max', align: 'right' },
];

const SLOW_COLUMNS: readonly Column[] = [
  { title: 'slowest, from', align: 'left' },
  { title: 'bytes', align: 'right' },
  { title: 'total', align: 'right' },
  { title: 'queue', align: 'right' },
  { title: 'commit', align: 'right' },
  { title: 'apply', align: 'right' },
  { title: 'longest', align: 'left' },
];

/** `node`: the one that tells. */
export function renderGroup(group: GroupReport, node: NodeSummary, style: Style): string[] {
  const { failure, baseIndex, snapshotIndex, role } = group;
  return [
    `${style.strong(`group ${group.group}, ${group.name}`)}: ${standing(group, style)}, term ${formatCount(group.term)}` +
      `${group.hibernates ? style.faint(', silent: nothing happens in it') : ''}`,
    ...(failure === undefined ? [] : [style.bad(`it has stopped: ${failure}`)]),
    `last ${formatCount(group.lastIndex)}, durable ${formatCount(group.durableIndex)}, commit ` +
      `${formatCount(group.commitIndex)}, applied ${formatCount(group.appliedIndex)}`,
    ...(baseIndex === 0 && snapshotIndex === 0
      ? []
      : [`log behind ${formatCount(baseIndex)}, snapshot at ${formatCount(snapshotIndex)}`]),
    ...renderDispatch(group),
    ...(role === 'leader' ? renderLeader(group, node, style) : renderFollower(group)),
    ...renderStages(group, style),
    ...renderSlowBatches(group, style),
  ];
}

function standing({ role, leader }: GroupReport, style: Style): string {
  if (role === 'leader') return style.good('leads');
  return leader === undefined ? style.bad(`${role} without a leader`) : `${role}, node ${leader} leads`;
}

/** How the leader feeds the others, or would if it led; `auto` with its reason. */
function renderDispatch({ dispatch }: GroupReport): string[] {
  const { strategy, mode, reason, batches, ways, linkBytesPerSecond } = dispatch;
  const { direct, relay, coded } = batches;
  const total = direct + relay + coded;
  const used = Object.entries({ direct, relay, coded }).filter(([, count]) => count > 0);
  const counts = used.map(([way, count]) => `${formatCount(count)} ${way}`).join(', ');
  return [
    `dispatch ${strategy === mode ? strategy : `${strategy}: ${mode}`}${total === 0 ? '' : `; batches so far: ${counts}`}`,
    ...(reason === undefined ? [] : wrap(`because: ${reason}`).map((line) => `  ${line}`)),
    ...(linkBytesPerSecond === undefined ? [] : [`  the link has shown to give ${rate(linkBytesPerSecond)}`]),
    ...ways.filter((way) => way.mode !== mode).map((way) => `  ${describeWay(way)}`),
  ];
}

/** What came of a way that is not in use. */
function describeWay({ mode, bytesPerSecond, commitMs, measuredAgoMs, pausesForMs }: WayReport): string {
  const result = commitMs === undefined ? 'nothing' : `${rate(bytesPerSecond)} after ${formatLatency(commitMs)}`;
  const pause = pausesForMs === 0 ? '' : `, not to be tried for ${formatDuration(pausesForMs)}`;
  return `${mode}: ${result}, ${formatDuration(measuredAgoMs)} ago${pause}`;
}

function renderLeader(group: GroupReport, { nodeId, zone }: NodeSummary, style: Style): string[] {
  if (group.followers.length === 0) return [];
  return [
    '',
    style.faint('routes'),
    `node ${nodeId}${zone === undefined ? '' : `, in ${zone}`}`,
    ...renderRoutes(group.routes, zone, '', style),
    '',
    ...faintTable(
      FOLLOWER_COLUMNS,
      group.followers.map((follower) => followerRow(follower, group)),
      style,
    ),
    '',
    ...faintTable(LINK_COLUMNS, group.followers.map(linkRow), style),
  ];
}

/** `from`: the zone of whoever feeds them. Where a batch comes into another, that stands beside the node. */
function renderRoutes(routes: readonly RouteNode[], from: string | undefined, indent: string, style: Style): string[] {
  return routes.flatMap(({ node, zone, takesFragments, receivers }, at) => {
    const isLast = at === routes.length - 1;
    const entered = zone === undefined || zone === from ? '' : style.accent(`, into ${zone}`);
    return [
      `${indent}${isLast ? '└─' : '├─'} node ${node}${takesFragments ? ', in fragments' : ''}${entered}`,
      ...renderRoutes(receivers, zone, `${indent}${isLast ? '   ' : '│  '}`, style),
    ];
  });
}

function followerRow(follower: FollowerReport, { dispatch }: GroupReport): string[] {
  const { node, state, lag, applyLag, fedBy, relay, inflightBytes } = follower;
  const planned = dispatch.relays.find((candidate) => candidate.node === node);
  return [
    `node ${node}`,
    state,
    formatCount(lag),
    applyLag === undefined ? '-' : formatCount(applyLag),
    relay === undefined ? fedBy : `node ${relay}`,
    formatBytes(inflightBytes),
    planned === undefined ? '-' : planned.weight.toFixed(2),
    planned?.relayMs === undefined ? '-' : formatLatency(planned.relayMs),
  ];
}

function linkRow({ node, measured }: FollowerReport): string[] {
  if (measured === undefined) return [`node ${node}`, ...LINK_COLUMNS.slice(1).map(() => '-')];
  const { heartbeatRoundTripMs, appendRoundTripMs, sendWaitMs, appendBytes } = measured;
  const { mean, perSecond } = appendBytes.recent;
  return [
    `node ${node}`,
    latency(heartbeatRoundTripMs, 'p50'),
    latency(heartbeatRoundTripMs, 'p99'),
    latency(appendRoundTripMs, 'p50'),
    latency(appendRoundTripMs, 'p99'),
    latency(sendWaitMs, 'p99'),
    `${appendRoundTripMs.recent.perSecond.toFixed(1)}/s`,
    rate(mean * perSecond),
  ];
}

function renderFollower({ following, appliedEntriesPerSecond, role }: GroupReport): string[] {
  if (role !== 'follower') return [];
  const { ackMs, acksSent, relayedArrivals, passedOnAppends, passedOnBytes, passedOnFragments } = following;
  const { leaderContactAgeMs } = following;
  const heard = leaderContactAgeMs === undefined ? 'not heard of' : `heard of ${formatLatency(leaderContactAgeMs)} ago`;
  const fragments = passedOnFragments === 0 ? '' : `, ${formatPlural(passedOnFragments, 'fragment')}`;
  return [
    fact('leader', `${heard}; ${formatPlural(acksSent, 'acknowledgement')}`),
    fact('appends', `acknowledged after ${latency(ackMs, 'p50')}, p99 ${latency(ackMs, 'p99')}`),
    fact('applies', `${formatPlural(Math.round(appliedEntriesPerSecond), 'entry', 'entries')}/s`),
    fact('relays', `${formatPlural(relayedArrivals, 'append')} came by way of others`),
    fact('', `${formatPlural(passedOnAppends, 'append')} of ${formatBytes(passedOnBytes)}${fragments} passed on`),
  ];
}

function renderStages({ proposals, durableMs }: GroupReport, style: Style): string[] {
  const { batchEntries, batchBytes, queueMs, commitMs, applyMs, totalMs } = proposals;
  const { count, perSecond, mean } = batchEntries.recent;
  if (count === 0) return [];
  const row = (stage: string, measured: Distribution): string[] => [
    stage,
    ...(['p50', 'p90', 'p99', 'max'] as const).map((figure) => latency(measured, figure)),
  ];
  const rows = [
    row('queue', queueMs),
    row('commit', commitMs),
    row('  own disk', durableMs),
    row('apply', applyMs),
    row('total', totalMs),
  ];
  return [
    '',
    `${perSecond.toFixed(1)} batches/s of ${mean.toFixed(1)} entries and ${formatBytes(batchBytes.recent.mean)}`,
    ...faintTable(STAGE_COLUMNS, rows, style),
  ];
}

function renderSlowBatches({ slowBatches }: GroupReport, style: Style): string[] {
  if (slowBatches.length === 0) return [];
  const rows = slowBatches.slice(0, SLOW_BATCHES_SHOWN).map((batch) => {
    const { proposed, committed, applied } = batch.stagesMs;
    const { longestStage, committedBy } = batch;
    return [
      `${formatCount(batch.firstIndex)} (${formatCount(batch.lastIndex - batch.firstIndex + 1)})`,
      formatBytes(batch.bytes),
      formatLatency(batch.totalMs),
      formatLatency(proposed),
      formatLatency(committed - proposed),
      formatLatency(applied - committed),
      longestStage === 'followers' ? `node ${committedBy}` : STAGES[longestStage],
    ];
  });
  return ['', ...faintTable(SLOW_COLUMNS, rows, style)];
}

/** At spaces. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= REASON_COLUMNS)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
