// Three threads, a node in each, and a transport of our own between them (message-port-transport.ts): they agree on the order
// of what each of them has to say.
//
//   node dist/own-transport.js

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isMainThread, MessageChannel, type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { openHost, type StateMachine } from '@balsa/replica';
import { MessagePortTransport } from './message-port-transport.ts';

const members = [1, 2, 3];

interface ThreadData {
  readonly nodeId: number;
  readonly dataFolder: string;
  /** The way to each of the others. */
  readonly ports: ReadonlyMap<number, MessagePort>;
}

class Words implements StateMachine {
  words: string[] = [];

  apply(_index: number, command: Uint8Array): Uint8Array {
    this.words.push(Buffer.from(command).toString());
    return new Uint8Array();
  }

  snapshot(): Iterable<Uint8Array> {
    return [Buffer.from(JSON.stringify(this.words))];
  }

  async restore(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    this.words = JSON.parse(await text(chunks)) as string[];
  }

  checksum(): number {
    return this.words.length;
  }
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'balsa-threads-'));
  const ports = new Map(members.map((id) => [id, new Map<number, MessagePort>()]));
  for (const a of members) {
    for (const b of members.filter((id) => id > a)) {
      const { port1, port2 } = new MessageChannel();
      ports.get(a)?.set(b, port1);
      ports.get(b)?.set(a, port2);
    }
  }
  const threads = [...ports].map(([nodeId, its]) => {
    const data: ThreadData = { nodeId, dataFolder: join(folder, `node-${nodeId}`), ports: its };
    return new Worker(new URL(import.meta.url), { workerData: data, transferList: [...its.values()] });
  });
  for (const [words] of await Promise.all(threads.map((thread) => once(thread, 'message')))) console.log(words);
  // Only now: a thread that went first could leave the others without a majority.
  for (const thread of threads) thread.postMessage('stop');
  await Promise.all(threads.map((thread) => once(thread, 'exit')));
  await rm(folder, { recursive: true });
}

async function thread({ nodeId, dataFolder, ports }: ThreadData): Promise<void> {
  const stopped = once(parentPort!, 'message');
  const transport = new MessagePortTransport(nodeId);
  for (const [peer, port] of ports) transport.connect(peer, port);
  const node = await openHost({ nodeId, cluster: 'threads', dataFolder, createTransport: () => transport });
  const stateMachine = new Words();
  const group = node.host.startGroup({ group: 1, members, stateMachine });
  await node.host.connect();
  await group.propose(Buffer.from(`${nodeId} was here`), { timeoutMs: 10_000 });
  const isThere = (id: number): boolean => stateMachine.words.includes(`${id} was here`);
  for await (const _ of group.changes(AbortSignal.timeout(10_000))) if (members.every(isThere)) break;
  parentPort?.postMessage(`thread ${nodeId} has heard: ${stateMachine.words.join(', ')}`);
  await stopped;
  await node.close();
}

if (isMainThread) await main();
else await thread(workerData as ThreadData);
