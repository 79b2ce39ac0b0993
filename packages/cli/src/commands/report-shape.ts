import type { Shape } from '@balsa/wire';

const distribution: Shape = {
  count: 'number',
  mean: 'number',
  max: 'number',
  recent: {
    count: 'number',
    perSecond: 'number',
    mean: 'number',
    max: 'number',
    p50: 'number',
    p90: 'number',
    p99: 'number',
  },
};

const route: Shape = {
  node: 'number',
  'zone?': 'string',
  takesFragments: 'boolean',
  /** A shape within itself. */
  get receivers(): Shape {
    return [route];
  },
};

const group: Shape = {
  group: 'number',
  name: 'string',
  role: 'string',
  term: 'number',
  'leader?': 'number',
  hibernates: 'boolean',
  'failure?': 'string',
  lastIndex: 'number',
  durableIndex: 'number',
  commitIndex: 'number',
  appliedIndex: 'number',
  baseIndex: 'number',
  snapshotIndex: 'number',
  queuedBytes: 'number',
  uncommittedBytes: 'number',
  appliedEntriesPerSecond: 'number',
  dispatch: {
    strategy: 'string',
    mode: 'string',
    'reason?': 'string',
    batches: { direct: 'number', relay: 'number', coded: 'number' },
    'linkBytesPerSecond?': 'number',
    ways: [
      {
        mode: 'string',
        bytesPerSecond: 'number',
        'commitMs?': 'number',
        measuredAgoMs: 'number',
        pausesForMs: 'number',
      },
    ],
    relays: [{ node: 'number', 'zone?': 'string', weight: 'number', 'relayMs?': 'number' }],
  },
  routes: [route],
  followers: [
    {
      node: 'number',
      state: 'string',
      lag: 'number',
      'applyLag?': 'number',
      inflightBytes: 'number',
      fedBy: 'string',
      'relay?': 'number',
      'measured?': {
        appendRoundTripMs: distribution,
        heartbeatRoundTripMs: distribution,
        sendWaitMs: distribution,
        appendBytes: distribution,
        entrustedBytes: 'number',
      },
    },
  ],
  following: {
    ackMs: distribution,
    acksSent: 'number',
    relayedArrivals: 'number',
    passedOnAppends: 'number',
    passedOnBytes: 'number',
    passedOnFragments: 'number',
    'leaderContactAgeMs?': 'number',
  },
  proposals: {
    batchEntries: distribution,
    batchBytes: distribution,
    queueMs: distribution,
    commitMs: distribution,
    applyMs: distribution,
    totalMs: distribution,
    codedBatches: 'number',
  },
  durableMs: distribution,
  slowBatches: [
    {
      firstIndex: 'number',
      lastIndex: 'number',
      bytes: 'number',
      totalMs: 'number',
      longestStage: 'string',
      committedBy: 'number',
      stagesMs: { proposed: 'number', committed: 'number', applied: 'number' },
    },
  ],
};

/** What its text form is made of. */
export const reportShape: Shape = {
  reportVersion: 'number',
  reason: 'string',
  writtenAt: 'string',
  windowMs: 'number',
  node: {
    nodeId: 'number',
    'zone?': 'string',
    cluster: 'string',
    version: 'string',
    nodeJsVersion: 'string',
    uptimeMs: 'number',
    health: 'string',
    'failure?': { code: 'string', message: 'string' },
  },
  process: {
    residentBytes: 'number',
    heapUsedBytes: 'number',
    heapTotalBytes: 'number',
    cpuMs: 'number',
    eventLoopDelayMs: distribution,
  },
  'store?': {
    devices: 'number',
    series: 'number',
    memoryBytes: 'number',
    files: 'number',
    fileBytes: 'number',
  },
  log: { flushes: 'number', keptBytes: 'number', writeMs: distribution, blockRecords: distribution },
  outgoingBytesPerSecond: 'number',
  peers: [
    {
      peer: 'number',
      'zone?': 'string',
      connected: 'boolean',
      forMs: 'number',
      'protocolVersion?': 'number',
      queuedBytes: 'number',
      sentMessagesPerSecond: 'number',
      sentBytesPerSecond: 'number',
      toldBytesPerSecond: 'number',
    },
  ],
  groups: [group],
};
