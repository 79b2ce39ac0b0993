// Whoever writes a part of his own lets it pass the suite for its kind, in whatever test framework he likes.

import { MessageChannel } from 'node:worker_threads';
import { transportCases } from '@balsa/replica/conformance';
import { test } from 'vitest';
import { MessagePortTransport } from './message-port-transport.ts';

const cases = transportCases(async ({ queueBytesMax }) => {
  const latest = new Map<number, MessagePortTransport>();
  return {
    transport: (nodeId) => {
      const transport = new MessagePortTransport(nodeId, queueBytesMax);
      for (const [peer, other] of latest) {
        if (peer === nodeId) continue;
        const { port1, port2 } = new MessageChannel();
        transport.connect(peer, port1);
        other.connect(nodeId, port2);
      }
      latest.set(nodeId, transport);
      return transport;
    },
  };
});

for (const { name, run } of cases) test(name, run);
