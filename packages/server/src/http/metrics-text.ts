// A node's statistics in the text format that Prometheus reads (exposition format 0.0.4). Times are in seconds there. What was measured
// each time it occurred is a summary, with quantiles of the window; a plain number is a counter. After a reset, or
// when collecting begins anew, counters begin at 0, as after a restart.

import type { Distribution, GroupStatus } from '@balsa/replica';
import type { NodeStatistics } from '../service/node-statistics.ts';

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string | number>>;
type MetricType = 'counter' | 'gauge' | 'summary';

/** What stands as it is now, where all other numbers count something up. */
const gauges = new Set(['leaderContactAgeMs', 'queuedBytes', 'collectingGroups']);
/** Of the report, not measured. */
const ignored = new Set(['peer', 'nowMs', 'sinceMs', 'windowMs', 'slowBatches']);
const indexes = ['term', 'lastIndex', 'durableIndex', 'commitIndex', 'appliedIndex'] as const;

export function metricsText({ host, groups }: NodeStatistics): string {
  const page = new MetricsPage();
  for (const { group, name, status } of groups) addStatus(page, status, { group, name });
  for (const { group, name, status: _, ...measured } of groups) addAll(page, 'balsa_group', measured, { group, name });
  addAll(page, 'balsa_node', host, {});
  return page.text();
}

function addStatus(page: MetricsPage, status: GroupStatus, labels: Labels): void {
  page.add('balsa_group_leads', 'gauge', labels, status.role === 'leader' ? 1 : 0);
  for (const index of indexes) page.add(`balsa_group_${snake(index)}`, 'gauge', labels, status[index]);
  for (const { id, matchIndex } of status.followers) {
    page.add('balsa_group_member_lag_entries', 'gauge', { ...labels, peer: id }, status.lastIndex - matchIndex);
  }
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
function addPeer(page: MetricsPage, name: string, report: { readonly peer: number }, labels: Labels): void {
  addAll(page, name, report, { ...labels, peer: report.peer });
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

  text(): string {
    const blocks = [...this.#metrics].map(([name, { type, lines }]) => [`# TYPE ${name} ${type}`, ...lines].join('\n'));
    return `${blocks.join('\n')}\n`;
  }
}
