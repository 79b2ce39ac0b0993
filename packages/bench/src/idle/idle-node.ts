// One node as an embedder of @balsa/replica would run it, with a state machine that does nothing: what it costs is what its
// groups cost.

import { type Group, type OpenedHost, openHost, type StateMachine } from '@balsa/replica';
import type { CpuSample, GroupRange, IdleNodeSpec, Leadership, MemorySample } from './node-protocol.ts';

const writeTimeoutMs = 60_000;
const command = new Uint8Array(16);
const noResult = new Uint8Array();

export class IdleNode {
  readonly #opened: OpenedHost;
  readonly #members: readonly number[];

  /** Opens the host and begins to talk to the others; it has no groups yet. */
  static async open(spec: IdleNodeSpec): Promise<IdleNode> {
    const { nodeId, addresses, folder, groupsMax, timing } = spec;
    const members = addresses.map((_, i) => i + 1);
    const cluster = 'bench-idle';
    const fail = (error: Error): never => {
      throw error;
    };
    const opened = await openHost({
      nodeId,
      cluster,
      dataFolder: folder,
      extentSlots: Math.max(1, groupsMax),
      timing,
      listen: addresses[nodeId - 1]!,
      peers: new Map(addresses.map((address, i) => [i + 1, address])),
      events: { onFatal: fail, onGroupFailure: (_group, error) => fail(error) },
    });
    await opened.host.connect();
    return new IdleNode(opened, members);
  }

  private constructor(opened: OpenedHost, members: readonly number[]) {
    this.#opened = opened;
    this.#members = members;
  }

  start({ first, last }: GroupRange): void {
    for (let group = first; group <= last; group++) {
      this.#opened.host.startGroup({ group, members: this.#members, stateMachine: new Nothing() });
    }
  }

  leadership(range: GroupRange): Leadership {
    const groups = this.#groups(range);
    return {
      led: groups.filter((group) => group.isLeader).length,
      leaderless: groups.filter((group) => group.leader === undefined).length,
    };
  }

  async write(range: GroupRange): Promise<void> {
    const led = this.#groups(range).filter((group) => group.isLeader);
    await Promise.all(led.map((group) => group.propose(command, { timeoutMs: writeTimeoutMs })));
  }

  cpu(): CpuSample {
    const { user, system } = process.cpuUsage();
    return { atMs: performance.now(), cpuUs: user + system };
  }

  /** The process must have been started with --expose-gc. */
  memory(): MemorySample {
    if (globalThis.gc === undefined) throw new Error('the process was started without --expose-gc');
    // What only finalizers let go of is gone after the second time.
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    return { heapBytes: heapUsed, offHeapBytes: external, residentBytes: rss };
  }

  async stop(): Promise<void> {
    await this.#opened.close();
  }

  #groups({ first, last }: GroupRange): Group[] {
    return this.#opened.host.groups().filter(({ id }) => id >= first && id <= last);
  }
}

/** Every group has one of its own. */
class Nothing implements StateMachine {
  apply(): Uint8Array {
    return noResult;
  }

  checksum(): number {
    return 0;
  }

  snapshot(): Iterable<Uint8Array> {
    return [];
  }

  async restore(): Promise<void> {}
}
