// Where the nodes of a local cluster run and how they reach each other. Left out: on loopback, directly.

export interface LocalNetwork {
  /** The IP address on which the node listens. */
  hostOf(id: number): string;
  /** Words before a program that starts it where the node runs, such as `ip netns exec balsa-1`; none: right here. */
  launcherOf(id: number): readonly string[];
  /** The address under which `from` is told to reach the peer port of `to`, which listens on `peer`. */
  peerAddress(from: number, to: number, peer: string): string;
}

export const loopback: LocalNetwork = {
  hostOf: () => '127.0.0.1',
  launcherOf: () => [],
  peerAddress: (_from, _to, peer) => peer,
};
