// Process entry: one node of the benchmark of idle groups.

import { serveCalls, specOfProcess } from '../node-process/serve-calls.ts';
import { IdleNode } from './idle-node.ts';
import type { IdleNodeCalls, IdleNodeSpec } from './node-protocol.ts';

const node = await IdleNode.open(specOfProcess<IdleNodeSpec>());
serveCalls<IdleNodeCalls>({
  start: (range) => {
    node.start(range);
    return null;
  },
  leadership: (range) => node.leadership(range),
  write: async (range) => {
    await node.write(range);
    return null;
  },
  cpu: () => node.cpu(),
  memory: () => node.memory(),
  stop: async () => {
    await node.stop();
    return null;
  },
});
