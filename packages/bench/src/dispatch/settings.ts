import type { DispatchOptions } from '@balsa/replica';

/** What the benchmark of dispatch strategies is asked to do; repeated in its report. */
export interface DispatchSettings {
  /** Group widths, one cluster after the other. */
  readonly nodes: readonly number[];
  /** Of each entry; every width is measured with every size. */
  readonly valueBytes: readonly number[];
  /** The part of each value that is the same in all, and would pack well. */
  readonly compressible: number;
  /** Each has one entry under way, and begins the next when that is answered; over all groups together. */
  readonly clients: number;
  readonly groups: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly rounds: number;
  /** In the order in which they take turns; the others are compared with the first. */
  readonly strategies: readonly StrategyName[];
  /** What each node may send, in 10^6 bit/s; `null`: no cap. */
  readonly egressMbit: number | null;
  /** Nodes whose cap is divided by a factor. */
  readonly slow: readonly SlowNode[];
  /** Each strategy is measured without slow nodes, then with them. */
  readonly slowInTurn: boolean;
  /** After its rounds, each strategy loses a node under load, as often as there are rounds. */
  readonly killRelay: boolean;
  /** Of node 1, node 2, ..., and from the beginning again; none: nobody knows of zones. */
  readonly zones: readonly string[];
  readonly electionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Limits of the hosts. */
  readonly batchBytesMax: number;
  readonly batchesUnderWayMax: number;
  /** Of what is written. */
  readonly seed: number;
}

/** `undefined`: in none. */
export function zoneOf(node: number, { zones }: Pick<DispatchSettings, 'zones'>): string | undefined {
  return zones[(node - 1) % zones.length];
}

export interface SlowNode {
  readonly node: number;
  readonly factor: number;
}

export const strategyNames = ['direct', 'relay', 'relay-chain', 'coded', 'auto'] as const;
export type StrategyName = (typeof strategyNames)[number];

/** Presets by name. */
export const strategies: Readonly<Record<StrategyName, DispatchOptions>> = {
  direct: { strategy: 'direct' },
  /** As a group is set that names no more than the strategy: the relay changes with every batch. */
  relay: { strategy: 'relay' },
  /** Each node feeds one other; who stands where changes seldom. */
  'relay-chain': { strategy: 'relay', firstLevelSize: 1, depth: 32, replanBatches: 1, replanMs: 60_000 },
  coded: { strategy: 'coded' },
  auto: { strategy: 'auto' },
};
