import type { HostStatistics } from '@balsa/replica';
import { expect, test } from 'vitest';
import type { NamedGroupStatistics, NodeStatistics } from '../service/node-statistics.ts';
import type { ProcessFigures } from '../service/process-figures.ts';
import { metricsFormatFor, metricsText } from './metrics-text.ts';

const recent = { count: 2, perSecond: 1, mean: 3, max: 4, p50: 2, p90: 4, p99: 4 };
const none = { count: 0, perSecond: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 };

/** Only the parts of each kind. */
function statisticsOf(group: number, name: string, role: string): NamedGroupStatistics {
  const standing = {
    term: 3,
    lastIndex: 9,
    durableIndex: 8,
    commitIndex: 7,
    appliedIndex: 6,
    baseIndex: 2,
    snapshotIndex: 3,
    queuedBytes: 10,
    uncommittedBytes: 20,
    unappliedBytes: 25,
    hibernates: false,
    dispatch: { strategy: 'auto', mode: 'relay' },
  };
  const leads = role === 'leader';
  const followers = [
    { id: 2, matchIndex: 5, appliedIndex: 4, inflightBytes: 30, relay: undefined, takesFragments: false },
    { id: 3, matchIndex: 9, appliedIndex: undefined, inflightBytes: 0, relay: 2, takesFragments: false },
  ];
  const relays = [
    { node: 2, weight: 1, relayMs: 8 },
    { node: 3, weight: 0.25, relayMs: undefined },
  ];
  const part = {
    group,
    name,
    status: { role, ...standing, followers: leads ? followers : [] },
    routing: {
      plan: [],
      relays: leads ? relays : [],
      zoneCrossings: leads ? 1 : undefined,
      ways: leads ? [{ mode: 'relay', bytesPerSecond: 7000, commitMs: 20 }] : [],
      linkBytesPerSecond: leads ? 8000 : undefined,
      batches: { direct: 4, relay: 7, coded: 0 },
    },
    nowMs: 1,
    sinceMs: 0,
    windowMs: 60_000,
    proposals: { totalMs: { count: 4, mean: 2.5, max: 9, recent }, abandonedBatches: 3 },
    peers: [{ peer: 2, appendBytes: { count: 2, mean: 100, max: 150, recent: none } }],
    follower: { leaderContactAgeMs: 1500 },
    slowBatches: [{ lastIndex: 1 }],
  };
  return part as unknown as NamedGroupStatistics;
}

const onlyData = (text: string): string[] => text.split('\n').filter((line) => !line.includes('metadata'));

/** Of two groups, of which this node leads one. */
function statistics(): NodeStatistics {
  const host = {
    nowMs: 1,
    collectingGroups: 2,
    peers: [{ peer: 2, zone: 'b', connected: true, queuedBytes: 70 }],
  } as unknown as HostStatistics;
  const groups = [statisticsOf(0, 'metadata', 'follower'), statisticsOf(1, 'data', 'leader')];
  const ofProcess = { residentBytes: 5000, cpuMs: 1250, eventLoopDelayMs: { count: 1, mean: 3, max: 3, recent } };
  const base = { nodeId: 1, health: 'ready', uptimeMs: 90_000 } as const;
  const log = { flushes: 12, writtenBytes: 8192, keptBytes: 4096 };
  const store = {
    devices: 2,
    series: 6,
    rowsApplied: 500,
    appliedIndex: 90,
    durableIndex: 80,
    memoryBytes: 1024,
    files: 3,
    lateFiles: 1,
    fileBytes: 2048,
    filePoints: 450,
    tombstones: 1,
    damagedFiles: 0,
    reads: {
      filesSkipped: 1,
      chunksRead: 2,
      chunksSkipped: 3,
      chunksSummarized: 4,
      pagesRead: 5,
      pagesSkipped: 6,
      pagesSummarized: 7,
      spansSummarized: 8,
    },
  };
  const askedOthers = { answered: 3, unanswered: 1 };
  return { ...base, process: ofProcess as unknown as ProcessFigures, log, store, askedOthers, host, groups };
}

test('samples stand by metric, in base units, with their labels', () => {
  const text = metricsText(statistics());
  expect(onlyData(text)).toMatchInlineSnapshot(`
    [
      "# TYPE balsa_group_leads gauge",
      "balsa_group_leads{group="1",name="data"} 1",
      "# TYPE balsa_group_hibernates gauge",
      "balsa_group_hibernates{group="1",name="data"} 0",
      "# TYPE balsa_group_term gauge",
      "balsa_group_term{group="1",name="data"} 3",
      "# TYPE balsa_group_last_index gauge",
      "balsa_group_last_index{group="1",name="data"} 9",
      "# TYPE balsa_group_durable_index gauge",
      "balsa_group_durable_index{group="1",name="data"} 8",
      "# TYPE balsa_group_commit_index gauge",
      "balsa_group_commit_index{group="1",name="data"} 7",
      "# TYPE balsa_group_applied_index gauge",
      "balsa_group_applied_index{group="1",name="data"} 6",
      "# TYPE balsa_group_base_index gauge",
      "balsa_group_base_index{group="1",name="data"} 2",
      "# TYPE balsa_group_snapshot_index gauge",
      "balsa_group_snapshot_index{group="1",name="data"} 3",
      "# TYPE balsa_group_queued_bytes gauge",
      "balsa_group_queued_bytes{group="1",name="data"} 10",
      "# TYPE balsa_group_uncommitted_bytes gauge",
      "balsa_group_uncommitted_bytes{group="1",name="data"} 20",
      "# TYPE balsa_group_unapplied_bytes gauge",
      "balsa_group_unapplied_bytes{group="1",name="data"} 25",
      "# TYPE balsa_group_dispatch_mode gauge",
      "balsa_group_dispatch_mode{group="1",name="data",mode="direct"} 0",
      "balsa_group_dispatch_mode{group="1",name="data",mode="relay"} 1",
      "balsa_group_dispatch_mode{group="1",name="data",mode="coded"} 0",
      "# TYPE balsa_group_dispatch_batches_total counter",
      "balsa_group_dispatch_batches_total{group="1",name="data",mode="direct"} 4",
      "balsa_group_dispatch_batches_total{group="1",name="data",mode="relay"} 7",
      "balsa_group_dispatch_batches_total{group="1",name="data",mode="coded"} 0",
      "# TYPE balsa_group_proposals_total_seconds summary",
      "balsa_group_proposals_total_seconds{group="1",name="data",quantile="0.5"} 0.002",
      "balsa_group_proposals_total_seconds{group="1",name="data",quantile="0.9"} 0.004",
      "balsa_group_proposals_total_seconds{group="1",name="data",quantile="0.99"} 0.004",
      "balsa_group_proposals_total_seconds_sum{group="1",name="data"} 0.01",
      "balsa_group_proposals_total_seconds_count{group="1",name="data"} 4",
      "# TYPE balsa_group_proposals_abandoned_batches_total counter",
      "balsa_group_proposals_abandoned_batches_total{group="1",name="data"} 3",
      "# TYPE balsa_group_peers_append_bytes summary",
      "balsa_group_peers_append_bytes_sum{group="1",name="data",peer="2"} 200",
      "balsa_group_peers_append_bytes_count{group="1",name="data",peer="2"} 2",
      "# TYPE balsa_group_follower_leader_contact_age_seconds gauge",
      "balsa_group_follower_leader_contact_age_seconds{group="1",name="data"} 1.5",
      "# TYPE balsa_group_member_lag_entries gauge",
      "balsa_group_member_lag_entries{group="1",name="data",peer="2"} 4",
      "balsa_group_member_lag_entries{group="1",name="data",peer="3"} 0",
      "# TYPE balsa_group_member_inflight_bytes gauge",
      "balsa_group_member_inflight_bytes{group="1",name="data",peer="2"} 30",
      "balsa_group_member_inflight_bytes{group="1",name="data",peer="3"} 0",
      "# TYPE balsa_group_member_apply_lag_entries gauge",
      "balsa_group_member_apply_lag_entries{group="1",name="data",peer="2"} 5",
      "# TYPE balsa_group_fed_followers gauge",
      "balsa_group_fed_followers{group="1",name="data",by="leader"} 1",
      "balsa_group_fed_followers{group="1",name="data",by="2"} 1",
      "# TYPE balsa_group_zone_crossings gauge",
      "balsa_group_zone_crossings{group="1",name="data"} 1",
      "# TYPE balsa_group_dispatch_link_bytes_per_second gauge",
      "balsa_group_dispatch_link_bytes_per_second{group="1",name="data"} 8000",
      "# TYPE balsa_group_dispatch_yield_bytes_per_second gauge",
      "balsa_group_dispatch_yield_bytes_per_second{group="1",name="data",mode="relay"} 7000",
      "# TYPE balsa_group_dispatch_commit_seconds gauge",
      "balsa_group_dispatch_commit_seconds{group="1",name="data",mode="relay"} 0.02",
      "# TYPE balsa_group_relay_weight gauge",
      "balsa_group_relay_weight{group="1",name="data",peer="2"} 1",
      "balsa_group_relay_weight{group="1",name="data",peer="3"} 0.25",
      "# TYPE balsa_group_relay_seconds gauge",
      "balsa_group_relay_seconds{group="1",name="data",peer="2"} 0.008",
      "# TYPE balsa_node_ready gauge",
      "balsa_node_ready 1",
      "# TYPE balsa_node_degraded gauge",
      "balsa_node_degraded 0",
      "# TYPE balsa_node_uptime_seconds gauge",
      "balsa_node_uptime_seconds 90",
      "# TYPE balsa_node_collecting_groups gauge",
      "balsa_node_collecting_groups 2",
      "# TYPE balsa_node_peers_connected gauge",
      "balsa_node_peers_connected{peer="2",zone="b"} 1",
      "# TYPE balsa_node_peers_queued_bytes gauge",
      "balsa_node_peers_queued_bytes{peer="2",zone="b"} 70",
      "# TYPE balsa_node_log_flushes_total counter",
      "balsa_node_log_flushes_total 12",
      "# TYPE balsa_node_log_written_bytes_total counter",
      "balsa_node_log_written_bytes_total 8192",
      "# TYPE balsa_node_log_kept_bytes gauge",
      "balsa_node_log_kept_bytes 4096",
      "# TYPE balsa_node_store_devices gauge",
      "balsa_node_store_devices 2",
      "# TYPE balsa_node_store_series gauge",
      "balsa_node_store_series 6",
      "# TYPE balsa_node_store_rows_applied_total counter",
      "balsa_node_store_rows_applied_total 500",
      "# TYPE balsa_node_store_applied_index gauge",
      "balsa_node_store_applied_index 90",
      "# TYPE balsa_node_store_durable_index gauge",
      "balsa_node_store_durable_index 80",
      "# TYPE balsa_node_store_memory_bytes gauge",
      "balsa_node_store_memory_bytes 1024",
      "# TYPE balsa_node_store_files gauge",
      "balsa_node_store_files 3",
      "# TYPE balsa_node_store_late_files gauge",
      "balsa_node_store_late_files 1",
      "# TYPE balsa_node_store_file_bytes gauge",
      "balsa_node_store_file_bytes 2048",
      "# TYPE balsa_node_store_file_points gauge",
      "balsa_node_store_file_points 450",
      "# TYPE balsa_node_store_tombstones gauge",
      "balsa_node_store_tombstones 1",
      "# TYPE balsa_node_store_damaged_files gauge",
      "balsa_node_store_damaged_files 0",
      "# TYPE balsa_node_store_reads_files_skipped_total counter",
      "balsa_node_store_reads_files_skipped_total 1",
      "# TYPE balsa_node_store_reads_chunks_read_total counter",
      "balsa_node_store_reads_chunks_read_total 2",
      "# TYPE balsa_node_store_reads_chunks_skipped_total counter",
      "balsa_node_store_reads_chunks_skipped_total 3",
      "# TYPE balsa_node_store_reads_chunks_summarized_total counter",
      "balsa_node_store_reads_chunks_summarized_total 4",
      "# TYPE balsa_node_store_reads_pages_read_total counter",
      "balsa_node_store_reads_pages_read_total 5",
      "# TYPE balsa_node_store_reads_pages_skipped_total counter",
      "balsa_node_store_reads_pages_skipped_total 6",
      "# TYPE balsa_node_store_reads_pages_summarized_total counter",
      "balsa_node_store_reads_pages_summarized_total 7",
      "# TYPE balsa_node_store_reads_spans_summarized_total counter",
      "balsa_node_store_reads_spans_summarized_total 8",
      "# TYPE balsa_node_asked_others_answered_total counter",
      "balsa_node_asked_others_answered_total 3",
      "# TYPE balsa_node_asked_others_unanswered_total counter",
      "balsa_node_asked_others_unanswered_total 1",
      "# TYPE balsa_node_process_resident_bytes gauge",
      "balsa_node_process_resident_bytes 5000",
      "# TYPE balsa_node_process_cpu_seconds_total counter",
      "balsa_node_process_cpu_seconds_total 1.25",
      "# TYPE balsa_node_process_event_loop_delay_seconds summary",
      "balsa_node_process_event_loop_delay_seconds{quantile="0.5"} 0.002",
      "balsa_node_process_event_loop_delay_seconds{quantile="0.9"} 0.004",
      "balsa_node_process_event_loop_delay_seconds{quantile="0.99"} 0.004",
      "balsa_node_process_event_loop_delay_seconds_sum 0.003",
      "balsa_node_process_event_loop_delay_seconds_count 1",
      "",
    ]
  `);
  expect(text.match(/^# TYPE /gm)).toHaveLength(new Set(text.match(/^# TYPE .*$/gm)).size);
});

test('OpenMetrics tells families, units and the end', () => {
  const lines = onlyData(metricsText(statistics(), 'openMetrics'));
  expect(lines.slice(-2)).toEqual(['# EOF', '']);
  const counter = lines.indexOf('# TYPE balsa_node_process_cpu_seconds counter');
  expect(lines.slice(counter, counter + 3)).toEqual([
    '# TYPE balsa_node_process_cpu_seconds counter',
    '# UNIT balsa_node_process_cpu_seconds seconds',
    'balsa_node_process_cpu_seconds_total 1.25',
  ]);
  expect(lines).toContain('# UNIT balsa_node_process_resident_bytes bytes');
  // Every sample belongs to the family above it.
  let family = '';
  for (const line of lines.slice(0, -2)) {
    if (line.startsWith('# TYPE ')) family = line.split(' ')[2]!;
    else if (!line.startsWith('#'))
      expect(line.replace(/[{ ].*/, '').replace(/_(total|sum|count)$/, '')).toBe(family.replace(/_total$/, ''));
  }
});

test('a scraper gets the format that it asks for', () => {
  expect(metricsFormatFor(undefined)).toBe('prometheus');
  expect(metricsFormatFor('text/html, */*')).toBe('prometheus');
  expect(metricsFormatFor('application/openmetrics-text;version=1.0.0;q=0.5, text/plain;q=0.2')).toBe('openMetrics');
});
