// One node as an embedder of @balsa/replica would run it, with much state and a group of three.

import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Group, type OpenedHost, openHost } from '@balsa/replica';
import type { CatchUpNodeSpec, LoadSpec, NodeSample, StateChecks } from './node-protocol.ts';
import { RecentValues } from './recent-values.ts';
import { ValueLoad } from './value-load.ts';

const groupId = 1;
const stallResolutionMs = 5;
const nanosecondsPerMs = 1e6;
const compactionPollMs = 50;

export class CatchUpNode {
  readonly #opened: OpenedHost;
  readonly #group: Group;
  readonly #values: RecentValues;
  readonly #seed: number;
  readonly #stalls = monitorEventLoopDelay({ resolution: stallResolutionMs });
  #load: ValueLoad | undefined;
  #written = 0;
  #failed = 0;

  static async open(spec: CatchUpNodeSpec): Promise<CatchUpNode> {
    const { nodeId, addresses, folder, timing, windowBytes, seed } = spec;
    const members = addresses.map((_, i) => i + 1);
    const fail = (error: Error): never => {
      throw error;
    };
    const opened = await openHost({
      nodeId,
      cluster: 'bench-catch-up',
      dataFolder: join(folder, 'data'),
      timing,
      limits: {
        snapshotSend: { bytesPerSecondMax: spec.snapshotBytesPerSecondMax },
        snapshotRestore: { bytesPerSecondMax: spec.restoreBytesPerSecondMax },
      },
      listen: addresses[nodeId - 1]!,
      peers: new Map(addresses.map((address, i) => [i + 1, address])),
      events: {
        onFatal: fail,
        onGroupFailure: (_group, error) => fail(error),
        onSnapshotFailure: (_group, error) => fail(error),
      },
    });
    const values = new RecentValues({ folder: join(folder, 'values'), windowBytes });
    const group = opened.host.startGroup({ group: groupId, members, stateMachine: values });
    await opened.host.connect();
    return new CatchUpNode(opened, group, values, seed);
  }

  private constructor(opened: OpenedHost, group: Group, values: RecentValues, seed: number) {
    this.#opened = opened;
    this.#group = group;
    this.#values = values;
    this.#seed = seed;
    this.#stalls.enable();
  }

  sample(): NodeSample {
    const { commitIndex, appliedIndex, baseIndex, snapshotIndex, isRestoring } = this.#group.status();
    const { bytesReceived, begun, givenUp } = this.#opened.host.statistics().snapshotsFetched;
    // What it measures is the time from one look to the next.
    const stallMs = Math.max(0, this.#stalls.max / nanosecondsPerMs - stallResolutionMs);
    this.#stalls.reset();
    const { written, failed } = this.#load?.counts ?? { written: 0, failed: 0 };
    return {
      atMs: performance.now(),
      isLeader: this.#group.isLeader,
      commitIndex,
      appliedIndex,
      baseIndex,
      snapshotIndex,
      isRestoring,
      written: this.#written + written,
      failed: this.#failed + failed,
      stallMs,
      residentBytes: process.memoryUsage.rss(),
      fetchedBytes: bytesReceived,
      fetchesBegun: begun,
      fetchesGivenUp: givenUp,
    };
  }

  async write({ clients, valueBytes, writes }: LoadSpec & { readonly writes: number }): Promise<void> {
    const load = this.#newLoad(valueBytes);
    load.begin(Math.min(clients, writes), writes);
    await load.idle();
  }

  beginLoad({ clients, valueBytes }: LoadSpec): void {
    this.#newLoad(valueBytes).begin(clients);
  }

  async endLoad(): Promise<void> {
    await this.#load?.end();
  }

  async compact(): Promise<number> {
    const { index = 0 } = (await this.#group.takeSnapshot()) ?? {};
    for (;;) {
      this.#group.compactFully();
      const { baseIndex } = this.#group.status();
      if (baseIndex >= index) return baseIndex;
      await sleep(compactionPollMs);
    }
  }

  async check(): Promise<StateChecks> {
    const { bytes } = this.#values;
    const { appliedIndex } = this.#group.status();
    return {
      appliedIndex,
      bytes,
      checksum: this.#values.checksum(),
      contentChecksum: await this.#values.contentChecksum(),
    };
  }

  async stop(): Promise<void> {
    this.#stalls.disable();
    await this.#opened.close();
    this.#values.close();
  }

  #newLoad(valueBytes: number): ValueLoad {
    const { written, failed } = this.#load?.counts ?? { written: 0, failed: 0 };
    this.#written += written;
    this.#failed += failed;
    this.#load = new ValueLoad(this.#group, () => this.#opened.host.nowMs(), valueBytes, this.#seed);
    return this.#load;
  }
}
