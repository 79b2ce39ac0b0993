// Makes plans for relays. Who relays goes by turns, and by weight: it is the turn of quick nodes that send little more often, and
// those that are too slow are measured again now and then, or nobody would ever learn that they have become quick.

import type { NodeId, PlannedRelay, RoutePlan } from '@balsa/raft';
import type { RelayOptions } from './dispatch-options.ts';
import type { RelayTurns } from './relay-turns.ts';

export interface Candidate {
  readonly node: NodeId;
  /** How long it takes until others hold durably what it was to pass on to them; `undefined`: not known. */
  readonly latencyMs: number | undefined;
  /** How long it has not been measured; `undefined`: it never was, or is being measured. */
  readonly measuredAgoMs: number | undefined;
  /** What it sends to others; `undefined`: not known. */
  readonly outgoingBytesPerSecond: number | undefined;
}

/** With less than this, a node is too slow, or too loaded, to relay but for being measured. */
const weightFloor = 0.02;
/** Below this, nodes are equally quick, and equally idle. */
const latencyFloorMs = 0.2;
const loadFloor = 64 * 1024;
/**
 * Nodes whose figures lie within this factor are alike. On full links latency is mostly queue, the queue that earlier plans made: whoever
 * went by smaller differences would send everything where little was sent before, too late and by turns too much.
 */
const alikeWithin = 4;

/** A node with less than `weightFloor` is not measured again before so much time has passed. */
const measureAgainMs = 10_000;

/** The weight of each candidate, up to 1, which the best has. Who is not known counts as the best, so as to become known. */
export function weightsOf(candidates: readonly Candidate[]): number[] {
  // Not as the floor: next to that, on full links, all that are known would be worth nothing, and who is not known would carry everything.
  const known = candidates.flatMap(({ latencyMs }) => latencyMs ?? []);
  const bestMs = Math.min(...known, Number.MAX_SAFE_INTEGER);
  const latencies = candidates.map(({ latencyMs = bestMs }) => atLeast(latencyMs, latencyFloorMs));
  const loads = candidates.map(({ outgoingBytesPerSecond }) => atLeast(outgoingBytesPerSecond, loadFloor));
  const quickest = Math.min(...latencies);
  const idlest = Math.min(...loads);
  // Beyond that: twice as slow, a quarter of the weight; twice as loaded, half of it.
  const merits = candidates.map((_, i) => {
    const quickness = Math.min(1, (alikeWithin * quickest) / latencies[i]!);
    const idleness = Math.min(1, (alikeWithin * idlest) / loads[i]!);
    return quickness ** 2 * idleness;
  });
  // Who is quickest need not be idle: next to both, everybody could be worth nothing.
  const best = Math.max(...merits);
  return merits.map((merit, i) => {
    const weight = merit / best;
    if (weight >= weightFloor) return weight;
    // What it carries holds up whatever comes after it: to learn that it has become quick, once in a while is enough.
    return (candidates[i]!.measuredAgoMs ?? 0) >= measureAgainMs ? weightFloor : 0;
  });
}

/** What is unknown or makes no sense counts as the floor; what never ends, as a great deal. */
function atLeast(value: number | undefined, floor: number): number {
  if (value === undefined || Number.isNaN(value)) return floor;
  return Math.min(Math.max(value, floor), Number.MAX_SAFE_INTEGER);
}

/**
 * A plan over all candidates, which stand in one zone. `ownBytesPerSecond`: what the leader's node sends; if relays send more than it,
 * the first level grows until they would not; `undefined`: not known. `random` gives numbers from 0 to below 1, and says who is
 * first among equals.
 */
export function drawPlan(
  candidates: readonly Candidate[],
  ownBytesPerSecond: number | undefined,
  { firstLevelSize, depth }: RelayOptions,
  turns: RelayTurns,
  random: () => number,
): RoutePlan {
  if (depth === 1 || candidates.length === 0) return [];
  const size = firstLevelSizeOf(candidates, ownBytesPerSecond, firstLevelSize);
  return levelsOf(inTurn(candidates, size, turns, random), size, depth);
}

/** How many followers the leader is to feed itself, of so many. */
export function firstLevelSizeOf(
  candidates: readonly Candidate[],
  ownBytesPerSecond: number | undefined,
  firstLevelSize: number,
): number {
  return Math.min(grownSize(candidates, ownBytesPerSecond, firstLevelSize), candidates.length);
}

/** All of them; the first `count` are those whose turn it is. */
export function inTurn(
  candidates: readonly Candidate[],
  count: number,
  turns: RelayTurns,
  random: () => number,
): NodeId[] {
  const weights = weightsOf(candidates);
  const weighted = candidates.map(({ node }, i) => ({ node, weight: weights[i]! }));
  return turns.take(weighted, count, random);
}

function grownSize(candidates: readonly Candidate[], own: number | undefined, firstLevelSize: number): number {
  if (own === undefined) return firstLevelSize;
  const ownLoad = atLeast(own, loadFloor);
  const greatest = Math.max(...candidates.map((it) => atLeast(it.outgoingBytesPerSecond, loadFloor)));
  return Math.max(firstLevelSize, Math.floor(greatest / ownLoad));
}

/** A plan in the making. */
export interface GrowingRelay extends PlannedRelay {
  readonly receivers: GrowingRelay[];
}

/** The first `size` are the first level; each further level is as wide, and the last of `depth` takes whoever is left, in turn. */
export function levelsOf(nodes: readonly NodeId[], size: number, depth: number): GrowingRelay[] {
  const all = nodes.map((node): GrowingRelay => ({ node, receivers: [] }));
  if (depth <= 1) return all;
  all.forEach((relay, i) => {
    if (i < size) return;
    const level = Math.min(Math.floor(i / size), depth - 1);
    all[(level - 1) * size + (i % size)]!.receivers.push(relay);
  });
  return all.slice(0, size);
}
