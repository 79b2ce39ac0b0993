import type { SeededRandom } from '../../disk/seeded-random.ts';
import type { TestCluster } from './test-cluster.ts';

/** Writes from every node, one after the other, until told to stop. */
export class Writers {
  readonly acknowledged: string[] = [];
  readonly done: Promise<void>;
  #stopped = false;

  /** What is written begins with `name`. */
  constructor(cluster: TestCluster, random: SeededRandom, name: string) {
    this.done = this.#run(cluster, random, name);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.done;
  }

  async #run(cluster: TestCluster, random: SeededRandom, name: string): Promise<void> {
    for (let i = 0; !this.#stopped; i++) {
      const running = cluster.running();
      const text = `${name} ${i}`.padEnd(random.between(4, 400));
      // A node that is stopped may fail a write that is applied all the same; one that is killed never answers.
      running[i % running.length]?.propose(text).then(
        () => this.acknowledged.push(text),
        () => {},
      );
      await cluster.time.pass(random.between(1, 4));
    }
  }
}
