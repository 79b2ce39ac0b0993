import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Random } from './random.ts';
import { bytesOf, Vandal } from './vandal.ts';

test('attacks are what they are called', () => {
  const random = new Random(1);
  expect(bytesOf('http', random).toString()).toMatch(/^[A-Z]+ \/[0-9a-f]+ HTTP\/1\.1\r\n\r\n$/);
  expect([...bytesOf('tls', random).subarray(0, 3)]).toEqual([0x16, 0x03, 0x01]);
  for (const attack of ['oversized frame', 'half a hello'] as const) {
    expect(bytesOf(attack, random).toString('latin1')).toMatch(/^BALSA[CP]/);
    expect(bytesOf(attack, random).readUInt16LE(6)).toBe(1);
  }
  expect(bytesOf('oversized frame', random).readUInt32LE(8)).toBe(2 ** 32 - 1);
  expect(bytesOf('silence', random)).toHaveLength(0);
  expect(bytesOf('junk', random).length).toBeGreaterThan(0);
});

test('strangers come until they are told to stop, and none stays', async () => {
  const visitors: Socket[] = [];
  const server = createServer((socket) => {
    visitors.push(socket.on('error', () => undefined).resume());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const vandal = new Vandal([{ host: '127.0.0.1', port }], new Random(5));
  const stop = new AbortController();
  const raging = vandal.rageUntil(stop.signal);
  while (visitors.length < 10) await once(server, 'connection');
  stop.abort();
  await raging;
  expect(vandal.attacks).toBeGreaterThanOrEqual(9);
  // It closes only once every connection has ended.
  await new Promise((resolve) => server.close(resolve));
});
