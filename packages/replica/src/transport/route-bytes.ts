// The routes of an append as bytes: u16 how many, and for each u64 node | u64 session | u64 prevIndex | u64 lastIndex, then its own routes.

import type { Route } from '@balsa/raft';
import { type ByteReader, type ByteWriter, WireError } from '@balsa/wire';

/** More relays in one message than any group has members. */
export const routesMax = 1024;
/** A chain of more relays than any group has members; a deeper one is nonsense, and would be read by as deep a recursion. */
export const routeDepthMax = 64;

const countBytes = 2;
const fixedBytes = 32;

export function routesBytes(routes: readonly Route[]): number {
  let sum = countBytes;
  for (const route of routes) sum += fixedBytes + routesBytes(route.routes);
  return sum;
}

export function writeRoutes(writer: ByteWriter, routes: readonly Route[]): void {
  writer.u16(routes.length);
  for (const { node, session, prevIndex, lastIndex, routes: below } of routes) {
    writer.u64(node);
    writer.u64(session);
    writer.u64(prevIndex);
    writer.u64(lastIndex);
    writeRoutes(writer, below);
  }
}

/** @throws WireError: cut off, or too many, or too deep, or a range that ends before it begins. */
export function readRoutes(reader: ByteReader): Route[] {
  return readLevel(reader, { left: routesMax }, routeDepthMax);
}

function readLevel(reader: ByteReader, budget: { left: number }, depthLeft: number): Route[] {
  const count = reader.u16();
  budget.left -= count;
  if (budget.left < 0) throw new WireError('BYTES_MALFORMED', `an append has more than ${routesMax} routes`);
  if (count > 0 && depthLeft === 0) {
    throw new WireError('BYTES_MALFORMED', `the routes of an append are more than ${routeDepthMax} levels deep`);
  }
  const routes: Route[] = [];
  for (let i = 0; i < count; i++) {
    const node = reader.u64();
    const session = reader.u64();
    const prevIndex = reader.u64();
    const lastIndex = reader.u64();
    if (lastIndex < prevIndex) {
      throw new WireError('BYTES_MALFORMED', `a route ends at ${lastIndex}, before it begins behind ${prevIndex}`);
    }
    routes.push({ node, session, prevIndex, lastIndex, routes: readLevel(reader, budget, depthLeft - 1) });
  }
  return routes;
}
