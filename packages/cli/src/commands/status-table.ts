// The state of a cluster as people read it: the nodes, then each group with what every node says of itself.

import type { GroupStatusReport, NodeStatus } from '@balsa/wire';
import { formatBytes, formatCount, formatDuration, formatLatency } from '../terminal/format.ts';
import type { Style } from '../terminal/style.ts';
import { type Column, renderTable } from '../terminal/table.ts';

/** What one node answered, or why it did not. */
export interface NodeAnswer {
  readonly id: number;
  /** Its address for clients. */
  readonly address: string;
  readonly status?: NodeStatus;
  readonly error?: { readonly code: string; readonly message: string };
}

const NODE_COLUMNS: readonly Column[] = [
  { title: 'node', align: 'right' },
  { title: 'clients', align: 'left' },
  { title: 'HTTP', align: 'left' },
  { title: 'health', align: 'left' },
  { title: 'up for', align: 'right' },
  { title: 'series', align: 'right' },
  { title: 'stored', align: 'right' },
];

const MEMBER_COLUMNS: readonly Column[] = [
  { title: 'node', align: 'right' },
  { title: 'role', align: 'left' },
  { title: 'term', align: 'right' },
  { title: 'last', align: 'right' },
  { title: 'durable', align: 'right' },
  { title: 'commit', align: 'right' },
  { title: 'applied', align: 'right' },
  { title: 'lag', align: 'right' },
  { title: 'apply lag', align: 'right' },
  { title: 'write p99', align: 'right' },
  { title: 'disk p99', align: 'right' },
];

export function renderStatus(answers: readonly NodeAnswer[], style: Style): string[] {
  const lines = withFaintTitles(renderTable(NODE_COLUMNS, answers.map(nodeRow)), style);
  for (const { id, error, status } of answers) {
    const trouble = error ?? status?.failure ?? status?.problem;
    if (trouble !== undefined) lines.push(style.bad(`node ${id}: ${trouble.code}: ${trouble.message}`));
  }
  for (const { group, name } of groupsOf(answers)) lines.push('', ...renderGroup(group, name, answers, style));
  return lines;
}

function nodeRow({ id, address, status }: NodeAnswer): string[] {
  if (status === undefined) return [`${id}`, address, '', 'unreachable'];
  const http = status.members.find((member) => member.id === id)?.http ?? '';
  return [`${id}`, address, http, status.health, formatDuration(status.uptimeMs), ...storedOn(status)];
}

/** In files and in memory; nothing where the cluster only counts. */
function storedOn({ store }: NodeStatus): string[] {
  if (store === undefined) return ['', ''];
  return [formatCount(store.series), formatBytes(store.fileBytes + store.memoryBytes)];
}

function groupsOf(answers: readonly NodeAnswer[]): GroupStatusReport[] {
  const byId = new Map<number, GroupStatusReport>();
  for (const { status } of answers) {
    for (const report of status?.groups ?? []) byId.set(report.group, byId.get(report.group) ?? report);
  }
  return [...byId.values()].sort((a, b) => a.group - b.group);
}

function renderGroup(group: number, name: string, answers: readonly NodeAnswer[], style: Style): string[] {
  const reports = answers.flatMap(({ id, status }) => {
    const report = status?.groups.find((candidate) => candidate.group === group);
    return report === undefined ? [] : [{ id, report }];
  });
  // Two can say that they lead while one has not yet heard of the other: the newer term is right.
  const leader = reports
    .filter(({ report }) => report.role === 'leader')
    .sort((a, b) => b.report.term - a.report.term)[0];
  const rows = reports.map(({ id, report }) => [
    `${id}`,
    report.role,
    ...[report.term, report.lastIndex, report.durableIndex, report.commitIndex, report.appliedIndex].map(formatCount),
    ...lagsOf(id, leader?.report),
    ...figuresOf(report),
  ]);
  const led = leader === undefined ? style.bad('no leader') : `node ${leader.id} leads${dispatchOf(leader.report)}`;
  const forced = Math.max(0, ...reports.map(({ report }) => report.forcedRecoveries ?? 0));
  return [
    `${style.strong(`group ${group}, ${name}`)}: ${led}`,
    ...(forced === 0
      ? []
      : [style.bad(`forced to go on without a quorum ${formatTimes(forced)}: see docs/recovery.md`)]),
    ...withFaintTitles(renderTable(MEMBER_COLUMNS, rows), style),
  ];
}

/** How the leader feeds the others, if not all by itself, and what it has to say about that. */
function dispatchOf({ dispatch }: GroupStatusReport): string {
  if (dispatch === undefined || dispatch.strategy === 'direct') return '';
  const { strategy, mode, reason } = dispatch;
  return strategy === mode ? `, dispatch ${strategy}` : `, dispatch ${strategy}: ${mode} (${reason})`;
}

/** How far its log and its state are behind the leader, which is the only one to know. Nodes of older releases tell it less. */
function lagsOf(id: number, leader: GroupStatusReport | undefined): string[] {
  const member = leader?.members.find((candidate) => candidate.id === id);
  if (member?.lag === undefined) return ['', ''];
  return [formatCount(member.lag), member.applyLag === undefined ? '-' : formatCount(member.applyLag)];
}

/** What it has measured lately. Nothing if nothing occurred, or if nobody looked before; nodes of older releases measure nothing. */
function figuresOf({ figures }: GroupStatusReport): string[] {
  if (figures === undefined) return ['', ''];
  return [figures.totalP99Ms, figures.durableP99Ms].map((ms) => (ms === 0 ? '' : formatLatency(ms)));
}

function withFaintTitles(lines: readonly string[], style: Style): string[] {
  return lines.map((line, at) => (at === 0 ? style.faint(line) : line));
}

function formatTimes(count: number): string {
  return count === 1 ? 'once' : `${formatCount(count)} times`;
}
