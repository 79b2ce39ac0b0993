// Process entry: one node of the benchmark of dispatch strategies.

import { keepHeapHeadroom } from '@balsa/server';
import { serveCalls, specOfProcess } from '../node-process/serve-calls.ts';
import { DispatchNode } from './dispatch-node.ts';
import type { DispatchNodeCalls, DispatchNodeSpec } from './node-protocol.ts';

// As in a node of Balsa: with V8's own limit, much of the time would go into collecting buffers.
const letGoOfHeadroom = keepHeapHeadroom();
const node = await DispatchNode.open(specOfProcess<DispatchNodeSpec>());
serveCalls<DispatchNodeCalls>({
  state: () => node.state(),
  handOver: async ({ to }) => {
    await node.handOver(to);
    return null;
  },
  setDispatch: (options) => {
    node.setDispatch(options);
    return null;
  },
  beginLoad: (load) => {
    node.beginLoad(load);
    return null;
  },
  relayInUse: () => node.relayInUse(),
  beginWindow: ({ watchedRelay }) => {
    node.beginWindow(watchedRelay);
    return null;
  },
  endWindow: () => node.endWindow(),
  endLoad: async () => {
    await node.endLoad();
    return null;
  },
  stop: async () => {
    await node.stop();
    letGoOfHeadroom();
    return null;
  },
});
