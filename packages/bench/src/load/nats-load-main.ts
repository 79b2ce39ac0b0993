// Process entry: loads NATS JetStream from Node. Every client publishes to a subject of its own, and again when the stream
// has acknowledged.

import { connect } from '@nats-io/transport-node';
import { type OnAnswer, type OpenChannel, runGenerator } from './generator.ts';
import { NatsPublisher, NatsStatus, natsStatusName, natsSubjects } from './nats-publisher.ts';
import type { LoadSpec } from './spec.ts';

async function open(spec: LoadSpec, onAnswer: OnAnswer): Promise<OpenChannel> {
  const servers = [spec.addresses[0]!];
  const publishers = await Promise.all(
    Array.from({ length: spec.connections }, async () => {
      const options = { servers, reconnect: false, ignoreClusterUpdates: true, timeout: spec.requestTimeoutMs };
      return new NatsPublisher(await connect({ ...options, name: 'balsa bench' }), onAnswer);
    }),
  );
  const value = Buffer.alloc(spec.valueBytes, 'b');
  const subjects = Array.from({ length: spec.clients }, (_, client) => `${natsSubjects}.${client}`);
  return {
    successStatus: NatsStatus.acknowledged,
    write: (client) =>
      publishers[client % publishers.length]!.publish(client, subjects[client]!, value, spec.requestTimeoutMs),
    statusName: natsStatusName,
    close: async () => {
      await Promise.all(publishers.map((publisher) => publisher.close()));
    },
  };
}

await runGenerator(open);
