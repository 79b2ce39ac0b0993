// Process entry: one node of the benchmark of catching up.

import { keepHeapHeadroom } from '@balsa/server';
import { serveCalls, specOfProcess } from '../node-process/serve-calls.ts';
import { CatchUpNode } from './catch-up-node.ts';
import type { CatchUpNodeCalls, CatchUpNodeSpec } from './node-protocol.ts';

// As in a node of Balsa: with V8's own limit, half of the time would go into collecting buffers.
const letGoOfHeadroom = keepHeapHeadroom();
const node = await CatchUpNode.open(specOfProcess<CatchUpNodeSpec>());
serveCalls<CatchUpNodeCalls>({
  sample: () => node.sample(),
  write: async (load) => {
    await node.write(load);
    return null;
  },
  beginLoad: (load) => {
    node.beginLoad(load);
    return null;
  },
  endLoad: async () => {
    await node.endLoad();
    return null;
  },
  compact: () => node.compact(),
  check: () => node.check(),
  stop: async () => {
    await node.stop();
    letGoOfHeadroom();
    return null;
  },
});
