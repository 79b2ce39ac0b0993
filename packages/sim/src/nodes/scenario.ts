// What one seed of the simulation of whole nodes is made of. Every seed draws its own mix and intensities: a mild one and a
// wild one find different bugs.

import { SeededRandom } from '@balsa/raft';
import { drawLies, type LieSettings } from '../relay-lies.ts';

export interface NodesScenario {
  readonly seed: number;
  readonly nodes: number;
  readonly safetyPhaseMs: number;
  readonly network: {
    readonly delayMsMin: number;
    readonly delayMsMax: number;
    readonly lossProbability: number;
    readonly duplicateProbability: number;
    /** Share of frames that are held back far longer than the rest, and so overtaken. */
    readonly straggleProbability: number;
    readonly straggleMsMax: number;
    /** Share of frames of which a copy turns up again much later, in another term or another life of the process. */
    readonly replayProbability: number;
    readonly replayMsMax: number;
    /** Are connections made, broken and reported, as TCP does? Else frames go through whenever both ends are up. */
    readonly reportsConnections: boolean;
    /** Mean time between links that let through only a few bytes for a while; 0: never. */
    readonly clogMeanMs: number;
    readonly clogMsMax: number;
    readonly clogBytesPerMs: number;
    /** Share of nodes that are far away from all others. */
    readonly farNodeProbability: number;
    readonly farNodeMs: number;
  };
  readonly disk: {
    readonly operationMsMax: number;
    /** Share of operations that take a hundred times as long. */
    readonly stallProbability: number;
    /** Mean times between faults of a kind, over all nodes; 0: none of this kind. */
    readonly failureMeanMs: number;
    readonly fullMeanMs: number;
    readonly fullMsMax: number;
    /** A bit that flips, a write that lands somewhere else, a write that never lands. */
    readonly damageMeanMs: number;
    /** A bit that flips in a file of the storage engine, where there are such. */
    readonly rotMeanMs: number;
  };
  readonly clock: {
    /** Clocks run this much faster or slower than real time, at most. */
    readonly driftMax: number;
    readonly jumpMeanMs: number;
    readonly jumpMsMax: number;
  };
  readonly faults: {
    /** Mean times between faults of a kind, over all nodes; 0: none of this kind. */
    readonly crashMeanMs: number;
    readonly stopMeanMs: number;
    readonly partitionMeanMs: number;
    readonly pauseMeanMs: number;
    readonly downtimeMsMax: number;
    readonly partitionMsMax: number;
    readonly pauseMsMax: number;
    /** Share of crashes at which the power fails too, so that what was not flushed may be lost or torn. */
    readonly powerFailureProbability: number;
    /** Share of crashes after which the node comes back with an empty disk. */
    readonly diskLossProbability: number;
    /** Share of these losses of which nobody tells, until the others have refused the node for a while. */
    readonly undeclaredLossProbability: number;
    /** Probability that a node crashes as it asks for one of these: just before, or just after. */
    readonly crashAtSave: number;
    readonly crashAtAppend: number;
    readonly crashAtSend: number;
    readonly crashAtApply: number;
    /** Probability that it crashes when a disk operation completes, before anybody hears of it. */
    readonly crashAtDisk: number;
    /** The same while it starts, when it does little and all of it matters. */
    readonly crashAtStart: number;
    /** Probability that a state machine fails at an entry, which ends the process. */
    readonly applyFailureProbability: number;
    /** Share of new leaders that are crashed, cut off or paused within moments of their election. */
    readonly strikeProbability: number;
    readonly strikeDelayMsMax: number;
    /** Share of restarts that bring another release with other wire versions. */
    readonly upgradeProbability: number;
  };
  readonly workload: {
    readonly clients: number;
    readonly thinkMsMax: number;
    /** A client gives an attempt up after this long, and tries again elsewhere. */
    readonly attemptMsMax: number;
    /** After so many attempts it gives up for good, and never learns what became of it. */
    readonly attemptsMax: number;
    readonly registers: number;
    readonly readProbability: number;
    readonly localReadProbability: number;
    /** Share of operations that read what may be out of date, within bounds that are drawn up to these. */
    readonly lagReadProbability: number;
    readonly lagMsMax: number;
    readonly lagEntriesMax: number;
    readonly valueBytesMax: number;
    /** Share of operations before which the client comes back anew, with a new session. */
    readonly comebackProbability: number;
  };
  readonly membership: {
    /** Nodes that may be wanted later. */
    readonly newcomers: number;
    /** Mean time between wishes for other members; 0: none. */
    readonly changeMeanMs: number;
    /** How long a wish may take at most, before whoever wished gives up. */
    readonly changeMsMax: number;
    /** Share of wishes that must be refused. */
    readonly nonsenseProbability: number;
    /** How long a node may stay up that belongs to no group any more, and how long it takes to set one up. */
    readonly lingerMsMax: number;
    /** Share of removals after which the node removes the group from its disk. */
    readonly groupRemovalProbability: number;
    /** Share of lost disks after which another node, with an id of its own, is to take the place of the one that had it. */
    readonly replacementProbability: number;
    /** Mean time between wishes for another leader; 0: none. */
    readonly transferMeanMs: number;
    /** Is there a member that should lead? Who that is changes with the members. */
    readonly prefersLeader: boolean;
    /** Do leaders read by lease? Then no clock jumps: a lease counts on clocks that keep to their rate. */
    readonly leases: boolean;
    /** Does the run end with a newcomer that joins, and a leader that leaves? */
    readonly endsWithChange: boolean;
  };
  /** Is a majority lost for good at the end of the faults, and the group forced to go on (docs/recovery.md)? */
  readonly lostQuorum: {
    readonly happens: boolean;
    /** How long nodes live on, at most, after the loss of another, and how long whoever comes back afterwards waits. */
    readonly lingerMsMax: number;
    /** Share of the operator's commands that die at one of their first operations of the disk. */
    readonly commandCrashProbability: number;
    /** Share of lost nodes that turn out not to be lost: they come back with their disk. */
    readonly returnProbability: number;
    /** Share of these that become members again, with all that they have. */
    readonly rejoinProbability: number;
    /** Share of the others that come back with an empty disk. In the place of the rest there are new nodes. */
    readonly emptyProbability: number;
    /** How long the faults go on after that. */
    readonly aftermathMs: number;
  };
  /** How nodes that lead feed the others: each in its own way, for settings need not agree. */
  readonly relays: {
    /** Share of the nodes whose leaders have relays, and of those how many send fragments instead. */
    readonly nodeProbability: number;
    readonly codedProbability: number;
    /** Share of the restarts after which a node is of the release before relays. */
    readonly oldNodeProbability: number;
    readonly fragmentBytesMinMax: number;
    readonly firstLevelSizeMax: number;
    readonly depthMax: number;
    readonly replanBatchesMax: number;
    readonly replanMsMax: number;
    /** In how many zones the nodes stand; 1: nobody knows of zones. */
    readonly zones: number;
  };
  /** Writes whose clients are told before they are applied. */
  readonly weak: {
    /** See `GroupOptions.weakBytesMax`, of the data group on all nodes; 0: no weak writes. */
    readonly weakBytesMax: number;
    /** Share of writes that ask to be told early: half of them when they are committed, or all, where there are no weak writes. */
    readonly earlyProbability: number;
  };
  /** Of relays. */
  readonly lies: LieSettings;
  /** Of the data group. */
  readonly storage: {
    /** A memtable of this size becomes files; 0: all points stay in memory, and there are no files. */
    readonly memtableBytes: number;
    readonly lateFilesMax: number;
    readonly mergeFiles: number;
    readonly fileBytesMax: number;
  };
  /** Of series beside the registers, where the data group has files. */
  readonly series: {
    /** Mean time between commands about them, and between reads and statements; 0: none. */
    readonly commandMeanMs: number;
    readonly readMeanMs: number;
    /** Shares of commands that delete points or series, and that say how long points are kept or what time it is. */
    readonly deleteProbability: number;
    readonly expiryProbability: number;
    /** Of a tablet. */
    readonly rowsMax: number;
  };
  readonly limits: {
    readonly sessionsMax: number;
    readonly batchBytesMax: number;
    readonly batchesUnderWayMax: number;
    readonly queuedBytesMax: number;
    readonly appendBytesMax: number;
    readonly inflightBytesMax: number;
    readonly uncommittedBytesMax: number;
    readonly cacheBytesMax: number;
    readonly windowEntriesMax: number;
    readonly windowBytesMax: number;
    /** Applied entries after which a snapshot is due; 0: none is in a run this short. */
    readonly snapshotEntries: number;
    readonly logTailBytes: number;
    /** So little, in half of the runs, that a snapshot takes its time; 0: no limit. */
    readonly snapshotRestore: { readonly bytesPerSecondMax: number };
  };
  /** A group that was idle for so long hibernates; 0: never. */
  readonly hibernateAfterMs: number;
  readonly log: {
    readonly segmentBytes: number;
    readonly blockBytesMax: number;
    readonly sealAfterMs: number;
    /** Durability `batched`: what the operating system holds counts, and so no power fails. */
    readonly isBatched: boolean;
    readonly flushIntervalMs: number;
  };
}

const clusterSizes = [1, 2, 3, 3, 3, 3, 5, 5];
const sectorBytes = 4096;

export function drawNodesScenario(seed: number): NodesScenario {
  const random = new SeededRandom(seed ^ 0x2545_f491);
  // Of what came later: the rest of what a seed draws stays as it was.
  const younger = new SeededRandom(seed ^ 0x1d87_2b41);
  const between = (low: number, high: number): number => random.integerBetween(low, high + 1);
  const maybe = (probability: number, value: () => number): number => (random.chance(probability) ? value() : 0);
  const probabilityUpTo = (max: number): number => between(0, 1000) * (max / 1000);
  const delayMsMin = between(0, 5);
  // Drawn apart: what came later leaves the rest of every seed as it was.
  const later = new SeededRandom(seed ^ 0x5bd1_e995);
  // Of snapshots and hibernation.
  const latest = new SeededRandom(seed ^ 0x3c6e_f372);
  const snapshotEntries = latest.chance(0.6) ? latest.integerBetween(2, 40) : 0;
  const clients = between(1, 6);
  const membership = drawMembership(seed);
  const hasChanges = membership.changeMeanMs > 0;
  const relays = drawRelays(seed);
  const lag = new SeededRandom(seed ^ 0x27d4_eb2f);
  const restores = new SeededRandom(seed ^ 0x3ad8_025f);
  const scenario: NodesScenario = {
    seed,
    nodes: clusterSizes[between(0, clusterSizes.length - 1)]!,
    safetyPhaseMs: between(1_000, 4_000),
    network: {
      delayMsMin,
      delayMsMax: delayMsMin + between(1, 30),
      lossProbability: maybe(0.4, () => probabilityUpTo(0.15)),
      duplicateProbability: maybe(0.4, () => probabilityUpTo(0.15)),
      straggleProbability: maybe(0.4, () => probabilityUpTo(0.1)),
      straggleMsMax: between(100, 2_000),
      replayProbability: maybe(0.3, () => probabilityUpTo(0.02)),
      replayMsMax: between(500, 4_000),
      reportsConnections: random.chance(0.6),
      clogMeanMs: maybe(0.25, () => between(300, 3_000)),
      clogMsMax: between(50, 1_000),
      clogBytesPerMs: between(1, 64),
      farNodeProbability: maybe(0.25, () => probabilityUpTo(0.6)),
      farNodeMs: between(10, 80),
    },
    disk: {
      operationMsMax: between(0, 12),
      stallProbability: maybe(0.3, () => probabilityUpTo(0.01)),
      failureMeanMs: maybe(0.25, () => between(400, 4_000)),
      fullMeanMs: maybe(0.15, () => between(500, 4_000)),
      fullMsMax: between(50, 1_500),
      damageMeanMs: maybe(0.3, () => between(300, 3_000)),
      rotMeanMs: 0,
    },
    clock: {
      driftMax: maybe(0.4, () => probabilityUpTo(0.1)),
      jumpMeanMs: maybe(0.25, () => between(300, 3_000)) * (membership.leases ? 0 : 1),
      jumpMsMax: between(20, 2_000),
    },
    faults: {
      crashMeanMs: maybe(0.7, () => between(300, 3_000)),
      stopMeanMs: maybe(0.3, () => between(500, 4_000)),
      partitionMeanMs: maybe(0.6, () => between(300, 3_000)),
      pauseMeanMs: maybe(0.4, () => between(300, 3_000)),
      // After a quick restart the same election is still going on.
      downtimeMsMax: random.chance(0.4) ? between(1, 30) : between(30, 1_500),
      partitionMsMax: between(50, 1_500),
      pauseMsMax: between(50, 1_200),
      powerFailureProbability: probabilityUpTo(1),
      diskLossProbability: maybe(0.25, () => probabilityUpTo(0.4)),
      // Nodes that are set up later have never met the one that has forgotten, and cannot refuse it.
      undeclaredLossProbability: younger.chance(0.5) && !hasChanges ? younger.integerBetween(0, 1001) / 1000 : 0,
      crashAtSave: maybe(0.3, () => probabilityUpTo(0.1)),
      crashAtAppend: maybe(0.3, () => probabilityUpTo(0.02)),
      crashAtSend: maybe(0.3, () => probabilityUpTo(0.005)),
      crashAtApply: maybe(0.3, () => probabilityUpTo(0.02)),
      crashAtDisk: maybe(0.3, () => probabilityUpTo(0.01)),
      crashAtStart: later.chance(0.3) ? later.integerBetween(0, 1001) / 10_000 : 0,
      applyFailureProbability: later.chance(0.2) ? later.integerBetween(0, 1001) / 100_000 : 0,
      strikeProbability: maybe(0.4, () => probabilityUpTo(1)),
      strikeDelayMsMax: between(1, 100),
      // Who needs a snapshot, or belongs to a group that has changed, cannot have been downgraded to a release that knows neither.
      upgradeProbability: maybe(0.4, () => probabilityUpTo(1)) * (snapshotEntries > 0 || hasChanges ? 0 : 1),
    },
    workload: {
      clients,
      thinkMsMax: between(1, 60),
      attemptMsMax: between(20, 600),
      attemptsMax: between(1, 12),
      registers: between(1, 4),
      readProbability: probabilityUpTo(0.6),
      localReadProbability: probabilityUpTo(0.3),
      lagReadProbability: lag.chance(0.4) ? lag.integerBetween(1, 401) / 1000 : 0,
      lagMsMax: lag.integerBetween(1, 1_000),
      lagEntriesMax: lag.chance(0.5) ? 1 : lag.integerBetween(1, 40),
      valueBytesMax: random.chance(0.3) ? between(100, 3_000) : between(8, 100),
      comebackProbability: maybe(0.4, () => probabilityUpTo(0.1)),
    },
    membership,
    lostQuorum: drawLostQuorum(seed),
    relays: relays.settings,
    weak: drawWeak(seed),
    lies: drawLies(new SeededRandom(seed ^ 0x61c8_8647)),
    storage: drawStorage(seed),
    series: drawSeries(seed),
    limits: {
      // Clients, the nodes' own sessions, and those that were opened in vain; in some runs too few for all.
      sessionsMax: random.chance(0.2) ? between(2, clients + 2) : 1_000,
      batchBytesMax: between(64, 4_096),
      batchesUnderWayMax: between(1, 6),
      queuedBytesMax: random.chance(0.2) ? between(512, 4_096) : 65_536,
      appendBytesMax: between(1, 4_096),
      inflightBytesMax: between(256, 16_384),
      uncommittedBytesMax: between(1_024, 32_768),
      cacheBytesMax: between(64, 8_192),
      ...relays.window,
      snapshotEntries,
      logTailBytes: latest.chance(0.7) ? 0 : 16 * 1024 * 1024,
      snapshotRestore: { bytesPerSecondMax: restores.chance(0.5) ? restores.integerBetween(500, 3_001) : 0 },
    },
    hibernateAfterMs: latest.chance(0.4) ? latest.integerBetween(50, 500) : 0,
    log: {
      segmentBytes: sectorBytes * between(4, 24),
      blockBytesMax: sectorBytes * between(1, 3),
      sealAfterMs: between(20, 150),
      isBatched: random.chance(0.12),
      flushIntervalMs: between(5, 100),
    },
  };
  const happens = scenario.lostQuorum.happens && mayLoseQuorum(scenario);
  return {
    ...scenario,
    lostQuorum: { ...scenario.lostQuorum, happens },
    disk: { ...scenario.disk, rotMeanMs: happens ? 0 : drawRotMeanMs(seed, scenario) },
  };
}

/**
 * A loss of everything but what one survivor holds leaves nobody to make up for other losses; releases that know nothing of lineages are
 * upgraded before; and whoever loses a quorum changes no members meanwhile.
 */
export function mayLoseQuorum({ nodes, disk, faults, membership, relays }: NodesScenario): boolean {
  const losesMore = disk.damageMeanMs > 0 || disk.rotMeanMs > 0 || faults.diskLossProbability > 0;
  const hasOldNodes = faults.upgradeProbability > 0 || relays.oldNodeProbability > 0;
  return nodes > 1 && !losesMore && !hasOldNodes && membership.changeMeanMs === 0;
}

/** Of the runs that may: one in four, which is one in twenty of all. */
function drawLostQuorum(seed: number): NodesScenario['lostQuorum'] {
  const random = new SeededRandom(seed ^ 0x4cf5_ad43);
  const between = (low: number, high: number): number => random.integerBetween(low, high + 1);
  return {
    happens: random.chance(0.25),
    lingerMsMax: between(1, 600),
    commandCrashProbability: random.chance(0.5) ? between(1, 800) / 1000 : 0,
    returnProbability: between(0, 1000) / 1000,
    rejoinProbability: between(0, 1000) / 1000,
    emptyProbability: between(0, 1000) / 1000,
    aftermathMs: between(1, 1_500),
  };
}

/** Two runs in five have somebody who wants other members and other leaders; the core's own simulation has him in most. */
function drawMembership(seed: number): NodesScenario['membership'] {
  const random = new SeededRandom(seed ^ 0x165e_67b1);
  const between = (low: number, high: number): number => random.integerBetween(low, high + 1);
  const shareUpTo = (max: number): number => between(0, 1000) * (max / 1000);
  const isOn = random.chance(0.4);
  const changeMeanMs = isOn ? between(60, 900) : 0;
  return {
    newcomers: isOn ? between(1, 4) : 0,
    changeMeanMs,
    changeMsMax: between(30, 3_000),
    nonsenseProbability: isOn ? shareUpTo(0.3) : 0,
    lingerMsMax: between(1, 1_500),
    groupRemovalProbability: isOn && random.chance(0.5) ? shareUpTo(1) : 0,
    replacementProbability: isOn ? shareUpTo(0.8) : 0,
    transferMeanMs: isOn && random.chance(0.6) ? between(100, 1_500) : 0,
    prefersLeader: isOn && random.chance(0.3),
    leases: isOn && random.chance(0.4),
    endsWithChange: isOn && random.chance(0.6),
  };
}

/** Half of the runs have clients that are told early. */
function drawWeak(seed: number): NodesScenario['weak'] {
  const random = new SeededRandom(seed ^ 0x4f1b_bcdc);
  if (!random.chance(0.5)) return { weakBytesMax: 0, earlyProbability: 0 };
  return {
    weakBytesMax: random.chance(0.85) ? random.integerBetween(200, 32_768) : 0,
    earlyProbability: random.integerBetween(100, 1001) / 1000,
  };
}

/** One run of three has files: they cost twice the time. */
function drawStorage(seed: number): NodesScenario['storage'] {
  const random = new SeededRandom(seed ^ 0x3ade_68b1);
  const memtableBytes = random.chance(0.67) ? 0 : random.integerBetween(200, random.chance(0.5) ? 2_000 : 20_000);
  return {
    memtableBytes,
    lateFilesMax: random.integerBetween(1, 4),
    mergeFiles: random.integerBetween(2, 5),
    fileBytesMax: random.chance(0.3) ? random.integerBetween(500, 4_000) : 1_000_000,
  };
}

/** Of the runs with files, one in five has none. */
function drawSeries(seed: number): NodesScenario['series'] {
  const random = new SeededRandom(seed ^ 0x1b87_3593);
  const between = (low: number, high: number): number => random.integerBetween(low, high + 1);
  const isOn = random.chance(0.8);
  return {
    // What has to do with several others, such as rules of expiry that come and go, only shows among many.
    commandMeanMs: isOn ? (random.chance(0.4) ? between(10, 60) : between(60, 500)) : 0,
    readMeanMs: isOn ? between(200, 1_500) : 0,
    deleteProbability: random.chance(0.7) ? between(1, 400) / 1000 : 0,
    expiryProbability: random.chance(0.7) ? between(1, 500) / 1000 : 0,
    rowsMax: random.chance(0.5) ? between(1, 8) : between(8, 40),
  };
}

/** Of the runs with files, one in three has some that rot. What mends them are snapshots, which the oldest releases do not know. */
function drawRotMeanMs(seed: number, { storage, faults }: NodesScenario): number {
  const random = new SeededRandom(seed ^ 0x52dc_e729);
  if (storage.memtableBytes === 0 || faults.upgradeProbability > 0 || !random.chance(0.33)) return 0;
  return random.integerBetween(50, 1_001);
}

/** From a generator of its own: what else a seed draws stays what it was before there were relays. */
function drawRelays(seed: number): {
  readonly settings: NodesScenario['relays'];
  readonly window: Pick<NodesScenario['limits'], 'windowEntriesMax' | 'windowBytesMax'>;
} {
  const random = new SeededRandom(seed ^ 0x2c1b_3c6d);
  const places = new SeededRandom(seed ^ 0x2e7d_2c03);
  const between = (low: number, high: number): number => random.integerBetween(low, high + 1);
  return {
    settings: {
      nodeProbability: random.chance(0.7) ? between(200, 1000) / 1000 : 0,
      oldNodeProbability: random.chance(0.2) ? between(1, 500) / 1000 : 0,
      codedProbability: random.chance(0.5) ? between(1, 1000) / 1000 : 0,
      fragmentBytesMinMax: between(1, 2_000),
      firstLevelSizeMax: between(1, 3),
      depthMax: between(2, 5),
      replanBatchesMax: between(1, 8),
      replanMsMax: random.chance(0.5) ? 1 : between(1, 500),
      zones: places.chance(0.4) ? places.integerBetween(2, 5) : 1,
    },
    window: {
      windowEntriesMax: random.chance(0.2) ? 0 : between(1, 200),
      windowBytesMax: between(64, 16_384),
    },
  };
}
