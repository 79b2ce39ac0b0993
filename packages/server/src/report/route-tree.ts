// Who fed whom last, as a tree below the leader.

import type { FollowerStatus } from '@balsa/raft';

export interface RouteNode {
  readonly node: number;
  /** Where it stands, if anybody has said. */
  readonly zone?: string;
  /** It was sent a fragment, and gets the others' from those whose they are. */
  readonly takesFragments: boolean;
  readonly receivers: readonly RouteNode[];
}

type Fed = Pick<FollowerStatus, 'id' | 'relay' | 'takesFragments'>;

/**
 * Followers that were sent something at different times can name each other as relays, so that nobody leads to them; whoever is first
 * among those then stands below the leader: everybody is in the tree once.
 */
export function routeTree(followers: readonly Fed[], zoneOf: (node: number) => string | undefined): RouteNode[] {
  const placed = new Set<number>();
  const nodeOf = ({ id, takesFragments }: Fed): RouteNode => {
    placed.add(id);
    const receivers = followers.filter((follower) => follower.relay === id && !placed.has(follower.id));
    const below = receivers.flatMap((it) => (placed.has(it.id) ? [] : [nodeOf(it)]));
    const zone = zoneOf(id);
    return { node: id, ...(zone === undefined ? {} : { zone }), takesFragments, receivers: below };
  };
  const isKnown = (relay: number | undefined): boolean => followers.some(({ id }) => id === relay);
  const direct = followers.filter(({ relay }) => !isKnown(relay)).map(nodeOf);
  return [...direct, ...followers.flatMap((follower) => (placed.has(follower.id) ? [] : [nodeOf(follower)]))];
}
