// The status of a node: JSON over the client protocol and over HTTP.

import { WireError } from './errors.ts';
import { findDeparture, parseJson, type Shape } from './shape.ts';

export type NodeHealth =
  /** Serves reads and writes. */
  | 'ready'
  /** Serves them too, but not for long, or not all: see `problem`. */
  | 'degraded'
  /** Starting, or without a leader or a quorum in some group. */
  | 'waiting'
  /** Its log or a group has failed; see `failure` and the node's log. */
  | 'failed';

export interface NodeAddresses {
  readonly id: number;
  /** Advertised `host:port` of each listener. */
  readonly peer: string;
  readonly client: string;
  readonly http: string;
  /** Where the node stands; absent: nobody has said. */
  readonly zone?: string | undefined;
}

export interface GroupMemberStatus {
  readonly id: number;
  /** Known to the leader only. */
  readonly matchIndex?: number;
  /** Durable entries behind the leader's last one; known to the leader only. */
  readonly lag?: number;
  /** What it has applied, as the leader last heard; unknown of a node of an older release. */
  readonly appliedIndex?: number;
  /** Applied entries behind the leader's last one; known if `appliedIndex` is. */
  readonly applyLag?: number;
  /** The member through which the leader last sent it entries; absent: none, or not known. */
  readonly fedThrough?: number;
}

/** Key figures of what a node has measured of a group, of the last `windowMs`; 0: it did not occur, or nobody looked before. */
export interface GroupFigures {
  readonly windowMs: number;
  /** Proposed by this node as leader. */
  readonly entriesPerSecond: number;
  readonly batchesPerSecond: number;
  /** Of this leader's batches, from submission to answer. */
  readonly totalP50Ms: number;
  readonly totalP99Ms: number;
  /** Until a batch was on this node's disk. */
  readonly durableP50Ms: number;
  readonly durableP99Ms: number;
  /** What the state machine took for a batch. */
  readonly applyP99Ms: number;
}

/** How a node feeds the other members, or would if it led. */
export interface DispatchStatus {
  readonly strategy: string;
  /** Of strategy "auto", what it has chosen. */
  readonly mode: string;
  /** Of strategy "auto", why. */
  readonly reason?: string;
}

export interface GroupStatusReport {
  readonly group: number;
  readonly name: string;
  readonly role: string;
  readonly term: number;
  /** How often the group was forced to go on without its quorum; absent: never. */
  readonly forcedRecoveries?: number;
  readonly leader?: number;
  readonly lastIndex: number;
  readonly durableIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  /** Of the state after this entry; of stored series the last that somebody asked for, absent before: it takes reading everything. */
  readonly checksum?: { readonly index: number; readonly value: number };
  readonly members: readonly GroupMemberStatus[];
  /** Unknown of a node of an older release. */
  readonly dispatch?: DispatchStatus;
  /** Unknown of a node of an older release. */
  readonly figures?: GroupFigures;
}

/** Counted since the node started. */
export interface LogStatistics {
  readonly flushes: number;
  readonly bytes: number;
}

/** What a node has stored, as far as it knows without reading it. */
export interface StoreFigures {
  readonly devices: number;
  readonly series: number;
  /** Every row of every applied tablet. */
  readonly rowsApplied: number;
  /** Of the last command that was applied. */
  readonly appliedIndex: number;
  /** Of the last command that files hold: behind it, the log is needed. */
  readonly durableIndex: number;
  /** What is not in files yet takes. */
  readonly memoryBytes: number;
  readonly files: number;
  /** Of those, how many have points that came late, and wait to be merged into the others. */
  readonly lateFiles: number;
  readonly fileBytes: number;
  /** In files, those that were overwritten or deleted since included. */
  readonly filePoints: number;
  /** Deletes that files do not have in themselves yet. */
  readonly tombstones: number;
  readonly damagedFiles: number;
}

export interface NodeStatus {
  readonly nodeId: number;
  readonly version: string;
  readonly uptimeMs: number;
  /** Clients may ask to be told of writes before they are applied; absent: the node's release does not know that. */
  readonly earlyAcknowledgements?: boolean;
  readonly health: NodeHealth;
  /** Why `health` is `failed`. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** Why `health` is `degraded`. */
  readonly problem?: { readonly code: string; readonly message: string };
  readonly members: readonly NodeAddresses[];
  readonly groups: readonly GroupStatusReport[];
  /** Absent where the data group only counts. */
  readonly store?: StoreFigures;
  readonly log?: LogStatistics;
}

const statusShape: Shape = {
  nodeId: 'number',
  version: 'string',
  uptimeMs: 'number',
  'earlyAcknowledgements?': 'boolean',
  health: 'string',
  'failure?': { code: 'string', message: 'string' },
  'problem?': { code: 'string', message: 'string' },
  members: [{ id: 'number', peer: 'string', client: 'string', http: 'string', 'zone?': 'string' }],
  groups: [
    {
      group: 'number',
      name: 'string',
      role: 'string',
      term: 'number',
      'forcedRecoveries?': 'number',
      'leader?': 'number',
      lastIndex: 'number',
      durableIndex: 'number',
      commitIndex: 'number',
      appliedIndex: 'number',
      'checksum?': { index: 'number', value: 'number' },
      members: [
        {
          id: 'number',
          'matchIndex?': 'number',
          'lag?': 'number',
          'appliedIndex?': 'number',
          'applyLag?': 'number',
          'fedThrough?': 'number',
        },
      ],
      'dispatch?': { strategy: 'string', mode: 'string', 'reason?': 'string' },
      'figures?': {
        windowMs: 'number',
        entriesPerSecond: 'number',
        batchesPerSecond: 'number',
        totalP50Ms: 'number',
        totalP99Ms: 'number',
        durableP50Ms: 'number',
        durableP99Ms: 'number',
        applyP99Ms: 'number',
      },
    },
  ],
  'store?': {
    devices: 'number',
    series: 'number',
    rowsApplied: 'number',
    appliedIndex: 'number',
    durableIndex: 'number',
    memoryBytes: 'number',
    files: 'number',
    lateFiles: 'number',
    fileBytes: 'number',
    filePoints: 'number',
    tombstones: 'number',
    damagedFiles: 'number',
  },
  'log?': { flushes: 'number', bytes: 'number' },
};

/** Reads the JSON of a node's status. @throws WireError BYTES_MALFORMED. */
export function parseNodeStatus(text: string): NodeStatus {
  const value = parseJson(text, 'the status of a node');
  if (!isNodeStatus(value)) {
    throw new WireError(
      'BYTES_MALFORMED',
      `the status of a node is not as expected at "${findDeparture(value, statusShape)}"`,
    );
  }
  return value;
}

function isNodeStatus(value: unknown): value is NodeStatus {
  return findDeparture(value, statusShape) === undefined;
}
