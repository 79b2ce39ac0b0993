// What one seed is made of. Every seed draws its own mix and intensities: a mild one and a wild one find different bugs.

import { SeededRandom } from '@balsa/raft';

export interface Scenario {
  readonly seed: number;
  readonly members: number;
  readonly safetyPhaseMs: number;
  readonly network: {
    readonly delayMsMin: number;
    readonly delayMsMax: number;
    readonly lossProbability: number;
    readonly duplicateProbability: number;
    /** Share of messages that are held back far longer than the rest, and so overtaken. */
    readonly straggleProbability: number;
    readonly straggleMsMax: number;
    /** Are broken and restored connections reported to the members, as TCP would? */
    readonly reportsConnections: boolean;
  };
  readonly disk: {
    readonly flushMsMin: number;
    readonly flushMsMax: number;
    /** Share of flushes that take a hundred times as long. */
    readonly stallProbability: number;
  };
  readonly faults: {
    /** Mean times between faults of a kind; 0: none of this kind. */
    readonly crashMeanMs: number;
    readonly downtimeMsMax: number;
    readonly partitionMeanMs: number;
    readonly partitionMsMax: number;
    readonly pauseMeanMs: number;
    readonly pauseMsMax: number;
    /** Probability that a member crashes at an effect of the kind: just before it is carried out, or just after. */
    readonly crashAtSave: number;
    readonly crashAtVote: number;
    readonly crashAtAppend: number;
    readonly crashAtCommit: number;
    /** Share of new leaders that are crashed, cut off or paused within moments of their election. */
    readonly strikeProbability: number;
    readonly strikeDelayMsMax: number;
    /** Share of crashes in which the disk loses entries that it had confirmed. */
    readonly diskLossProbability: number;
  };
  readonly workload: {
    readonly proposeMeanMs: number;
    readonly batchEntriesMax: number;
    readonly readMeanMs: number;
  };
  readonly limits: {
    readonly appendBytesMax: number;
    readonly inflightBytesMax: number;
    readonly uncommittedBytesMax: number;
    readonly cacheBytesMax: number;
  };
  /** Does the run end with one member cut off from a healthy group, and let in again? */
  readonly endsWithRejoin: boolean;
}

const groupSizes = [1, 2, 3, 3, 3, 5, 5, 7];

export function drawScenario(seed: number): Scenario {
  const random = new SeededRandom(seed);
  const between = (low: number, high: number): number => random.integerBetween(low, high + 1);
  const maybe = (probability: number, value: () => number): number => (random.chance(probability) ? value() : 0);
  const probabilityUpTo = (max: number): number => between(0, 1000) * (max / 1000);
  const delayMsMin = between(0, 5);
  return {
    seed,
    members: groupSizes[between(0, groupSizes.length - 1)]!,
    safetyPhaseMs: between(2_000, 8_000),
    network: {
      delayMsMin,
      delayMsMax: delayMsMin + between(1, 30),
      lossProbability: maybe(0.6, () => probabilityUpTo(0.2)),
      duplicateProbability: maybe(0.5, () => probabilityUpTo(0.2)),
      straggleProbability: maybe(0.5, () => probabilityUpTo(0.1)),
      straggleMsMax: between(100, 3_000),
      reportsConnections: random.chance(0.5),
    },
    disk: {
      flushMsMin: between(0, 2),
      flushMsMax: between(2, 30),
      stallProbability: maybe(0.3, () => probabilityUpTo(0.02)),
    },
    faults: {
      crashMeanMs: maybe(0.7, () => between(300, 3_000)),
      // After a quick restart the same election is still going on.
      downtimeMsMax: random.chance(0.4) ? between(1, 30) : between(30, 2_000),
      partitionMeanMs: maybe(0.7, () => between(300, 3_000)),
      partitionMsMax: between(50, 2_000),
      pauseMeanMs: maybe(0.4, () => between(300, 3_000)),
      pauseMsMax: between(50, 1_500),
      crashAtSave: maybe(0.3, () => probabilityUpTo(0.2)),
      crashAtVote: maybe(0.3, () => probabilityUpTo(0.3)),
      crashAtAppend: maybe(0.3, () => probabilityUpTo(0.02)),
      crashAtCommit: maybe(0.3, () => probabilityUpTo(0.1)),
      strikeProbability: maybe(0.5, () => probabilityUpTo(1)),
      strikeDelayMsMax: between(1, 100),
      diskLossProbability: maybe(0.3, () => probabilityUpTo(0.5)),
    },
    workload: { proposeMeanMs: between(2, 60), batchEntriesMax: between(1, 20), readMeanMs: between(10, 100) },
    limits: {
      appendBytesMax: between(1, 512),
      inflightBytesMax: between(64, 4096),
      uncommittedBytesMax: between(256, 8192),
      cacheBytesMax: between(64, 4096),
    },
    endsWithRejoin: random.chance(0.25),
  };
}
