import type { HostStatistics } from '@balsa/replica';
import { expect, test } from 'vitest';
import type { NamedGroupStatistics } from '../service/node-statistics.ts';
import { metricsText } from './metrics-text.ts';

const recent = { count: 2, perSecond: 1, mean: 3, max: 4, p50: 2, p90: 4, p99: 4 };
const none = { count: 0, perSecond: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 };

/** Only the parts of each kind. */
function statisticsOf(group: number, name: string, role: string): NamedGroupStatistics {
  const indexes = { term: 3, lastIndex: 9, durableIndex: 8, commitIndex: 7, appliedIndex: 6 };
  const part = {
    group,
    name,
    status: { role, ...indexes, followers: role === 'leader' ? [{ id: 2, matchIndex: 5 }] : [] },
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

test('samples stand by metric, in base units, with their labels', () => {
  const host = {
    nowMs: 1,
    collectingGroups: 2,
    peers: [{ peer: 2, connected: true, queuedBytes: 70 }],
  } as unknown as HostStatistics;
  const groups = [statisticsOf(0, 'metadata', 'follower'), statisticsOf(1, 'data', 'leader')];
  const text = metricsText({ nodeId: 1, health: 'ready', host, groups });
  expect(text.split('\n').filter((line) => !line.includes('metadata'))).toMatchInlineSnapshot(`
    [
      "# TYPE balsa_group_leads gauge",
      "balsa_group_leads{group="1",name="data"} 1",
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
      "# TYPE balsa_group_member_lag_entries gauge",
      "balsa_group_member_lag_entries{group="1",name="data",peer="2"} 4",
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
      "# TYPE balsa_node_collecting_groups gauge",
      "balsa_node_collecting_groups 2",
      "# TYPE balsa_node_peers_connected gauge",
      "balsa_node_peers_connected{peer="2"} 1",
      "# TYPE balsa_node_peers_queued_bytes gauge",
      "balsa_node_peers_queued_bytes{peer="2"} 70",
      "",
    ]
  `);
  expect(text.match(/^# TYPE /gm)).toHaveLength(new Set(text.match(/^# TYPE .*$/gm)).size);
});
