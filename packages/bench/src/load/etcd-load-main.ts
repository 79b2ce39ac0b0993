// Process entry: loads etcd from Node. Every client overwrites a key of its own.

import * as grpc from '@grpc/grpc-js';
import { connectEtcd, put } from './etcd-put.ts';
import { type OnAnswer, type OpenChannel, runGenerator } from './generator.ts';
import type { LoadSpec } from './spec.ts';

async function open(spec: LoadSpec, onAnswer: OnAnswer): Promise<OpenChannel> {
  const connections = Array.from({ length: spec.connections }, () => connectEtcd(spec.addresses[0]!));
  await Promise.all(connections.map((connection) => ready(connection, spec.requestTimeoutMs)));
  const value = Buffer.alloc(spec.valueBytes, 'b');
  const requests = Array.from({ length: spec.clients }, (_, client) => ({
    key: Buffer.from(`bench/${client}`),
    value,
  }));
  return {
    successStatus: grpc.status.OK,
    write: (client) =>
      put(connections[client % connections.length]!, requests[client]!, spec.requestTimeoutMs, (status) =>
        onAnswer(client, status),
      ),
    statusName: (status) => grpc.status[status] ?? String(status),
    close: async () => {
      for (const connection of connections) connection.close();
    },
  };
}

function ready(connection: grpc.Client, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) =>
    connection.waitForReady(Date.now() + timeoutMs, (error) => (error === undefined ? resolve() : reject(error))),
  );
}

await runGenerator(open);
