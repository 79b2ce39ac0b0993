import { BalsaClient } from '@balsa/client';

const registerWriters = 4;
const registerReadersPerNode = 2;

/** The clients of a run, by what they do in each round. */
export class LoadClients {
  /** Of every node, in the order of their ids. */
  readonly addresses: readonly string[];
  /** Asks for the state of the cluster, reads what the oracles compare, and writes ballast. */
  readonly observer: BalsaClient;
  readonly writers: readonly BalsaClient[];
  readonly registerWriters: readonly BalsaClient[];
  /** As many for each node as for any other. */
  readonly registerReaders: readonly BalsaClient[];

  /** Throws what BalsaClient throws if it cannot connect. */
  static async connect(addresses: readonly string[], writers: number): Promise<LoadClients> {
    const count = 1 + writers + registerWriters + registerReadersPerNode * addresses.length;
    const clients: BalsaClient[] = [];
    try {
      for (let i = 0; i < count; i++) {
        // Every client starts at another node, so that not all of them find the leader at once.
        const rotated = addresses.map((_, position) => addresses[(position + i) % addresses.length]!);
        clients.push(await BalsaClient.connect({ nodes: rotated, name: `balsa chaos ${i}` }));
      }
      return new LoadClients(addresses, clients, writers);
    } catch (error) {
      await Promise.all(clients.map((client) => client.close()));
      throw error;
    }
  }

  private constructor(addresses: readonly string[], clients: readonly BalsaClient[], writers: number) {
    const [observer, ...others] = clients;
    this.addresses = addresses;
    this.observer = observer!;
    this.writers = others.slice(0, writers);
    this.registerWriters = others.slice(writers, writers + registerWriters);
    this.registerReaders = others.slice(writers + registerWriters);
  }

  async close(): Promise<void> {
    const all = [this.observer, ...this.writers, ...this.registerWriters, ...this.registerReaders];
    await Promise.all(all.map((client) => client.close()));
  }
}
