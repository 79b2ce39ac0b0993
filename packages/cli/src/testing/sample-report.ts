// A report as a node would give it, with round figures.

import type { Distribution, SlowBatch } from '@balsa/replica';
import type { FollowerReport, GroupReport, NodeReport } from '@balsa/server';
import type { StoreFigures } from '@balsa/wire';

/** With percentiles that can be told apart. */
export function measured(p50: number, perSecond = 20): Distribution {
  const recent = { count: 1200, perSecond, mean: p50, max: 8 * p50, p50, p90: 2 * p50, p99: 4 * p50 };
  return { count: 5000, mean: p50, max: 9 * p50, recent };
}

export const sampleStore: StoreFigures = {
  devices: 1,
  series: 3,
  rowsApplied: 8759,
  appliedIndex: 1199,
  durableIndex: 1100,
  memoryBytes: 24_576,
  files: 2,
  lateFiles: 1,
  fileBytes: 262_144,
  filePoints: 25_000,
  tombstones: 0,
  damagedFiles: 0,
};

const nothing: Distribution = {
  count: 0,
  mean: 0,
  max: 0,
  recent: { count: 0, perSecond: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 },
};

export function follower(node: number, fields: Partial<FollowerReport>): FollowerReport {
  return {
    node,
    state: 'replicate',
    matchIndex: 1200,
    lag: 0,
    appliedIndex: 1199,
    applyLag: 1,
    inflightBytes: 2048,
    fedBy: 'leader',
    measured: {
      peer: node,
      appendRoundTripMs: measured(5),
      heartbeatRoundTripMs: measured(0.5),
      sendWaitMs: measured(0.05),
      appendBatches: measured(1),
      appendBytes: measured(65_536),
      inflightAppends: measured(2),
      entrustedAppends: 900,
      entrustedBytes: 58_982_400,
      indirectAppends: 300,
      fragmentBatches: 0,
      refusedMessages: 0,
      rejectedAppends: 0,
      restarts: 0,
    },
    ...fields,
  };
}

export function slowBatch(firstIndex: number, lastIndex: number, longestStage: SlowBatch['longestStage']): SlowBatch {
  return {
    term: 3,
    firstIndex,
    lastIndex,
    bytes: 65_600,
    submittedMs: 1000,
    totalMs: 62.5,
    longestStage,
    stagesMs: {
      proposed: 0.5,
      appended: 0.5,
      writing: 1,
      durable: 40,
      committed: 60.5,
      applying: 61,
      applied: 62.5,
    },
    peers: [],
    committedBy: 4,
  };
}

export function group(fields: Partial<GroupReport>): GroupReport {
  return {
    group: 1,
    name: 'data',
    role: 'leader',
    term: 3,
    leader: 2,
    hibernates: false,
    lastIndex: 1200,
    durableIndex: 1200,
    commitIndex: 1199,
    appliedIndex: 1199,
    baseIndex: 0,
    snapshotIndex: 0,
    queuedBytes: 0,
    uncommittedBytes: 0,
    appliedEntriesPerSecond: 240,
    dispatch: {
      strategy: 'direct',
      mode: 'direct',
      batches: { direct: 0, relay: 0, coded: 0 },
      relays: [],
      plan: [],
      zoneCrossings: undefined,
      ways: [],
      linkBytesPerSecond: undefined,
    },
    routes: [],
    followers: [],
    following: {
      ackMs: nothing,
      appendBatches: nothing,
      acksSent: 0,
      gapEntries: nothing,
      relayedArrivals: 0,
      passedOnAppends: 0,
      passedOnBytes: 0,
      refusedPasses: 0,
      passedOnFragments: 0,
      joinedBatches: 0,
      leaderContactAgeMs: undefined,
    },
    proposals: {
      batchEntries: nothing,
      batchBytes: nothing,
      queueMs: nothing,
      commitMs: nothing,
      applyMs: nothing,
      totalMs: nothing,
      abandonedBatches: 0,
      relayedAppends: 0,
      codedBatches: 0,
      untimedBatches: 0,
      forwardMs: nothing,
      leaderWaitMs: nothing,
    },
    durableMs: nothing,
    applyMs: nothing,
    slowBatches: [],
    ...fields,
  };
}

/** A leader that is alone, of which nothing was measured. */
export const quiet: GroupReport = group({});

/** A leader that relays, and sends fragments, and has a new follower. */
export const leading: GroupReport = group({
  baseIndex: 400,
  snapshotIndex: 800,
  dispatch: {
    strategy: 'auto',
    mode: 'relay',
    reason: '11.3 MB/s, committed after 18.2 ms with relay, 2.9 MB/s, committed after 71.5 ms with direct',
    batches: { direct: 120, relay: 1080, coded: 0 },
    relays: [
      { node: 1, zone: undefined, weight: 1, relayMs: 7.5, toldBytesPerSecond: 3_000_000 },
      { node: 3, zone: undefined, weight: 0.25, relayMs: undefined, toldBytesPerSecond: 0 },
    ],
    plan: [],
    zoneCrossings: undefined,
    ways: [
      { mode: 'direct', bytesPerSecond: 2_900_000, commitMs: 71.5, measuredAgoMs: 95_000, failures: 1, pausesForMs: 0 },
      { mode: 'relay', bytesPerSecond: 11_300_000, commitMs: 18.2, measuredAgoMs: 200, failures: 0, pausesForMs: 0 },
      { mode: 'coded', bytesPerSecond: 0, commitMs: undefined, measuredAgoMs: 4_000, failures: 2, pausesForMs: 16_000 },
    ],
    linkBytesPerSecond: 11_900_000,
  },
  routes: [
    {
      node: 1,
      takesFragments: false,
      receivers: [
        { node: 3, takesFragments: false, receivers: [{ node: 5, takesFragments: false, receivers: [] }] },
        { node: 6, takesFragments: false, receivers: [] },
      ],
    },
    { node: 4, takesFragments: true, receivers: [] },
  ],
  followers: [
    follower(1, {}),
    follower(3, { fedBy: 'relay', relay: 1, lag: 17 }),
    follower(4, { fedBy: 'fragments' }),
    // A member that has just come, of a release that does not tell what it has applied.
    { node: 5, state: 'probe', matchIndex: 0, lag: 1200, inflightBytes: 0, fedBy: 'leader' },
  ],
  proposals: {
    ...quiet.proposals,
    batchEntries: measured(12),
    batchBytes: measured(65_600),
    queueMs: measured(0.5),
    commitMs: measured(5),
    applyMs: measured(0.1),
    totalMs: measured(5.75),
  },
  durableMs: measured(2),
  slowBatches: [
    slowBatch(1004, 1100, 'followers'),
    slowBatch(1101, 1101, 'ownDisk'),
    ...Array.from({ length: 4 }, (_, i) => slowBatch(i + 1, i + 1, 'stateMachine')),
  ],
});

export const sampleReport: NodeReport = {
  reportVersion: 1,
  reason: 'request',
  writtenAt: '2026-11-29T12:00:00.000Z',
  windowMs: 60_000,
  node: {
    nodeId: 2,
    cluster: 'plant',
    version: '0.1.0',
    nodeJsVersion: 'v20.19.0',
    uptimeMs: 3_725_000,
    health: 'ready',
  },
  process: {
    residentBytes: 210 * 1024 ** 2,
    heapUsedBytes: 80 * 1024 ** 2,
    heapTotalBytes: 120 * 1024 ** 2,
    externalBytes: 5 * 1024 ** 2,
    cpuMs: 83_000,
    eventLoopDelayMs: measured(0.2),
  },
  store: {
    ...sampleStore,
    reads: {
      filesSkipped: 3,
      chunksRead: 9,
      chunksSkipped: 0,
      chunksSummarized: 40,
      pagesRead: 12,
      pagesSkipped: 1,
      pagesSummarized: 7,
      spansSummarized: 8,
    },
  },
  log: {
    flushes: 5210,
    writtenBytes: 400 * 1024 ** 2,
    keptBytes: 12.5 * 1024 ** 2,
    queueMs: measured(0.1),
    writeMs: measured(1.5),
    flushMs: nothing,
    blockRecords: measured(2),
    blockBytes: measured(8192),
    segmentWaits: 0,
  },
  snapshots: {
    sent: { bytesSent: 0, begun: 0, finished: 0, givenUp: 0 },
    fetched: { bytesReceived: 0, begun: 0, finished: 0, givenUp: 0 },
  },
  outgoingBytesPerSecond: 2_600_000,
  peers: [
    {
      peer: 3,
      zone: undefined,
      connected: false,
      forMs: 4200,
      protocolVersion: undefined,
      queuedBytes: 0,
      toldBytesPerSecond: 0,
      sentMessages: 100,
      sentBytes: 4000,
      sentMessagesPerSecond: 0,
      sentBytesPerSecond: 0,
    },
    {
      peer: 1,
      zone: undefined,
      connected: true,
      forMs: 3_720_000,
      protocolVersion: 4,
      queuedBytes: 65_536,
      toldBytesPerSecond: 3_000_000,
      sentMessages: 120_000,
      sentBytes: 400_000_000,
      sentMessagesPerSecond: 1430,
      sentBytesPerSecond: 1_300_000,
    },
  ],
  groups: [leading],
};
