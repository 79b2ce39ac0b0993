// A node's report as people read it at a terminal: the node, its links, then each group.

import type { NodeReport } from '@balsa/server';
import { formatBytes, formatCount, formatDuration, formatPlural } from '../terminal/format.ts';
import type { Style } from '../terminal/style.ts';
import type { Column } from '../terminal/table.ts';
import { renderGroup } from './report-group-text.ts';
import { fact, faintTable, latency, rate } from './report-parts.ts';

const PEER_COLUMNS: readonly Column[] = [
  { title: 'link to', align: 'right' },
  { title: 'is', align: 'left' },
  { title: 'for', align: 'right' },
  { title: 'version', align: 'right' },
  { title: 'messages', align: 'right' },
  { title: 'sent', align: 'right' },
  { title: 'queued', align: 'right' },
  { title: 'it sends', align: 'right' },
];

export function renderReport(report: NodeReport, style: Style): string[] {
  return [
    ...renderNode(report, style),
    ...(report.peers.length === 0 ? [] : ['', ...renderPeers(report, style)]),
    ...report.groups.flatMap((group) => ['', ...renderGroup(group, report.node, style)]),
  ];
}

function renderNode(report: NodeReport, style: Style): string[] {
  const { node, process: ofProcess, store, log, windowMs } = report;
  const health = node.health === 'ready' ? style.good(node.health) : style.bad(node.health);
  const { failure } = node;
  const delay = ofProcess.eventLoopDelayMs;
  return [
    `${style.strong(`node ${node.nodeId} of ${node.cluster}`)}${node.zone === undefined ? '' : `, in ${node.zone}`}: ${health}, up for ${formatDuration(node.uptimeMs)}, ` +
      `Balsa ${node.version} on Node.js ${node.nodeJsVersion}`,
    style.faint(`${report.writtenAt}; times and rates are of the last ${Math.round(windowMs / 1000)} s`),
    ...(failure === undefined ? [] : [style.bad(`${failure.code}: ${failure.message}`)]),
    fact(
      'process',
      `${formatBytes(ofProcess.residentBytes)} of memory, ${formatBytes(ofProcess.heapUsedBytes)} of it heap; ` +
        `${formatDuration(ofProcess.cpuMs)} of processor time`,
    ),
    fact('loop', `what is due is late by ${latency(delay, 'p50')}, p99 ${latency(delay, 'p99')}`),
    fact(
      'log',
      `${formatBytes(log.keptBytes)}, ${formatPlural(log.flushes, 'flush', 'flushes')}; a write takes ` +
        `${latency(log.writeMs, 'p50')}, p99 ${latency(log.writeMs, 'p99')}`,
    ),
    ...(store === undefined
      ? []
      : [
          fact(
            'store',
            `${formatPlural(store.series, 'series', 'series')} of ${formatPlural(store.devices, 'device')}; ` +
              `${formatBytes(store.fileBytes)} in ${formatPlural(store.files, 'file')}, ` +
              `${formatBytes(store.memoryBytes)} in memory`,
          ),
        ]),
    fact('network', `${rate(report.outgoingBytesPerSecond)} to others`),
  ];
}

function renderPeers(report: NodeReport, style: Style): string[] {
  const peers = report.peers.toSorted((a, b) => a.peer - b.peer);
  const rows = peers.map((peer) => [
    `node ${peer.peer}`,
    peer.connected ? 'up' : 'down',
    formatDuration(peer.forMs),
    peer.protocolVersion === undefined ? '' : `${peer.protocolVersion}`,
    `${formatCount(peer.sentMessagesPerSecond)}/s`,
    rate(peer.sentBytesPerSecond),
    formatBytes(peer.queuedBytes),
    rate(peer.toldBytesPerSecond),
  ]);
  return faintTable(PEER_COLUMNS, rows, style).map((line, at) =>
    peers[at - 1]?.connected === false ? style.bad(line) : line,
  );
}
