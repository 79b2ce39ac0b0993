import { type DispatchOptions, defaultLimits } from '@balsa/replica';
import type { Acknowledgement } from '@balsa/wire';

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

/** Those that are measured if none are named. */
export const dispatchNames = ['direct', 'relay', 'relay-chain', 'coded', 'auto'] as const;
const variantNames = ['relay-ordered', 'relay-committed', 'relay-weak'] as const;
export type StrategyName = (typeof dispatchNames)[number] | (typeof variantNames)[number];
export const strategyNames: readonly StrategyName[] = [...dispatchNames, ...variantNames];

export interface Strategy {
  readonly dispatch: DispatchOptions;
  /** What each client waits for before it begins its next entry. */
  readonly acknowledge: Acknowledgement;
  /** Followers keep what overtakes. */
  readonly hasWindow: boolean;
}

const usual = { acknowledge: 'applied', hasWindow: true } as const;
/** As a group is set that names no more than the strategy: the relay changes with every batch. */
const relay: DispatchOptions = { strategy: 'relay' };

/** Presets by name. */
export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  direct: { ...usual, dispatch: { strategy: 'direct' } },
  relay: { ...usual, dispatch: relay },
  /** Each node feeds one other; who stands where changes seldom. */
  'relay-chain': {
    ...usual,
    dispatch: { strategy: 'relay', firstLevelSize: 1, depth: 32, replanBatches: 1, replanMs: 60_000 },
  },
  coded: { ...usual, dispatch: { strategy: 'coded' } },
  auto: { ...usual, dispatch: { strategy: 'auto' } },
  /** Raft's appender: what does not come in order is refused, and sent again. */
  'relay-ordered': { dispatch: relay, acknowledge: 'committed', hasWindow: false },
  /** The window alone. */
  'relay-committed': { dispatch: relay, acknowledge: 'committed', hasWindow: true },
  /** The window, and clients that go on as soon as a quorum has received their entry. */
  'relay-weak': { dispatch: relay, acknowledge: 'weak', hasWindow: true },
};

/** Strategies that differ in what is fixed when a node starts need nodes of their own. */
export interface ClusterKind {
  readonly hasWindow: boolean;
  readonly windowEntriesMax: number;
  /** 0: nobody is told early, and followers need not report what they have in memory. */
  readonly weakBytesMax: number;
}

const weakBytesMax = 64 * 1024 * 1024;

export function clustersFor(names: readonly StrategyName[]): ClusterKind[] {
  return [true, false].flatMap((hasWindow) => {
    const members = names.map((name) => strategies[name]).filter((it) => it.hasWindow === hasWindow);
    if (members.length === 0) return [];
    const isWeak = members.some(({ acknowledge }) => acknowledge === 'weak');
    const windowEntriesMax = hasWindow ? defaultLimits.windowEntriesMax : 0;
    return [{ hasWindow, windowEntriesMax, weakBytesMax: isWeak ? weakBytesMax : 0 }];
  });
}
