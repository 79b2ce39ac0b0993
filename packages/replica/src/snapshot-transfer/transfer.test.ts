// Whatever is lost, damaged, cut off, restarted or replaced: once the network calms down, every group gets a snapshot that is
// good enough for its leader, byte for byte the one that was written.

import type { GroupId, NodeId } from '@balsa/raft';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type TransferWorld, testFetchLimits, withWorld } from './testing/transfer-world.ts';

const target = 2;
const sources = [1, 3];

/** Of one group: who leads it, in which term, and what it offers. */
interface Leadership {
  leader: NodeId;
  term: number;
  session: number;
  /** Of the log of whoever leads. */
  logFirstIndex: number;
}

class Story {
  readonly #world: TransferWorld;
  readonly #groups: readonly GroupId[];
  readonly #leaderships = new Map<GroupId, Leadership>();
  /** All that was ever written, by id. */
  readonly #files = new Map<number, Buffer>();
  #index = 100;
  #checked = 0;

  constructor(world: TransferWorld, groups: readonly GroupId[]) {
    this.#world = world;
    this.#groups = groups;
    for (const group of groups) {
      this.#leaderships.set(group, { leader: 1, term: 1, session: 1, logFirstIndex: 0 });
      this.#write(group);
    }
  }

  /** As leaders do, again and again, for members that need it. */
  offerAll(): void {
    for (const group of this.#groups) {
      const { leader, term, session, logFirstIndex } = this.#leadership(group);
      const isNeeded = !this.#isServed(group) && this.#world.node(leader).isRunning;
      if (isNeeded) this.#world.node(leader).offer(target, group, { term, session, logFirstIndex });
    }
  }

  isDone(): boolean {
    this.check();
    return this.#groups.every((group) => this.#isServed(group));
  }

  /** What the target was given is what somebody wrote, whole. */
  check(): void {
    const { received, store } = this.#world.node(target);
    for (; this.#checked < received.length; this.#checked++) {
      const { stored, message } = received[this.#checked]!;
      expect(message.snapshot.index).toBe(stored.index);
      expect(this.#files.has(stored.id)).toBe(true);
    }
    for (const group of this.#groups) {
      const latest = store.latest(group);
      if (latest !== undefined) expect(store.fileOf(group)?.equals(this.#files.get(latest.id)!)).toBe(true);
    }
    expect(store.openFiles).toBeLessThanOrEqual(testFetchLimits.fetchesMax);
  }

  async happen(): Promise<void> {
    const { network, random, faults } = this.#world;
    const group = this.#groups[random.below(this.#groups.length)]!;
    const leadership = this.#leadership(group);
    const source = sources[random.below(sources.length)]!;
    switch (random.below(12)) {
      case 0:
        network.cut(source, target);
        break;
      case 1:
      case 2:
        network.heal(source, target);
        break;
      case 3:
        network.pause(source);
        break;
      case 4:
        network.resume(source);
        break;
      case 5:
        await this.#restart(source);
        break;
      case 6:
        await this.#restart(target);
        break;
      case 7:
        this.#write(group);
        break;
      case 8:
        leadership.leader = sources.find((node) => node !== leadership.leader)!;
        leadership.term++;
        this.#write(group);
        break;
      case 9:
        leadership.session++;
        break;
      case 10:
        // Replaced, but the log still reaches back to what the one before needs.
        this.#write(group, leadership.logFirstIndex);
        break;
      case 11:
        faults.loss = random.below(3) * 0.2;
        faults.refusal = random.below(3) * 0.2;
        faults.damage = random.below(3) * 0.1;
        break;
    }
  }

  async calmDown(): Promise<void> {
    const { network, faults, nodes } = this.#world;
    faults.loss = 0;
    faults.refusal = 0;
    faults.damage = 0;
    for (const source of sources) {
      network.heal(source, target);
      network.resume(source);
    }
    for (const node of nodes) if (!node.isRunning) await node.start();
  }

  #write(group: GroupId, logFirstIndex?: number): void {
    const leadership = this.#leadership(group);
    const { leader } = leadership;
    this.#index += 10;
    const snapshot = this.#world.write(leader, group, this.#index, this.#world.random.below(12_000));
    this.#files.set(snapshot.id, this.#world.node(leader).store.fileOf(group)!);
    leadership.logFirstIndex = logFirstIndex ?? this.#index + 1;
  }

  async #restart(id: NodeId): Promise<void> {
    const node = this.#world.node(id);
    if (node.isRunning) expect(await node.stop()).toEqual({ timers: 0, files: 0 });
    else await node.start();
  }

  #isServed(group: GroupId): boolean {
    const latest = this.#world.node(target).store.latest(group);
    return latest !== undefined && latest.index + 1 >= this.#leadership(group).logFirstIndex;
  }

  #leadership(group: GroupId): Leadership {
    return this.#leaderships.get(group)!;
  }
}

test('in the end every group has what it needs, whatever happened before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 2 ** 30 }), fc.integer({ min: 1, max: 5 }), (seed, groupCount) =>
      withWorld({ nodes: 3, seed, sendLimits: { bytesPerSecondMax: seed % 3 === 0 ? 60_000 : 0 } }, async (world) => {
        const { time, random } = world;
        const groups = Array.from({ length: groupCount }, (_, i) => i + 1);
        const story = new Story(world, groups);
        for (let step = 0; step < 60; step++) {
          story.offerAll();
          await story.happen();
          await time.pass(random.below(40));
          story.check();
        }
        await story.calmDown();
        for (let round = 0; !story.isDone(); round++) {
          expect(round, 'rounds in the calm').toBeLessThan(100);
          story.offerAll();
          await time.pass(60);
        }
        expect(world.node(target).failures).toEqual([]);
      }),
    ),
    { numRuns: 40 },
  );
});

test('one offer is enough, however much is lost on the way afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 2 ** 30 }), (seed) =>
      withWorld({ nodes: 3, seed, fetchLimits: { silenceMs: 1e6 } }, async (world) => {
        const { time, random, faults, network } = world;
        const snapshot = world.write(1, 7, 500, 20_000);
        world.node(1).offer(target, 7);
        await time.until('it begins', () => world.node(target).fetcher.statistics().begun > 0);
        for (let step = 0; step < 30; step++) {
          faults.loss = random.below(4) * 0.25;
          faults.refusal = random.below(4) * 0.25;
          if (random.chance(0.3)) network.cut(1, target);
          else network.heal(1, target);
          await time.pass(random.below(60));
        }
        faults.loss = 0;
        faults.refusal = 0;
        network.heal(1, target);
        await time.until('all of it', () => world.node(target).received.length > 0, 5000);
        expect(world.node(target).received[0]!.stored).toEqual(snapshot);
        expect(world.node(target).store.fileOf(7)).toEqual(world.node(1).store.fileOf(7));
      }),
    ),
    { numRuns: 40 },
  );
});
