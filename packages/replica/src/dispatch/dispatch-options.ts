// How a group's leader gets entries to its followers. A leader goes by its own node's settings, whatever those of the others are.

export interface RelayOptions {
  /**
   * Followers that the leader feeds itself, as long as no relay sends more than its own node does; more than there are means all.
   * At least 1.
   */
  readonly firstLevelSize: number;
  /** Levels below the leader, the first included. 1: everybody is fed by the leader. At least 1. */
  readonly depth: number;
  /** Who relays is chosen anew after so many batches, at least 1, ... */
  readonly replanBatches: number;
  /** ... and not before so much time has passed; 0: after every `replanBatches`. */
  readonly replanMs: number;
}

export interface CodedOptions {
  /** Batches of at least so many bytes travel in fragments; smaller ones are sent whole, by the leader. At least 1. */
  readonly fragmentBytesMin: number;
}

export type DispatchOptions =
  /** The leader feeds every follower itself. */
  | { readonly strategy: 'direct' }
  /** The leader feeds a few followers, chosen by measured latency and load, and those feed the rest (docs/relay.md). */
  | ({ readonly strategy: 'relay' } & Partial<RelayOptions>)
  /** Large batches are cut into fragments, one for each follower, which pass them on to each other; most of them make the batch. */
  | ({ readonly strategy: 'coded' } & Partial<CodedOptions>)
  /** Directly, unless the leader's link is full; then in the way that yields most, which is found out by trying. */
  | ({ readonly strategy: 'auto' } & Partial<RelayOptions & CodedOptions>);

/** Every batch has a relay of its own, which feeds all others: two hops, and over many batches everybody sends as much. */
export const defaultRelayOptions: RelayOptions = { firstLevelSize: 1, depth: 2, replanBatches: 1, replanMs: 0 };

export const defaultCodedOptions: CodedOptions = { fragmentBytesMin: 16_384 };

export const defaultDispatch: DispatchOptions = { strategy: 'direct' };

const leastOfRelay = { firstLevelSize: 1, depth: 1, replanBatches: 1, replanMs: 0 };
const leastOfCoded = { fragmentBytesMin: 1 };

/** What is wrong with them, a line each. */
export function* dispatchProblems(options: DispatchOptions): Iterable<string> {
  switch (options.strategy) {
    case 'direct':
      return;
    case 'relay':
      yield* wholeNumberProblems({ ...defaultRelayOptions, ...options }, leastOfRelay);
      return;
    case 'auto':
      yield* wholeNumberProblems(
        { ...defaultRelayOptions, ...defaultCodedOptions, ...options },
        { ...leastOfRelay, ...leastOfCoded },
      );
      return;
    case 'coded':
      yield* wholeNumberProblems({ ...defaultCodedOptions, ...options }, leastOfCoded);
      return;
    default:
      yield `dispatch.strategy: ${JSON.stringify((options as { strategy: unknown }).strategy)} is none of "direct", "relay", "coded", "auto"`;
  }
}

function* wholeNumberProblems<K extends string>(
  options: { readonly [name in NoInfer<K>]: number },
  least: { readonly [name in K]: number },
): Iterable<string> {
  for (const name of Object.keys(least) as K[]) {
    const value = options[name];
    if (Number.isSafeInteger(value) && value >= least[name]) continue;
    yield `dispatch.${name}: ${value} is not a whole number of at least ${least[name]}`;
  }
}
