import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { PeerFrame, TransportEvents } from '../ports.ts';
import { MemoryNetwork } from './memory-network.ts';
import { peerFrameBytes } from './peer-frame-codec.ts';
import { numbered } from './test-frames.ts';

class Recorder implements TransportEvents {
  readonly numbers: number[] = [];
  readonly news: string[] = [];

  onFrame(_from: number, group: number, _frame: PeerFrame): void {
    this.numbers.push(group);
  }

  onPeerUp(peer: number): void {
    this.news.push(`up ${peer}`);
  }

  onPeerDown(peer: number): void {
    this.news.push(`down ${peer}`);
  }
}

/** Delivers when told to, in the order that `pick` chooses. */
class HandScheduler {
  readonly #waiting: (() => void)[] = [];

  readonly schedule = (deliver: () => void): void => {
    this.#waiting.push(deliver);
  };

  runAll(pick: (count: number) => number = () => 0): void {
    while (this.#waiting.length > 0) this.#waiting.splice(pick(this.#waiting.length), 1)[0]?.();
  }
}

describe('the network in memory', () => {
  test('keeps the order between two nodes, whatever order its scheduler chooses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (choices) => {
        const scheduler = new HandScheduler();
        const network = new MemoryNetwork({ schedule: scheduler.schedule });
        const [a, b] = [network.transport(1), network.transport(2)];
        const [atA, atB] = [new Recorder(), new Recorder()];
        await Promise.all([a.start(atA), b.start(atB)]);
        const pick = (count: number): number => (choices.next().value ?? 0) % count;
        scheduler.runAll(pick);
        for (let i = 0; i < 20; i++) {
          a.send(2, i, numbered(1, 2, i));
          b.send(1, 100 + i, numbered(2, 1, i));
        }
        scheduler.runAll(pick);
        expect(atB.numbers).toEqual(Array.from({ length: 20 }, (_, i) => i));
        expect(atA.numbers).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i));
      }),
      { numRuns: 30 },
    );
  });

  test('loses what is under way when it is cut, and tells both sides; heals when told to', async () => {
    const scheduler = new HandScheduler();
    const network = new MemoryNetwork({ schedule: scheduler.schedule });
    const transports = [1, 2, 3].map((nodeId) => network.transport(nodeId));
    const recorders = transports.map(() => new Recorder());
    await Promise.all(transports.map((transport, i) => transport.start(recorders[i]!)));
    scheduler.runAll();
    transports[0]!.send(2, 7, numbered(1, 2, 7));
    transports[0]!.send(3, 8, numbered(1, 3, 8));
    network.cut(2, 1);
    expect(transports[0]!.send(2, 9, numbered(1, 2, 9))).toBe(false);
    scheduler.runAll();
    expect(recorders.map(({ numbers }) => numbers)).toEqual([[], [], [8]]);
    expect(recorders.map(({ news }) => news.filter((line) => line.startsWith('down')))).toEqual([
      ['down 2'],
      ['down 1'],
      [],
    ]);
    network.heal(1, 2);
    scheduler.runAll();
    transports[0]!.send(2, 10, numbered(1, 2, 10));
    scheduler.runAll();
    expect(recorders[1]!.numbers).toEqual([10]);
  });

  test('tells of a loss even if the connection comes and goes before it is delivered', async () => {
    const scheduler = new HandScheduler();
    const network = new MemoryNetwork({ schedule: scheduler.schedule });
    const recorder = new Recorder();
    await Promise.all([network.transport(1).start(recorder), network.transport(2).start(new Recorder())]);
    scheduler.runAll();
    network.cut(1, 2);
    network.heal(1, 2);
    network.cut(1, 2);
    scheduler.runAll();
    expect(recorder.news).toEqual(['up 2', 'down 2']);
  });

  test('has one transport for a node at a time', async () => {
    const network = new MemoryNetwork();
    const first = network.transport(1);
    await first.start(new Recorder());
    await expect(network.transport(1).start(new Recorder())).rejects.toThrow(/on the network already/);
    await first.close();
    const second = network.transport(1);
    await second.start(new Recorder());
    await first.close();
    await second.close();
  });

  test('a paused node hears nothing, what is sent to it counts, and all of it arrives in order afterwards', async () => {
    const scheduler = new HandScheduler();
    const queueBytesMax = 10 * peerFrameBytes(numbered(1, 2, 0));
    const network = new MemoryNetwork({ schedule: scheduler.schedule, queueBytesMax });
    const [a, b] = [network.transport(1), network.transport(2)];
    const [atA, atB] = [new Recorder(), new Recorder()];
    await Promise.all([a.start(atA), b.start(atB)]);
    scheduler.runAll();
    network.pause(2);
    const accepted = Array.from({ length: 100 }, (_, i) => i).filter((i) => a.send(2, i, numbered(1, 2, i)));
    b.send(1, 99, numbered(2, 1, 0));
    scheduler.runAll();
    expect([atB.numbers, atA.numbers]).toEqual([[], [99]]);
    expect(accepted.length).toBeGreaterThanOrEqual(10);
    expect(accepted.length).toBeLessThan(100);
    network.resume(2);
    scheduler.runAll();
    expect(atB.numbers).toEqual(accepted);
    expect(a.send(2, 7, numbered(1, 2, 7))).toBe(true);
  });

  test('what a closed transport sends is dropped, also when its node has another', async () => {
    const scheduler = new HandScheduler();
    const network = new MemoryNetwork({ schedule: scheduler.schedule });
    const [old, b] = [network.transport(1), network.transport(2)];
    const atB = new Recorder();
    await Promise.all([old.start(new Recorder()), b.start(atB)]);
    await old.close();
    const young = network.transport(1);
    await young.start(new Recorder());
    scheduler.runAll();
    expect([old.send(2, 1, numbered(1, 2, 1)), young.send(2, 2, numbered(1, 2, 2))]).toEqual([false, true]);
    scheduler.runAll();
    expect(atB.numbers).toEqual([2]);
  });

  test('is not disturbed by what a transport is told that was closed and has a successor', async () => {
    const network = new MemoryNetwork();
    const first = network.transport(1);
    const [atSecond, atOther] = [new Recorder(), new Recorder()];
    await Promise.all([first.start(new Recorder()), network.transport(2).start(atOther)]);
    await vi.waitFor(() => expect(atOther.news).toEqual(['up 1']));
    await first.close();
    await vi.waitFor(() => expect(atOther.news).toEqual(['up 1', 'down 1']));
    await network.transport(1).start(atSecond);
    await vi.waitFor(() => expect(atSecond.news).toEqual(['up 2']));
    first.removePeer(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([atSecond.news, atOther.news]).toEqual([['up 2'], ['up 1', 'down 1', 'up 1']]);
  });
});
