import { expect, test } from 'vitest';
import { LoadDriver, type WriteChannel } from './driver.ts';
import type { LoadEvent, LoadReport } from './events.ts';
import type { LoadSpec } from './spec.ts';

const ok = 0;
const refused = 1;

const closedLoop: LoadSpec = {
  addresses: ['nowhere:1'],
  clients: 8,
  connections: 1,
  valueBytes: 1,
  warmupSeconds: 0,
  seconds: 1,
  ratePerSecond: null,
  requestTimeoutMs: 1000,
  acknowledge: 'applied',
};

/** A system that answers every write after `delayMs`. */
async function drive(spec: LoadSpec, delayMs: number, statusOf: (client: number) => number = () => ok) {
  const events: LoadEvent[] = [];
  const inFlight = new Set<number>();
  let mostInFlight = 0;
  const driver = new LoadDriver(spec, (event) => events.push(event));
  const channel: WriteChannel = {
    successStatus: ok,
    statusName: (status) => (status === ok ? 'OK' : 'REFUSED'),
    write: (client) => {
      expect(inFlight.has(client)).toBe(false);
      inFlight.add(client);
      mostInFlight = Math.max(mostInFlight, inFlight.size);
      setTimeout(() => {
        inFlight.delete(client);
        driver.answered(client, statusOf(client));
      }, delayMs);
    },
  };
  const report: LoadReport = await driver.run(channel);
  return { report, events, inFlight, mostInFlight };
}

test('closed loop: every client has exactly one write in flight, and all are answered in the end', async () => {
  const { report, events, inFlight, mostInFlight } = await drive(closedLoop, 20);
  expect(mostInFlight).toBe(closedLoop.clients);
  expect(inFlight.size).toBe(0);
  expect(events.map(({ event }) => event).filter((event) => event !== 'progress')).toEqual(['measuring', 'measured']);
  // 8 clients, at most 50 writes a second each; the answers of the last writes come after the window.
  expect(report.operations).toBeGreaterThan(0);
  expect(report.operations).toBeLessThanOrEqual(8 * 51);
  expect(report.statuses).toEqual({ OK: report.operations });
  expect(report.latenciesUs.reduce((sum, [, count]) => sum + count, 0)).toBe(report.operations);
  expect(Math.min(...report.latenciesUs.map(([us]) => us))).toBeGreaterThanOrEqual(19_000);
});

test('answers are counted by status, and only successes are operations with a latency', async () => {
  const { report } = await drive(closedLoop, 5, (client) => (client < 4 ? ok : refused));
  expect(report.statuses).toEqual({ OK: report.operations, REFUSED: expect.any(Number) });
  expect(report.latenciesUs.reduce((sum, [, count]) => sum + count, 0)).toBe(report.operations);
});

test('open loop: no more is sent than the rate, and what is due is answered, in flight or told as unstarted', async () => {
  const { report } = await drive({ ...closedLoop, clients: 200, ratePerSecond: 500 }, 5);
  expect(report.operations / report.seconds).toBeLessThan(600);
  expect(report.operations + report.unstarted).toBeGreaterThan(500 - 200 - 10);
});

test('open loop: what is due but cannot be started is told, and waiting for a free client counts as latency', async () => {
  // One client that needs 50 ms for a write can do 20 of the 100 writes due in the second.
  const { report } = await drive({ ...closedLoop, clients: 1, ratePerSecond: 100 }, 50);
  expect(report.operations).toBeLessThanOrEqual(20);
  expect(report.unstarted).toBeGreaterThanOrEqual(70);
  const highestUs = Math.max(...report.latenciesUs.map(([us]) => us));
  expect(highestUs).toBeGreaterThan(400_000);
});
