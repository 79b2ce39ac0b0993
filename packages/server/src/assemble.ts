// Puts a node's services together over its groups.

import { Counter, SchemaRegistry, SeriesStore } from '@balsa/engine';
import { limitLog, type OpenedHost, realClock } from '@balsa/replica';
import type { FastifyInstance } from 'fastify';
import type { ClientFaceContext } from './client-face/context.ts';
import { DataStateMachine, type NodeConfig } from './config/node-config.ts';
import type { Failures } from './failures.ts';
import { GroupIds } from './group-ids.ts';
import { createHttpFace } from './http/http-face.ts';
import type { Log } from './log.ts';
import { InFlightBudget } from './service/in-flight-budget.ts';
import { NodeService } from './service/node-service.ts';
import { NodeState } from './service/node-state.ts';
import { SchemaGuard } from './service/schema-guard.ts';
import { describeFault } from './service/status-of-error.ts';
import { WritePath } from './service/write-path.ts';
import { version } from './version.ts';

export interface Faces {
  readonly clients: ClientFaceContext;
  readonly http: FastifyInstance;
  readonly state: NodeState;
}

/** Starts the groups; nothing listens yet. */
export function assemble(config: NodeConfig, { host, log: wal }: OpenedHost, failures: Failures, log: Log): Faces {
  const { nodeId, clusterName, members, limits } = config;
  const { storeBytesMax, seriesMax, inFlightBytesMax, proposalBytesMax, httpBodyBytesMax, connectionsMax } = limits;
  const { nowMs } = realClock;
  const memberIds = members.map((member) => member.id);
  const registry = new SchemaRegistry({ seriesMax });
  const metadata = host.startGroup({ group: GroupIds.metadata, members: memberIds, stateMachine: registry });
  const counts = config.dataStateMachine === DataStateMachine.count;
  const store = counts ? undefined : new SeriesStore({ memoryBytesMax: storeBytesMax, seriesMax });
  const data = host.startGroup({
    group: GroupIds.data,
    members: memberIds,
    stateMachine: store ?? new Counter(),
    dispatch: config.dispatch,
    weakBytesMax: limits.weakBytesMax,
  });
  const guard = counts
    ? undefined
    : new SchemaGuard(registry, (command, options) => metadata.propose(command, options));
  const budget = new InFlightBudget(inFlightBytesMax);
  const state = new NodeState({
    nodeId,
    cluster: clusterName,
    host,
    version,
    members,
    groups: [
      { name: 'metadata', group: metadata },
      { name: 'data', group: data },
    ],
    dataGroup: GroupIds.data,
    storeStatistics: store === undefined ? undefined : () => store.statistics(),
    logStatistics: () => ({ flushes: wal.statistics().blocks, bytes: wal.statistics().writtenBytes }),
    logKeptBytes: () => wal.usage().bytes,
    failures,
    clock: realClock,
  });
  const service = new NodeService({ data, store, guard, budget, proposalBytesMax, state });
  const clientAddresses = new Map(members.map((member) => [member.id, member.client]));
  return {
    state,
    clients: {
      nodeId,
      version,
      cluster: clusterName,
      limits,
      budget,
      writes: new WritePath(data, guard, nowMs),
      service,
      log: limitLog(log, nowMs),
      clientAddressOf: (id) => (id === undefined ? '' : (clientAddresses.get(id) ?? '')),
    },
    http: createHttpFace(service, {
      bodyBytesMax: httpBodyBytesMax,
      connectionsMax,
      onFault: (error) => log('error', 'REQUEST_FAULT', describeFault(error)),
    }),
  };
}
