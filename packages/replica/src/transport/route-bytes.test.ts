import type { Route } from '@balsa/raft';
import { ByteReader, FrameQueue } from '@balsa/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRoutes, routeDepthMax, routesBytes, routesMax, writeRoutes } from './route-bytes.ts';

function bytesOf(routes: readonly Route[]): Buffer {
  const queue = new FrameQueue();
  writeRoutes(queue.begin(1), routes);
  queue.end();
  return Buffer.concat(queue.take().pieces).subarray(5);
}

function read(bytes: Buffer): Route[] {
  const reader = new ByteReader(bytes, 0, bytes.length);
  const routes = readRoutes(reader);
  reader.finish();
  return routes;
}

const routesOfDepth: fc.Memo<Route[]> = fc.memo((depth) =>
  fc.array(
    fc
      .record({
        node: fc.maxSafeNat(),
        session: fc.maxSafeNat(),
        prevIndex: fc.nat(),
        entries: fc.nat(),
        routes: depth > 1 ? routesOfDepth() : fc.constant([]),
      })
      .map(({ entries, ...route }): Route => ({ ...route, lastIndex: route.prevIndex + entries })),
    { maxLength: 3 },
  ),
);

const chainOf = (depth: number): Route[] => {
  let routes: Route[] = [];
  for (let node = 1; node <= depth; node++) routes = [{ node, session: 1, prevIndex: 0, lastIndex: 1, routes }];
  return routes;
};

test('routes are read as they were written, and take as many bytes as was said', () => {
  fc.assert(
    fc.property(routesOfDepth(4), (routes) => {
      const bytes = bytesOf(routes);
      expect(bytes).toHaveLength(routesBytes(routes));
      expect(read(bytes)).toEqual(routes);
    }),
  );
});

test('more routes than a group can have are refused, at any level', () => {
  const flat = (count: number): Route[] => Array.from({ length: count }, () => chainOf(1)[0]!);
  expect(read(bytesOf(flat(routesMax)))).toHaveLength(routesMax);
  expect(() => read(bytesOf(flat(routesMax + 1)))).toThrow('more than 1024 routes');
  expect(() => read(bytesOf([{ ...flat(1)[0]!, routes: flat(routesMax) }]))).toThrow('more than 1024 routes');
});

test('routes that are too deep are refused, and not followed', () => {
  expect(read(bytesOf(chainOf(routeDepthMax)))).toHaveLength(1);
  expect(() => read(bytesOf(chainOf(routeDepthMax + 1)))).toThrow('more than 64 levels deep');
});

test('a range that ends before it begins is refused', () => {
  const [route] = chainOf(1);
  expect(() => read(bytesOf([{ ...route!, prevIndex: 2, lastIndex: 1 }]))).toThrow('a route ends at 1');
});

test('routes that are cut off are refused', () => {
  const bytes = bytesOf(chainOf(3));
  for (let length = 0; length < bytes.length; length++) expect(() => read(bytes.subarray(0, length))).toThrow();
});
