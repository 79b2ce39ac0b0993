// Puts a node's services together over its groups.

import { Counter, SchemaRegistry } from '@balsa/engine';
import { type Group, limitLog, type OpenedHost, realClock } from '@balsa/replica';
import { defaultQueryLimits } from '@balsa/sql';
import type { GroupStatusReport } from '@balsa/wire';
import type { FastifyInstance } from 'fastify';
import { Users } from './auth/users.ts';
import type { ClientFaceContext } from './client-face/context.ts';
import type { NodeConfig } from './config/node-config.ts';
import { OtherMembers } from './elsewhere/other-members.ts';
import { Repair } from './elsewhere/repair.ts';
import { ExpiryKeeper } from './expiry/expiry-keeper.ts';
import type { Failures } from './failures.ts';
import { GroupIds } from './group-ids.ts';
import { createHttpFace } from './http/http-face.ts';
import type { Log } from './log.ts';
import { ByteBudget } from './service/byte-budget.ts';
import { NodeService } from './service/node-service.ts';
import { NodeState } from './service/node-state.ts';
import { SchemaGuard } from './service/schema-guard.ts';
import { describeFault } from './service/status-of-error.ts';
import { WritePath } from './service/write-path.ts';
import { clusterFacts } from './sql/cluster-facts.ts';
import { RunningQueries } from './sql/running-queries.ts';
import { StatementService } from './sql/statement-service.ts';
import type { OpenedStore } from './store/open-store.ts';
import { readableElsewhere, readableStore } from './store/readable-store.ts';
import { StoreContents } from './store/store-contents.ts';
import { version } from './version.ts';

export interface Faces {
  readonly clients: ClientFaceContext;
  readonly http: FastifyInstance;
  readonly state: NodeState;
  readonly queries: RunningQueries;
  /** Absent where the data group only counts. */
  readonly expiry: ExpiryKeeper | undefined;
}

/** Starts the groups; nothing listens yet. `store`: absent where the data group only counts. */
export function assemble(
  config: NodeConfig,
  { host, log: wal }: OpenedHost,
  opened: OpenedStore | undefined,
  failures: Failures,
  log: Log,
): Faces {
  const { nodeId, clusterName, members, limits } = config;
  const { seriesMax, inFlightBytesMax, proposalBytesMax, httpBodyBytesMax, connectionsMax } = limits;
  const { queriesMax, queryBytesMax, queriesBytesMax, queryTimeoutMs } = limits;
  const { nowMs } = realClock;
  const memberIds = members.map((member) => member.id);
  const registry = new SchemaRegistry({ seriesMax });
  const metadata = host.startGroup({ group: GroupIds.metadata, members: memberIds, stateMachine: registry });
  const counter = new Counter();
  const data = host.startGroup({
    group: GroupIds.data,
    members: memberIds,
    stateMachine: opened?.engine ?? counter,
    dispatch: config.dispatch,
    weakBytesMax: limits.weakBytesMax,
  });
  const readable = members.length > 1 ? readableElsewhere(data) : data;
  const others = new OtherMembers({ nodeId, members, leader: () => data.leader });
  const store = opened === undefined ? undefined : readableStore(data, opened.engine);
  const contents = store === undefined ? undefined : new StoreContents(store);
  const guard =
    opened === undefined
      ? undefined
      : new SchemaGuard({
          registry,
          store: opened.engine,
          proposeMetadata: (command, options) => metadata.propose(command, options),
          catchUp: (timeoutMs) => metadata.readBarrier({ timeoutMs }),
          proposeData: (command, options) => data.propose(command, options),
        });
  const expiry =
    store === undefined
      ? undefined
      : new ExpiryKeeper(config.storage.expiryIntervalMs, {
          registry,
          store,
          metadata,
          data,
          clock: realClock,
          dateMs: Date.now,
          log,
        });
  const repair =
    opened === undefined
      ? undefined
      : new Repair({
          others,
          group: data,
          damagedFiles: () => opened.engine.statistics().damagedFiles.length,
        });
  const budget = new ByteBudget(inFlightBytesMax);
  const groups = [
    { name: 'metadata', group: metadata, checksum: () => checksumOf(metadata, registry) },
    {
      name: 'data',
      group: data,
      checksum: () => (contents === undefined ? checksumOf(data, counter) : lastChecksumOf(contents)),
    },
  ];
  const queries = new RunningQueries(nodeId, queriesMax, { nowMs: Date.now });
  const statements =
    store === undefined
      ? undefined
      : new StatementService({
          registry,
          store,
          metadata,
          data: readable,
          insertTablet: (tablet, timeoutMs, isAligned) => service.insertTablet(tablet, timeoutMs, isAligned),
          queries,
          queryMemory: new ByteBudget(queriesBytesMax),
          queryLimits: { ...defaultQueryLimits, memoryBytesMax: queryBytesMax },
          clusterFacts: () => clusterFacts({ config, host, groups, queries, nowMs: Date.now }),
          nowMs: Date.now,
        });
  const state = new NodeState({
    nodeId,
    cluster: clusterName,
    host,
    version,
    members,
    groups,
    store: opened,
    logStatistics: () => ({ flushes: wal.statistics().blocks, bytes: wal.statistics().writtenBytes }),
    logKeptBytes: () => wal.usage().bytes,
    askedOthers: () => others.counts,
    failures,
    clock: realClock,
  });
  const service: NodeService = new NodeService({
    data: readable,
    store,
    contents,
    guard,
    statements,
    budget,
    proposalBytesMax,
    state,
  });
  const clientAddresses = new Map(members.map((member) => [member.id, member.client]));
  return {
    state,
    queries,
    expiry,
    clients: {
      nodeId,
      version,
      cluster: clusterName,
      limits,
      budget,
      writes: new WritePath(data, guard, nowMs),
      service,
      others,
      log: limitLog(log, nowMs),
      clientAddressOf: (id) => (id === undefined ? '' : (clientAddresses.get(id) ?? '')),
    },
    http: createHttpFace(service, {
      bodyBytesMax: httpBodyBytesMax,
      connectionsMax,
      users: new Users(config.auth.users),
      queryTimeoutMs,
      nodeId,
      others,
      repair,
      onFault: (error) => log('error', 'REQUEST_FAULT', describeFault(error)),
    }),
  };
}

function checksumOf(group: Group, machine: { checksum(): number }): GroupStatusReport['checksum'] {
  return group.isRestoring ? undefined : { index: group.status().appliedIndex, value: machine.checksum() };
}

function lastChecksumOf({ last }: StoreContents): GroupStatusReport['checksum'] {
  return last === undefined ? undefined : { index: last.appliedIndex, value: last.checksum };
}
