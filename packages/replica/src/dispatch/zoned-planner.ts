// Plans for nodes in several zones. What goes from zone to zone is slow, or paid for, so each batch goes into each zone once, to one node
// of it, which passes it on to the others there.
//
// That wins over all else. Then, no batch takes more hops than `depth`, but for one into a zone and one inside. Then, the leader
// feeds no more than `firstLevelSize` itself: other zones are entered by way of its own, or of each other, if there are hops enough.

import type { NodeId, RoutePlan } from '@balsa/raft';
import type { RelayOptions } from './dispatch-options.ts';
import { RelayTurns } from './relay-turns.ts';
import { type Candidate, drawPlan, firstLevelSizeOf, type GrowingRelay, inTurn, levelsOf } from './route-planner.ts';
import type { Zone } from './zones.ts';

type PlaceOf = (node: NodeId) => Zone | undefined;

/** Followers of one zone. */
type ZoneFollowers<C extends Candidate = Candidate> = readonly [C, ...C[]];

/** A node of the plan, and how many hops from the leader it stands. */
interface Placed {
  readonly relay: GrowingRelay;
  readonly level: number;
}

export class ZonedPlanner {
  /** Each zone has turns of its own: there, nodes are compared with those next to them. */
  readonly #turns = new Map<Zone | undefined, RelayTurns>();
  readonly #turnsOfZones = new RelayTurns();

  /** A plan over all candidates, as `drawPlan` makes it of those in one zone. */
  draw(
    candidates: readonly Candidate[],
    ownZone: Zone | undefined,
    zoneOf: PlaceOf,
    ownBytesPerSecond: number | undefined,
    options: RelayOptions,
    random: () => number,
  ): RoutePlan {
    const zones = byZone(candidates, zoneOf);
    this.#forgetOthers(new Set([ownZone, ...zones.keys()]));
    const near = zones.get(ownZone) ?? [];
    zones.delete(ownZone);
    if (zones.size === 0) return drawPlan(near, ownBytesPerSecond, options, this.#turnsIn(ownZone), random);

    const { depth } = options;
    const size = firstLevelSizeOf(candidates, ownBytesPerSecond, options.firstLevelSize);
    const nearSize = depth === 1 ? near.length : Math.min(size, near.length);
    const order = near.length === 0 ? [] : inTurn(near, nearSize, this.#turnsIn(ownZone), random);
    const plan = levelsOf(order, nearSize, depth);
    const nearPlaced = placedIn(plan, 1);
    const farPlaced: Placed[] = [];
    for (const followers of this.#zonesInTurn(zones, random)) {
      const hops = followers.length > 1 ? 2 : 1;
      const hosts = nearPlaced.length > 0 ? nearPlaced : farPlaced;
      const host = plan.length < size ? undefined : idlestOf(hosts, depth - hops);
      const level = (host?.level ?? 0) + 1;
      const zone = zoneOf(followers[0].node);
      const tree = treeOf(inTurn(followers, 1, this.#turnsIn(zone), random), options.firstLevelSize, depth - level);
      (host?.relay.receivers ?? plan).push(tree);
      farPlaced.push(...placedIn([tree], level));
    }
    return plan;
  }

  /** Which is first is fed by the leader, or passes on to the others, sooner than the rest: also that goes by turns, and by weight. */
  #zonesInTurn(zones: ReadonlyMap<Zone | undefined, ZoneFollowers>, random: () => number): ZoneFollowers[] {
    const all = [...zones.values()];
    const order = inTurn(all.map(bestOf), 1, this.#turnsOfZones, random);
    return order.map((node) => all.find(([first]) => first.node === node)!);
  }

  #turnsIn(zone: Zone | undefined): RelayTurns {
    let turns = this.#turns.get(zone);
    if (turns === undefined) {
      turns = new RelayTurns();
      this.#turns.set(zone, turns);
    }
    return turns;
  }

  #forgetOthers(present: ReadonlySet<Zone | undefined>): void {
    for (const zone of this.#turns.keys()) if (!present.has(zone)) this.#turns.delete(zone);
  }
}

export function byZone<C extends Candidate>(
  candidates: readonly C[],
  zoneOf: PlaceOf,
): Map<Zone | undefined, ZoneFollowers<C>> {
  const zones = new Map<Zone | undefined, [C, ...C[]]>();
  for (const candidate of candidates) {
    const zone = zoneOf(candidate.node);
    const known = zones.get(zone);
    if (known === undefined) zones.set(zone, [candidate]);
    else known.push(candidate);
  }
  return zones;
}

/** Stands for its zone, under the name of the first: what its quickest and its idlest node can do. */
function bestOf(followers: ZoneFollowers): Candidate {
  const least = (figures: readonly (number | undefined)[]): number | undefined => {
    const known = figures.filter((figure) => figure !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  };
  return {
    node: followers[0].node,
    latencyMs: least(followers.map(({ latencyMs }) => latencyMs)),
    measuredAgoMs: least(followers.map(({ measuredAgoMs }) => measuredAgoMs)),
    outgoingBytesPerSecond: least(followers.map(({ outgoingBytesPerSecond }) => outgoingBytesPerSecond)),
  };
}

/** One zone: the first node is who gets what comes from outside. `levels`: how many there may be below it; one there must be. */
function treeOf([entered, ...others]: readonly NodeId[], firstLevelSize: number, levels: number): GrowingRelay {
  const size = Math.min(firstLevelSize, others.length);
  return { node: entered!, receivers: levelsOf(others, size, levels) };
}

/** Of those at most so many hops away: who passes on to fewest. */
function idlestOf(hosts: readonly Placed[], levelMax: number): Placed | undefined {
  let idlest: Placed | undefined;
  for (const host of hosts) {
    if (host.level > levelMax) continue;
    if (idlest === undefined || host.relay.receivers.length < idlest.relay.receivers.length) idlest = host;
  }
  return idlest;
}

function placedIn(relays: readonly GrowingRelay[], level: number): Placed[] {
  return relays.flatMap((relay) => [{ relay, level }, ...placedIn(relay.receivers, level + 1)]);
}
