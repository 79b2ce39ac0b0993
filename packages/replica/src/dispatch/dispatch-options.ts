// How a group's leader gets entries to its followers. A leader goes by its own node's settings, whatever those of the others are.

export interface RelayOptions {
  /**
   * Followers that the leader feeds itself, as long as no relay sends more than its own node does; more than there are means all.
   * At least 1.
   */
  readonly firstLevelSize: number;
  /** Levels below the leader, the first included. 1: everybody is fed by the leader. At least 1. */
  readonly depth: number;
  /** Who relays is drawn anew after so many batches, at least 1, ... */
  readonly replanBatches: number;
  /** ... and not before so much time has passed; 0: after every `replanBatches`. */
  readonly replanMs: number;
}

export type DispatchOptions =
  /** The leader feeds every follower itself. */
  | { readonly strategy: 'direct' }
  /** The leader feeds a few followers, chosen by measured latency and load, and those feed the rest (docs/relay.md). */
  | ({ readonly strategy: 'relay' } & Partial<RelayOptions>);

/** Every batch has a relay of its own, which feeds all others: two hops, and over many batches everybody sends as much. */
export const defaultRelayOptions: RelayOptions = { firstLevelSize: 1, depth: 2, replanBatches: 1, replanMs: 0 };

export const defaultDispatch: DispatchOptions = { strategy: 'direct' };

/** What is wrong with them, a line each. */
export function* dispatchProblems(options: DispatchOptions): Iterable<string> {
  if (options.strategy === 'direct') return;
  if (options.strategy !== 'relay') {
    yield `dispatch.strategy: ${JSON.stringify((options as { strategy: unknown }).strategy)} is neither "direct" nor "relay"`;
    return;
  }
  const least = { firstLevelSize: 1, depth: 1, replanBatches: 1, replanMs: 0 };
  const all = { ...defaultRelayOptions, ...options };
  for (const name of ['firstLevelSize', 'depth', 'replanBatches', 'replanMs'] as const) {
    if (Number.isSafeInteger(all[name]) && all[name] >= least[name]) continue;
    yield `dispatch.${name}: ${all[name]} is not a whole number of at least ${least[name]}`;
  }
}
