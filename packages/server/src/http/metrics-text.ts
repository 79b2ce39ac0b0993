// A node's statistics in the text format of Prometheus (exposition format 0.0.4), or of OpenMetrics 1.0 for who asks for it, with the same
// names. Times are in seconds there. What was measured each time it occurred is a summary, with quantiles of the window; a
// plain number is a counter. After a reset, or when collecting begins anew, counters begin at 0, as after a restart.

import type { Distribution, GroupStatus, RoutingReport } from '@balsa/replica';
import type { NodeStatistics } from '../service/node-statistics.ts';

export type MetricsFormat = 'prometheus' | 'openMetrics';

const openMetricsType = 'application/openmetrics-text';

export const metricsContentTypes: { readonly [format in MetricsFormat]: string } = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: `${openMetricsType}; version=1.0.0; charset=utf-8`,
};

/** `accept`: of the request. */
export function metricsFormatFor(accept: string | undefined): MetricsFormat {
  return accept?.includes(openMetricsType) ? 'openMetrics' : 'prometheus';
}

type Labels = Readonly<Record<string, string | number>>;
type MetricType = 'counter' | 'gauge' | 'summary';

/** What stands as it is now, where all other numbers count something up. */
const gauges = new Set([
  'leaderContactAgeMs',
  'queuedBytes',
  'collectingGroups',
  'outgoingBytesPerSecond',
  'protocolVersion',
  'sentMessagesPerSecond',
  'sentBytesPerSecond',
  'toldBytesPerSecond',
  'residentBytes',
  'heapUsedBytes',
  'heapTotalBytes',
  'externalBytes',
  'keptBytes',
  'devices',
  'series',
  'appliedIndex',
  'durableIndex',
  'memoryBytes',
  'files',
  'lateFiles',
  'fileBytes',
  'filePoints',
  'tombstones',
  'damagedFiles',
]);
/** Of the report, not measured. */
const ignored = new Set(['peer', 'zone', 'nowMs', 'sinceMs', 'windowMs', 'slowBatches']);
const standing = [
  'term',
  'lastIndex',
  'durableIndex',
  'commitIndex',
  'appliedIndex',
  'baseIndex',
  'snapshotIndex',
  'queuedBytes',
  'uncommittedBytes',
  'unappliedBytes',
] as const;
const modes = ['direct', 'relay', 'coded'] as const;
const units = ['seconds', 'bytes'];

export function metricsText(statistics: NodeStatistics, format: MetricsFormat = 'prometheus'): string {
  const { health, uptimeMs, host, groups } = statistics;
  const page = new MetricsPage();
  for (const { group, name, status, routing, ...measured } of groups) {
    const labels = { group, name };
    addStatus(page, status, labels);
    addRouting(page, status, routing, labels);
    addAll(page, 'balsa_group', measured, labels);
  }
  page.add('balsa_node_ready', 'gauge', {}, health === 'ready' || health === 'degraded' ? 1 : 0);
  page.add('balsa_node_degraded', 'gauge', {}, health === 'degraded' ? 1 : 0);
  page.add('balsa_node_uptime_seconds', 'gauge', {}, uptimeMs / 1000);
  addAll(page, 'balsa_node', host, {});
  addAll(page, 'balsa_node_log', statistics.log, {});
  if (statistics.store !== undefined) addAll(page, 'balsa_node_store', statistics.store, {});
  addAll(page, 'balsa_node_asked_others', statistics.askedOthers, {});
  addAll(page, 'balsa_node_process', statistics.process, {});
  return page.text(format);
}

function addStatus(page: MetricsPage, status: GroupStatus, labels: Labels): void {
  page.add('balsa_group_leads', 'gauge', labels, status.role === 'leader' ? 1 : 0);
  page.add('balsa_group_hibernates', 'gauge', labels, status.hibernates ? 1 : 0);
  for (const key of standing) page.add(`balsa_group_${snake(key)}`, 'gauge', labels, status[key]);
  for (const { id, matchIndex, appliedIndex, inflightBytes } of status.followers) {
    const ofPeer = { ...labels, peer: id };
    page.add('balsa_group_member_lag_entries', 'gauge', ofPeer, status.lastIndex - matchIndex);
    page.add('balsa_group_member_inflight_bytes', 'gauge', ofPeer, inflightBytes);
    if (appliedIndex === undefined) continue;
    page.add('balsa_group_member_apply_lag_entries', 'gauge', ofPeer, status.lastIndex - appliedIndex);
  }
}

/** How the group's batches go: what is in use, how often it was, and who feeds how many followers just now. */
function addRouting(page: MetricsPage, status: GroupStatus, routing: RoutingReport, labels: Labels): void {
  const { relays, batches, zoneCrossings, ways, linkBytesPerSecond } = routing;
  for (const mode of modes) {
    page.add('balsa_group_dispatch_mode', 'gauge', { ...labels, mode }, status.dispatch.mode === mode ? 1 : 0);
    page.add('balsa_group_dispatch_batches_total', 'counter', { ...labels, mode }, batches[mode]);
  }
  for (const [by, count] of feeders(status)) {
    page.add('balsa_group_fed_followers', 'gauge', { ...labels, by }, count);
  }
  if (zoneCrossings !== undefined) page.add('balsa_group_zone_crossings', 'gauge', labels, zoneCrossings);
  if (linkBytesPerSecond !== undefined) {
    page.add('balsa_group_dispatch_link_bytes_per_second', 'gauge', labels, linkBytesPerSecond);
  }
  for (const { mode, bytesPerSecond, commitMs } of ways) {
    page.add('balsa_group_dispatch_yield_bytes_per_second', 'gauge', { ...labels, mode }, bytesPerSecond);
    if (commitMs !== undefined)
      page.add('balsa_group_dispatch_commit_seconds', 'gauge', { ...labels, mode }, commitMs / 1000);
  }
  for (const { node, weight, relayMs } of relays) {
    page.add('balsa_group_relay_weight', 'gauge', { ...labels, peer: node }, weight);
    if (relayMs !== undefined)
      page.add('balsa_group_relay_seconds', 'gauge', { ...labels, peer: node }, relayMs / 1000);
  }
}

/** How many followers were last fed by the leader, by each relay, and in fragments. */
function feeders({ followers }: GroupStatus): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { relay, takesFragments } of followers) {
    const by = takesFragments ? 'fragments' : String(relay ?? 'leader');
    counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  return counts;
}

/** Everything in a report, named by the way to it. */
function addAll(page: MetricsPage, prefix: string, report: object, labels: Labels): void {
  for (const [key, value] of Object.entries(report) as [string, unknown][]) {
    if (ignored.has(key)) continue;
    const name = `${prefix}_${snake(key)}`;
    if (typeof value === 'boolean') page.add(name, 'gauge', labels, value ? 1 : 0);
    else if (typeof value === 'number') addNumber(page, name, key, labels, value);
    else if (isDistribution(value)) addSummary(page, name, key, labels, value);
    else if (Array.isArray(value)) for (const each of value) addPeer(page, name, each, labels);
    else if (typeof value === 'object' && value !== null) addAll(page, name, value, labels);
  }
}

/** Lists are of peers. */
function addPeer(
  page: MetricsPage,
  name: string,
  report: { readonly peer: number; readonly zone?: string | undefined },
  labels: Labels,
): void {
  const { peer, zone } = report;
  addAll(page, name, report, { ...labels, peer, ...(zone === undefined ? {} : { zone }) });
}

function addNumber(page: MetricsPage, name: string, key: string, labels: Labels, value: number): void {
  const { unitName, factor } = inBaseUnit(name, key);
  if (gauges.has(key)) page.add(unitName, 'gauge', labels, value * factor);
  else page.add(`${unitName}_total`, 'counter', labels, value * factor);
}

function addSummary(page: MetricsPage, name: string, key: string, labels: Labels, distribution: Distribution): void {
  const { count, mean, recent } = distribution;
  const { unitName, factor } = inBaseUnit(name, key);
  const { p50, p90, p99 } = recent;
  if (recent.count > 0) {
    for (const [quantile, value] of Object.entries({ '0.5': p50, '0.9': p90, '0.99': p99 })) {
      page.add(unitName, 'summary', { ...labels, quantile }, value * factor);
    }
  }
  page.add(unitName, 'summary', labels, mean * count * factor, '_sum');
  page.add(unitName, 'summary', labels, count, '_count');
}

function inBaseUnit(name: string, key: string): { readonly unitName: string; readonly factor: number } {
  return key.endsWith('Ms')
    ? { unitName: name.replace(/_ms$/, '_seconds'), factor: 1 / 1000 }
    : { unitName: name, factor: 1 };
}

function isDistribution(value: unknown): value is Distribution {
  return typeof value === 'object' && value !== null && 'recent' in value;
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Samples of one metric must stand together, whichever group they are of. */
class MetricsPage {
  readonly #metrics = new Map<string, { readonly type: MetricType; readonly lines: string[] }>();

  add(name: string, type: MetricType, labels: Labels, value: number, suffix = ''): void {
    let metric = this.#metrics.get(name);
    if (metric === undefined) {
      metric = { type, lines: [] };
      this.#metrics.set(name, metric);
    }
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
    metric.lines.push(`${name}${suffix}${pairs.length > 0 ? `{${pairs.join()}}` : ''} ${value}`);
  }

  text(format: MetricsFormat): string {
    const blocks = [...this.#metrics].map(([name, { type, lines }]) => {
      return [...(format === 'openMetrics' ? describeOpen(name, type) : [`# TYPE ${name} ${type}`]), ...lines];
    });
    return `${[...blocks.flat(), ...(format === 'openMetrics' ? ['# EOF'] : [])].join('\n')}\n`;
  }
}

/** There, a counter's name is without the `_total` of its samples, and a unit that ends the name is told. */
function describeOpen(name: string, type: MetricType): string[] {
  const family = type === 'counter' ? name.replace(/_total$/, '') : name;
  const unit = units.find((each) => family.endsWith(`_${each}`));
  return [`# TYPE ${family} ${type}`, ...(unit === undefined ? [] : [`# UNIT ${family} ${unit}`])];
}
