// Process entry: one node of the benchmark of idle groups. It does what its parent tells it, and ends with it.

import { IdleNode } from './idle-node.ts';
import type { CallMessage, GroupRange, IdleNodeSpec, ReplyMessage } from './node-protocol.ts';

async function answer(node: IdleNode, { name, argument }: CallMessage): Promise<object | null> {
  switch (name) {
    case 'start':
      node.start(argument as GroupRange);
      return null;
    case 'leadership':
      return node.leadership(argument as GroupRange);
    case 'write':
      await node.write(argument as GroupRange);
      return null;
    case 'cpu':
      return node.cpu();
    case 'memory':
      return node.memory();
    case 'stop':
      await node.stop();
      return null;
  }
}

process.once('disconnect', () => process.exit(1));
const node = await IdleNode.open(JSON.parse(process.argv[2] ?? '') as IdleNodeSpec);
process.on('message', (call: CallMessage) => {
  answer(node, call).then(
    (result) => {
      process.send?.({ answer: result } as ReplyMessage);
      if (call.name !== 'stop') return;
      process.removeAllListeners('disconnect');
      process.disconnect();
    },
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
// The parent waits for this one before it calls.
process.send?.({ answer: null } satisfies ReplyMessage);
