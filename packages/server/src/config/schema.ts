// The one schema behind the file, the environment, the flags and the printed default file. Every message says what is
// expected; `problems.ts` adds where and what was got instead.

import { defaultCodedOptions, defaultRelayOptions } from '@balsa/replica';
import { z } from 'zod';
import { parseAddress } from '../address.ts';
import { isPasswordHash } from '../auth/password-hash.ts';
import { DurabilityMode } from './durability.ts';
import {
  AtShutdown,
  DataStateMachine,
  DispatchStrategy,
  type ListenConfig,
  logLevels,
  type MemberConfig,
  type NodeConfig,
  ReplacesLostDisk,
} from './node-config.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

function integer(min: number, max: number): z.ZodNumber {
  const error = `expected an integer from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
}

function bytes(min: number, max: number): z.ZodNumber {
  const error = `expected a number of bytes from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
}

function text(what: string, pattern: RegExp): z.ZodString {
  const error = `expected ${what}`;
  return z.string(error).regex(pattern, error);
}

function address(example: string): z.ZodString {
  const error = `expected an address such as ${example} (host:port, IPv6 in brackets)`;
  return z.string(error).refine((value) => parseAddress(value) !== undefined, error);
}

function choice<T extends string>(values: readonly T[]): z.ZodEnum<{ [K in T]: K }> {
  return z.enum(values, `expected one of ${values.join(', ')}`);
}

const zone = text('a zone of 1 to 64 letters, digits, dots, hyphens and underscores', /^[A-Za-z0-9._-]{1,64}$/);

const member = z.strictObject(
  {
    id: integer(1, Number.MAX_SAFE_INTEGER),
    peer: address('10.0.0.1:7001'),
    client: address('10.0.0.1:7101'),
    http: address('10.0.0.1:7201'),
    zone: zone.optional(),
  },
  'expected a member: {id, peer, client, http}, with a zone if you like',
);

const defaultMember: MemberConfig = { id: 1, peer: '127.0.0.1:7001', client: '127.0.0.1:7101', http: '127.0.0.1:7201' };

const listen = z.strictObject(
  {
    peer: address('0.0.0.0:7001')
      .optional()
      .meta({ description: 'For the other nodes.', examples: ['0.0.0.0:7001'] }),
    client: address('0.0.0.0:7101')
      .optional()
      .meta({ description: 'For clients.', examples: ['0.0.0.0:7101'] }),
    http: address('0.0.0.0:7201')
      .optional()
      .meta({ description: 'For HTTP.', examples: ['0.0.0.0:7201'] }),
  },
  'expected {peer, client, http}',
);

const timing = z.strictObject(
  {
    electionTimeoutMs: integer(50, 60_000).default(1000).meta({
      description:
        'Milliseconds without word from the leader after which a follower stands for election (drawn at random from once to twice this).',
    }),
    heartbeatIntervalMs: integer(5, 20_000).default(100).meta({
      description: 'Milliseconds between heartbeats of a leader. Less than a third of electionTimeoutMs.',
    }),
    hibernateAfterMs: integer(0, 86_400_000).default(10_000).meta({
      description:
        'A group in which nothing happened for so many milliseconds falls silent, and costs nothing, until somebody wants it; 0: never.',
    }),
  },
  'expected {electionTimeoutMs, heartbeatIntervalMs, hibernateAfterMs}',
);

const durability = z.strictObject(
  {
    mode: choice(Object.values(DurabilityMode))
      .default(DurabilityMode.sync)
      .meta({
        description: [
          'sync: a node counts a write once it is on its disk. Nothing acknowledged is lost, even if all nodes lose power at once.',
          'batched: once the operating system has it; the disk follows every flushIntervalMs. A killed process loses nothing. If kernel or power fail on a quorum of nodes at once, acknowledged writes of the last interval are lost.',
          'memory: at once; the disk follows when it can. If a quorum of nodes dies at once, acknowledged writes are lost.',
        ].join('\n'),
      }),
    flushIntervalMs: integer(1, 60_000)
      .default(50)
      .meta({ description: 'Milliseconds between flushes in mode batched.' }),
  },
  'expected {mode, flushIntervalMs}',
);

const dispatch = z.strictObject(
  {
    strategy: choice(Object.values(DispatchStrategy))
      .default(DispatchStrategy.direct)
      .meta({
        description: [
          'direct: a leader sends every write to every follower.',
          'relay: to a few, chosen by measured latency and load, which pass it on to the rest; into each zone once. For links that are full before disks and processors are, or paid for.',
          'coded: large batches in fragments, one for each follower, which exchange them; no slow node holds a batch back. Of four nodes and more.',
          'auto: direct, unless the link of the leader is full; then whichever of the others yields more.',
        ].join('\n'),
      }),
    firstLevelSize: integer(1, 63).default(defaultRelayOptions.firstLevelSize).meta({
      description:
        'Of relay and auto: followers that the leader feeds itself; more while relays send more than the leader does.',
    }),
    depth: integer(1, 63).default(defaultRelayOptions.depth).meta({
      description:
        'Of relay and auto: levels of followers below the leader. 2: who is fed by the leader feeds all others.',
    }),
    replanBatches: integer(1, 1_000_000_000).default(defaultRelayOptions.replanBatches).meta({
      description: 'Of relay and auto: who passes on is chosen anew after so many batches of writes, ...',
    }),
    replanMs: integer(0, 86_400_000).default(defaultRelayOptions.replanMs).meta({
      description: '... and not before so many milliseconds have passed.',
    }),
    fragmentBytesMin: bytes(1, GiB).default(defaultCodedOptions.fragmentBytesMin).meta({
      description:
        'Of coded and auto: batches of writes of at least so many bytes travel in fragments, smaller ones as with direct.',
    }),
  },
  'expected {strategy, firstLevelSize, depth, replanBatches, replanMs, fragmentBytesMin}',
);

const snapshots = z.strictObject(
  {
    logBytes: bytes(64 * KiB, 1024 * GiB)
      .default(64 * MiB)
      .meta({
        description:
          'Bytes of log after which a group takes a snapshot; or as many as its last snapshot has, if that is more.',
      }),
    logEntries: integer(0, 1_000_000_000)
      .default(0)
      .meta({ description: 'The same in writes; 0: their number does not matter.' }),
    logAgeMs: integer(0, 31_536_000_000)
      .default(0)
      .meta({ description: 'The same in milliseconds since the oldest of them; 0: age does not matter.' }),
    logTailBytes: bytes(0, 1024 * GiB)
      .default(16 * MiB)
      .meta({ description: 'Log kept behind a snapshot for nodes that were away for a moment, in bytes.' }),
    logBytesMax: bytes(64 * KiB, 1024 * GiB)
      .default(GiB)
      .meta({ description: 'With more log than this, a node that cannot keep up gets a snapshot instead, in bytes.' }),
    transferBytesPerSecondMax: bytes(0, 1024 * GiB)
      .default(64 * MiB)
      .meta({
        description: 'Bytes of snapshots sent per second, to all nodes together; 0: as fast as it goes.',
      }),
    restoreBytesPerSecondMax: bytes(0, 1024 * GiB)
      .default(64 * MiB)
      .meta({
        description:
          'Bytes per second of snapshots fetched from other nodes that become the state of groups, all together; 0: as fast as it goes.',
      }),
  },
  'expected {logBytes, logEntries, logAgeMs, logTailBytes, logBytesMax, transferBytesPerSecondMax, restoreBytesPerSecondMax}',
);

const storage = z.strictObject(
  {
    memtableBytes: bytes(64 * KiB, 64 * GiB)
      .default(64 * MiB)
      .meta({ description: 'Points are gathered in memory, and written into files once they take so many bytes, ...' }),
    memtableAgeMs: integer(1000, 604_800_000)
      .default(600_000)
      .meta({ description: '... or once the oldest has been there for so many milliseconds.' }),
    memoryBytesMax: bytes(128 * KiB, 1024 * GiB)
      .default(256 * MiB)
      .meta({
        description:
          'Bytes of points in memory, those that are being written into files included, with which no more are applied until some are written. At least twice memtableBytes.',
      }),
    indexCacheBytes: bytes(0, 64 * GiB)
      .default(64 * MiB)
      .meta({ description: 'What is kept in memory of files: of their indexes, and of small chunks, in bytes.' }),
    compactionBytesPerSecondMax: bytes(64 * KiB, 1024 * GiB)
      .default(32 * MiB)
      .meta({ description: 'Bytes per second that are written, at most, where files are made into fewer.' }),
    expiryIntervalMs: integer(100, 86_400_000).default(60_000).meta({
      description: 'Milliseconds between looks at what has outlived its time to live, so that it leaves the files.',
    }),
  },
  'expected {memtableBytes, memtableAgeMs, memoryBytesMax, indexCacheBytes, compactionBytesPerSecondMax, expiryIntervalMs}',
);

const reportIntervalMsMin = 100;
const reportIntervalMsMax = 86_400_000;
const reportIntervalError = `expected 0, or an integer from ${reportIntervalMsMin} to ${reportIntervalMsMax}`;

const report = z.strictObject(
  {
    intervalMs: z
      .int(reportIntervalError)
      .max(reportIntervalMsMax, reportIntervalError)
      .refine((ms) => ms === 0 || ms >= reportIntervalMsMin, reportIntervalError)
      .default(0)
      .meta({ description: 'Milliseconds between reports; 0: none.' }),
    atShutdown: choice(Object.values(AtShutdown))
      .default(AtShutdown.no)
      .meta({ description: 'yes: one more when the node is stopped, before it hands its leadership over.' }),
    bytesMax: bytes(2 * MiB, GiB)
      .default(16 * MiB)
      .meta({ description: 'Disk that all of them take, in bytes; the oldest half goes when it is full.' }),
  },
  'expected {intervalMs, atShutdown, bytesMax}',
);

const limits = z.strictObject(
  {
    frameBytesMax: bytes(64 * KiB, 256 * MiB)
      .default(16 * MiB)
      .meta({
        description: 'Largest frame accepted from a node or a client, in bytes. The same on every node.',
      }),
    proposalBytesMax: bytes(4 * KiB, 128 * MiB)
      .default(4 * MiB)
      .meta({
        description: 'Largest single write, in bytes as sent. At most half of frameBytesMax.',
      }),
    httpBodyBytesMax: bytes(KiB, 256 * MiB)
      .default(8 * MiB)
      .meta({ description: 'Largest HTTP request body, in bytes.' }),
    seriesMax: integer(1, 100_000_000).default(1_000_000).meta({
      description: 'Number of series; writes that would make more are refused. Must be the same on every node.',
    }),
    inFlightBytesMax: bytes(MiB, 64 * GiB)
      .default(256 * MiB)
      .meta({
        description: 'Writes taken from clients and not yet answered, all connections together, in bytes.',
      }),
    connectionInFlightBytesMax: bytes(64 * KiB, 16 * GiB)
      .default(64 * MiB)
      .meta({
        description: 'The same for one connection, in bytes. A client that sends more is told to wait and retry.',
      }),
    connectionsMax: integer(1, 1_000_000).default(4096).meta({ description: 'Client connections open at one time.' }),
    queriesMax: integer(1, 100_000).default(1000).meta({ description: 'SQL queries that run at one time.' }),
    queryBytesMax: bytes(MiB, 64 * GiB)
      .default(256 * MiB)
      .meta({ description: 'What one SQL query may hold in memory, in bytes.' }),
    queriesBytesMax: bytes(MiB, 1024 * GiB)
      .default(GiB)
      .meta({ description: 'What all SQL queries together may hold in memory, in bytes.' }),
    queryTimeoutMs: integer(1, 86_400_000).default(60_000).meta({
      description: 'Milliseconds after which an SQL query is given up, unless the one who asks says otherwise.',
    }),
    weakBytesMax: bytes(0, GiB).default(0).meta({
      description:
        'Weak writes: bytes that clients may be told of before they are on the disks of a quorum. So much is lost if a majority of the nodes fails at once. 0: weak writes are refused. The same on every node.',
    }),
  },
  'expected a map of limits',
);

const auth = z.strictObject(
  {
    users: z
      .array(
        z.strictObject(
          {
            name: text('a name of 1 to 64 printable characters without a colon', /^[^:\p{C}]{1,64}$/u),
            passwordHash: z
              .string('expected a hash')
              .refine(isPasswordHash, 'expected a hash as "balsa hash-password" prints it'),
          },
          'expected a user: {name, passwordHash}',
        ),
        'expected a list of users: [{name, passwordHash}, ...]',
      )
      .max(10_000, 'expected at most 10000 users')
      .refine((users) => new Set(users.map(({ name }) => name)).size === users.length, 'expected each name once')
      .default([])
      .meta({
        description:
          'Who may read and write data over HTTP, by name and password; "balsa hash-password" makes the hashes. Empty: everybody may. The client port knows no users.',
      }),
  },
  'expected {users}',
);

const settingsSchema = z.strictObject(
  {
    nodeId: integer(1, Number.MAX_SAFE_INTEGER).default(1).meta({
      description: 'Identity of this node, unique in the cluster. If its data are gone, see replacesLostDisk.',
    }),
    clusterName: text('a name of 1 to 64 letters, digits, dots, hyphens and underscores', /^[A-Za-z0-9._-]{1,64}$/)
      .default('balsa')
      .meta({ description: 'Nodes only talk to nodes of the same cluster name.' }),
    dataFolder: text('a path', /^[^\0]{1,4096}$/)
      .default('./balsa-data')
      .meta({
        description:
          'Where this node keeps its log, term and vote, and its series. Relative paths start at the folder of this file.',
      }),
    replacesLostDisk: choice(Object.values(ReplacesLostDisk))
      .default(ReplacesLostDisk.no)
      .meta({
        description: [
          'yes: this node ran before, and its data are lost. If dataFolder is empty, the node neither votes nor counts until the others have restored what it had. Needs three members or more, with a majority that has lost nothing. Changes nothing for a folder that is there.',
          'no: an empty dataFolder is that of a node which never ran.',
        ].join('\n'),
      }),
    listen: listen.prefault({}).meta({
      description: 'Where this node binds. Left out: the addresses of its own entry under members.',
    }),
    members: z
      .array(member, 'expected a list of members: [{id, peer, client, http}, ...]')
      .min(1, 'expected at least one member')
      .max(63, 'expected at most 63 members')
      .default([{ ...defaultMember }])
      .meta({
        description:
          'All nodes of the cluster, this one included, with the addresses under which others reach them; and with the zone in which each stands, or none with any. The same on every node.',
      }),
    zone: zone.optional().meta({
      description:
        'The zone in which this node stands, if its place knows that: it does not start where members say otherwise.',
      examples: ['zone-a'],
    }),
    timing: timing.prefault({}).meta({ description: 'Elections. The same on every node.' }),
    durability: durability.prefault({}).meta({ description: 'When a write is safe. The same on every node.' }),
    dispatch: dispatch.prefault({}).meta({
      description: 'How this node, while it leads, gets data to the others. Need not be the same on every node.',
    }),
    snapshots: snapshots.prefault({}).meta({ description: 'When a snapshot takes the place of log, in each group.' }),
    storage: storage.prefault({}).meta({
      description: 'How time series get from memory to files. Need not be the same on every node.',
    }),
    report: report.prefault({}).meta({
      description:
        'Reports on this node, as of GET /report, in the folder reports of dataFolder, one JSON object a line. While there are any to come, all groups are measured.',
    }),
    auth: auth.prefault({}).meta({ description: 'Who may use the node.' }),
    limits: limits.prefault({}).meta({ description: 'What the node takes before it says no.' }),
    logLevel: choice(logLevels).default('info').meta({ description: 'trace, debug, info, warn, error or silent.' }),
    dataStateMachine: choice(Object.values(DataStateMachine)).default(DataStateMachine.store).meta({
      description:
        'store: time series. count: only counts commands and bytes, to measure replication alone. The same on every node.',
    }),
  },
  'expected a map of settings',
);

/** The settings as written, with defaults, before this node's listen addresses are derived from its member entry. */
export type ParsedSettings = Omit<NodeConfig, 'listen'> & {
  readonly listen: { readonly [K in keyof ListenConfig]?: string | undefined };
};

export function parseSettings(input: unknown): z.ZodSafeParseResult<ParsedSettings> {
  return settingsSchema.safeParse(input, { reportInput: true });
}

/** The same schema as data, for walking it. */
export const schemaRoot: z.ZodType = settingsSchema;
