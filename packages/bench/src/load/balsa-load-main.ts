// Process entry: loads Balsa through the frames of its client protocol. Every simulated client has a session of its
// own, as a real one would, so that its writes are applied exactly once; what it writes are opaque bytes for a state machine that only counts.

import { ProtocolConnection, type RequestFailure, type WriteSink } from '@balsa/client';
import { GroupIds } from '@balsa/server';
import { StatusCode, statusName } from '@balsa/wire';
import { EarlyWrites } from './early-writes.ts';
import { type OnAnswer, type OpenChannel, runGenerator } from './generator.ts';
import type { LoadSpec } from './spec.ts';

/** Beside the status codes of the protocol: why a write got none. */
const connectionLost = -1;
const notSent = -2;

interface SessionPosition {
  readonly group: number;
  readonly sessionId: number;
  sequence: number;
  /** One write at a time: all before the one under way are settled. */
  acknowledgedBelow: number;
}

async function open(spec: LoadSpec, onAnswer: OnAnswer): Promise<OpenChannel> {
  const address = spec.addresses[0]!;
  const connections = await Promise.all(
    Array.from({ length: spec.connections }, () =>
      ProtocolConnection.connect({ address, timeoutMs: spec.requestTimeoutMs, name: 'balsa bench' }),
    ),
  );
  const connectionOf = (client: number): ProtocolConnection => connections[client % connections.length]!;
  const positions = await Promise.all(
    Array.from({ length: spec.clients }, async (_, client): Promise<SessionPosition> => {
      const sessionId = await connectionOf(client).openSession(GroupIds.data, spec.requestTimeoutMs);
      return { group: GroupIds.data, sessionId, sequence: 0, acknowledgedBelow: 0 };
    }),
  );
  const command = Buffer.alloc(spec.valueBytes, 'b');
  const sink: WriteSink = {
    written: (client: number, _index: number, status: number) => onAnswer(client, status),
    failed: (client: number, failure: RequestFailure) => onAnswer(client, failure.status ?? connectionLost),
  };
  const { acknowledge } = spec;
  const early = new EarlyWrites(spec.clients, connectionLost, onAnswer);
  // Which also tells each connection whether its node knows how to.
  if (acknowledge !== 'applied') await Promise.all(connections.map((it) => it.status(spec.requestTimeoutMs)));
  const writeEarly = (client: number): boolean => {
    const begun = early.begin(client);
    if (begun === undefined) return false;
    const { token, sequence, acknowledgedBelow } = begun;
    const position = { ...positions[client]!, sequence, acknowledgedBelow };
    const isSent = connectionOf(client).write(position, command, spec.requestTimeoutMs, early, token, acknowledge);
    if (!isSent) early.cancel(token);
    return isSent;
  };
  return {
    successStatus: StatusCode.SUCCESS,
    write: (client) => {
      if (acknowledge !== 'applied') {
        if (!writeEarly(client)) setImmediate(onAnswer, client, notSent);
        return;
      }
      const position = positions[client]!;
      position.acknowledgedBelow = ++position.sequence;
      if (connectionOf(client).write(position, command, spec.requestTimeoutMs, sink, client)) return;
      setImmediate(onAnswer, client, notSent);
    },
    statusName: (status) => {
      if (status === connectionLost) return 'CONNECTION_LOST';
      return status === notSent ? 'NOT_SENT' : `${status} ${statusName(status)}`;
    },
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

await runGenerator(open);
