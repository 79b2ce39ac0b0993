// What one seed is made of. Every seed draws its own mix and intensities: a mild one and a wild one find different bugs.

import { SeededRandom } from '@balsa/raft';
import { drawLies, type LieSettings } from '../relay-lies.ts';
import { leaseMsMax } from '../timing.ts';

export interface Scenario {
  readonly seed: number;
  /** Voters at the beginning. */
  readonly members: number;
  /** Nodes that may join later. */
  readonly newcomers: number;
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
    /** Share of crashes that happen to most members at once. */
    readonly blackoutProbability: number;
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
    readonly crashAtInstall: number;
    /** Share of new leaders that are crashed, cut off or paused within moments of their election. */
    readonly strikeProbability: number;
    readonly strikeDelayMsMax: number;
    /** Share of crashes in which the disk loses entries that it had confirmed. */
    readonly diskLossProbability: number;
    /** Of those that lose something: who loses everything, term and vote as well. */
    readonly wholeDiskProbability: number;
  };
  readonly workload: {
    readonly proposeMeanMs: number;
    readonly batchEntriesMax: number;
    readonly readMeanMs: number;
    /** Mean time between phases in which nobody wants anything; 0: none. */
    readonly idleMeanMs: number;
    readonly idleMsMax: number;
  };
  readonly snapshots: {
    /** Mean time between the snapshots of a member, each of which lets it compact its log; 0: none. */
    readonly takeMeanMs: number;
    /** Entries before a snapshot that the log keeps at most, although they are in it. */
    readonly entriesKeptMax: number;
    readonly transferMsMin: number;
    readonly transferMsMax: number;
    readonly transferFailureProbability: number;
  };
  readonly membership: {
    /** Mean time between wishes for other members; 0: none. */
    readonly changeMeanMs: number;
    /** Share of wishes that make no sense. */
    readonly nonsenseProbability: number;
    /** How long a node may stay up that belongs to the group no more. */
    readonly lingerMsMax: number;
  };
  readonly leadership: {
    /** Mean time between wishes for another leader; 0: none. */
    readonly transferMeanMs: number;
    /** Is there a member that should lead? Who that is changes with the members. */
    readonly prefersLeader: boolean;
  };
  readonly relays: {
    /** Mean time between plans for relays, each drawn anew; 0: the leader feeds everybody itself. */
    readonly planMeanMs: number;
  };
  /** Of relays. */
  readonly lies: LieSettings;
  readonly clocks: {
    /** How far a member's clock runs ahead or behind, as a share of the time. */
    readonly driftMax: number;
    /** See `RaftConfig`; 0: no leases. */
    readonly leaseMs: number;
    /** See `RaftConfig`; 0: no hibernation. */
    readonly hibernateAfterTicks: number;
  };
  readonly limits: {
    readonly appendBytesMax: number;
    readonly inflightBytesMax: number;
    readonly uncommittedBytesMax: number;
    readonly cacheBytesMax: number;
    readonly windowEntriesMax: number;
    readonly windowBytesMax: number;
    /** See `RaftConfig`; 0: nobody is told anything early. */
    readonly weakBytesMax: number;
  };
  /** Does another node join at the end, when everything is calm? */
  readonly endsWithGrowth: boolean;
  /** Does the run end with one member cut off from a healthy group, and let in again? */
  readonly endsWithRejoin: boolean;
}

const groupSizes = [1, 2, 3, 3, 3, 5, 5, 7];

export function drawScenario(seed: number): Scenario {
  const random = new SeededRandom(seed);
  const relays = drawRelays(new SeededRandom(seed ^ 0x2c1b_3c6d));
  const disks = new SeededRandom(seed ^ 0x7ed5_5d16);
  const weak = new SeededRandom(seed ^ 0x4f1b_bcdc);
  const between = (low: number, high: number): number => random.integerBetween(low, high + 1);
  const maybe = (probability: number, value: () => number): number => (random.chance(probability) ? value() : 0);
  const probabilityUpTo = (max: number): number => between(0, 1000) * (max / 1000);
  const delayMsMin = between(0, 5);
  const driftMax = probabilityUpTo(0.1);
  const changeMeanMs = maybe(0.5, () => between(30, 600));
  const transferMsMin = between(1, 50);
  return {
    seed,
    members: groupSizes[between(0, groupSizes.length - 1)]!,
    newcomers: changeMeanMs === 0 ? 0 : between(1, 4),
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
      blackoutProbability: maybe(0.4, () => probabilityUpTo(0.5)),
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
      crashAtInstall: maybe(0.3, () => probabilityUpTo(0.5)),
      strikeProbability: maybe(0.5, () => probabilityUpTo(1)),
      strikeDelayMsMax: between(1, 100),
      diskLossProbability: maybe(0.3, () => probabilityUpTo(0.5)),
      wholeDiskProbability: disks.chance(0.6) ? disks.integerBetween(1, 1001) / 1000 : 0,
    },
    workload: {
      proposeMeanMs: between(2, 60),
      batchEntriesMax: between(1, 20),
      readMeanMs: between(10, 100),
      idleMeanMs: maybe(0.4, () => between(300, 3_000)),
      idleMsMax: between(100, 2_000),
    },
    snapshots: {
      takeMeanMs: maybe(0.6, () => between(30, 1_000)),
      entriesKeptMax: random.chance(0.5) ? 1 : between(1, 100),
      transferMsMin,
      transferMsMax: transferMsMin + (random.chance(0.7) ? between(1, 200) : between(200, 3_000)),
      transferFailureProbability: maybe(0.5, () => probabilityUpTo(0.5)),
    },
    membership: {
      changeMeanMs,
      nonsenseProbability: probabilityUpTo(0.3),
      lingerMsMax: between(1, 2_000),
    },
    relays: { planMeanMs: relays.planMeanMs },
    lies: drawLies(new SeededRandom(seed ^ 0x61c8_8647)),
    leadership: { transferMeanMs: maybe(0.4, () => between(100, 2_000)), prefersLeader: random.chance(0.3) },
    clocks: {
      driftMax,
      // Half of those who have leases live at the edge of what is allowed.
      leaseMs: maybe(0.5, () => (random.chance(0.5) ? leaseMsMax(driftMax) : between(1, leaseMsMax(driftMax)))),
      hibernateAfterTicks: maybe(0.4, () => between(10, 150)),
    },
    limits: {
      appendBytesMax: between(1, 512),
      inflightBytesMax: between(64, 4096),
      uncommittedBytesMax: between(256, 8192),
      cacheBytesMax: between(64, 4096),
      windowEntriesMax: relays.windowEntriesMax,
      windowBytesMax: relays.windowBytesMax,
      weakBytesMax: weak.chance(0.7) ? weak.integerBetween(16, 8192) : 0,
    },
    endsWithGrowth: random.chance(0.25),
    endsWithRejoin: random.chance(0.25),
  };
}

/** From a generator of its own: what else a seed draws stays what it was before there were relays. */
function drawRelays(
  random: SeededRandom,
): Scenario['relays'] & Pick<Scenario['limits'], 'windowEntriesMax' | 'windowBytesMax'> {
  const planMeanMs = random.chance(0.6) ? random.integerBetween(20, 1_000) : 0;
  const windowEntriesMax = random.chance(0.2) ? 0 : random.integerBetween(1, 200);
  return { planMeanMs, windowEntriesMax, windowBytesMax: random.integerBetween(16, 4096) };
}
