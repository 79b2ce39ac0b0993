// A follower is away while much is written and the log is compacted; then it comes back, under load. What it needs lies in the
// leader's snapshot, and then in the log that was written meanwhile.

import { join } from 'node:path';
import { findFreePorts } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { sleepFor } from '../command/sleep-for.ts';
import { NodeProcess } from '../node-process/node-process.ts';
import type { CatchUpNodeCalls, CatchUpNodeSpec, NodeSample, StateChecks } from './node-protocol.ts';
import { type Phase, phaseOf } from './phase.ts';
import type { CatchUpSettings } from './settings.ts';

type CatchUpProcess = NodeProcess<CatchUpNodeCalls>;

const bytesPerGigabyte = 1e9;
const mebibyte = 1024 * 1024;
const nodes = 3;
const timing = { tickMs: 10, electionTimeoutMs: 1000, heartbeatIntervalMs: 100 };
const pollMs = 100;
const leaderTimeoutMs = 30_000;
const equalTimeoutMs = 60_000;
/** What the follower will lack is written in large pieces, a few at a time. */
const fill = { valueBytes: 256 * 1024, clients: 16, writesAtOnce: 256 };
const warmUpMs = 2000;

export interface CatchUp {
  /** From the start of the follower's process until it has applied what the leader had committed a moment before. */
  readonly seconds: number;
  /** Of these: until the snapshot was there, durable; until its state was in use; until the log behind it was applied. */
  readonly transferSeconds: number;
  readonly restoreSeconds: number;
  readonly logSeconds: number;
  readonly fetchedBytes: number;
  /** Entries that were committed while the follower caught up. */
  readonly entries: number;
  /** Fetches that began again, for whatever reason. */
  readonly restarts: number;
  readonly followerStallMsMax: number;
  readonly followerResidentBytesMax: number;
}

export interface CatchUpRun {
  /** All three nodes, with little state. This and `back` are what the cluster does when nothing is wrong. */
  readonly whole: Phase;
  /** The leader and one follower: there is one node less that takes part of the machine. */
  readonly away: Phase;
  readonly during: Phase;
  /** The parts of `during`: while the snapshot came, the state was restored, the log was applied. `null`: too short. */
  readonly parts: { readonly transfer: Phase | null; readonly restore: Phase | null; readonly log: Phase | null };
  /** All three again, with all of the state. */
  readonly back: Phase;
  readonly catchUp: CatchUp;
  readonly failedWrites: number;
  /** Of all nodes, at the end. */
  readonly checks: readonly StateChecks[];
}

export interface CatchUpEvents {
  /** What is going on now. */
  onStage(text: string): void;
}

/** Throws NODE_ENDED, NOT_HEALTHY, INTERRUPTED. */
export async function runCatchUp(
  settings: CatchUpSettings,
  folder: string,
  events: CatchUpEvents,
  signal: AbortSignal,
): Promise<CatchUpRun> {
  const field = new CatchUpField(await specsOf(settings, folder), settings, events, signal);
  const killAll = (): void => field.killAll();
  signal.addEventListener('abort', killAll, { once: true });
  try {
    return await field.run();
  } catch (error) {
    // That its nodes were killed is not why the run ended.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', killAll);
    await field.stopAll();
  }
}

async function specsOf(settings: CatchUpSettings, folder: string): Promise<CatchUpNodeSpec[]> {
  const { gigabytes, snapshotMebibytesPerSecond, restoreMebibytesPerSecond, seed } = settings;
  const addresses = (await findFreePorts(nodes)).map((port) => ({ host: '127.0.0.1', port }));
  return addresses.map((_, i) => {
    return {
      nodeId: i + 1,
      folder: join(folder, `node-${i + 1}`),
      addresses,
      timing,
      windowBytes: Math.round(gigabytes * bytesPerGigabyte),
      snapshotBytesPerSecondMax: snapshotMebibytesPerSecond * mebibyte,
      restoreBytesPerSecondMax: restoreMebibytesPerSecond * mebibyte,
      seed,
    };
  });
}

class CatchUpField {
  readonly #specs: readonly CatchUpNodeSpec[];
  readonly #settings: CatchUpSettings;
  readonly #events: CatchUpEvents;
  readonly #signal: AbortSignal;
  readonly #running = new Map<number, CatchUpProcess>();

  constructor(
    specs: readonly CatchUpNodeSpec[],
    settings: CatchUpSettings,
    events: CatchUpEvents,
    signal: AbortSignal,
  ) {
    this.#specs = specs;
    this.#settings = settings;
    this.#events = events;
    this.#signal = signal;
  }

  async run(): Promise<CatchUpRun> {
    const { seconds } = this.#settings;
    await Promise.all(this.#specs.map((spec) => this.#start(spec)));
    const leader = await this.#awaitLeader();
    await this.#beginLoad(leader);
    const whole = await this.#observe(leader, `writing to all three: ${seconds} s`);
    await leader.call('endLoad', null);
    const absent = this.#specs.find(({ nodeId }) => nodeId !== leader.id)!;
    await this.#running.get(absent.nodeId)!.stop();
    this.#running.delete(absent.nodeId);
    await this.#fill(leader);
    this.#events.onStage('taking a snapshot, and letting go of the log');
    const snapshotIndex = await leader.call('compact', null);

    await this.#beginLoad(leader);
    const away = await this.#observe(leader, `writing while the follower is away: ${seconds} s`);
    const { during, parts, catchUp } = await this.#catchUp(leader, absent, snapshotIndex);
    await sleepFor(warmUpMs, this.#signal);
    const back = await this.#observe(leader, `writing after the follower is back: ${seconds} s`);
    await leader.call('endLoad', null);
    this.#events.onStage('comparing the replicas');
    const { failed } = await leader.call('sample', null);
    return { whole, away, during, parts, back, catchUp, failedWrites: failed, checks: await this.#check() };
  }

  killAll(): void {
    for (const node of this.#running.values()) node.kill();
  }

  async stopAll(): Promise<void> {
    await Promise.all(Array.from(this.#running.values(), (node) => node.stop()));
  }

  async #start(spec: CatchUpNodeSpec): Promise<CatchUpProcess> {
    const node = await NodeProcess.start<CatchUpNodeCalls>('catch-up/node-main.js', spec);
    this.#running.set(spec.nodeId, node);
    this.#signal.throwIfAborted();
    return node;
  }

  async #awaitLeader(): Promise<CatchUpProcess> {
    const deadlineMs = performance.now() + leaderTimeoutMs;
    while (performance.now() < deadlineMs) {
      for (const node of this.#running.values()) {
        const { isLeader, commitIndex } = await node.call('sample', null);
        if (isLeader && commitIndex > 0) return node;
      }
      await sleepFor(pollMs, this.#signal);
    }
    throw new BenchError('NOT_HEALTHY', `no leader was elected within ${leaderTimeoutMs} ms`);
  }

  /** Somewhat more than the state holds: all of it is new to the follower. */
  async #fill(leader: CatchUpProcess): Promise<void> {
    const { valueBytes, clients, writesAtOnce } = fill;
    const writesNeeded = Math.ceil(this.#specs[0]!.windowBytes / valueBytes) + 1;
    for (let done = 0; done < writesNeeded; done += writesAtOnce) {
      this.#signal.throwIfAborted();
      this.#events.onStage(
        `writing what the follower will lack: ${inGigabytes(done * valueBytes)} of ${this.#settings.gigabytes} GB`,
      );
      const writes = Math.min(writesAtOnce, writesNeeded - done);
      await leader.call('write', { valueBytes, clients, writes });
    }
  }

  async #beginLoad(leader: CatchUpProcess): Promise<void> {
    const { clients, valueBytes } = this.#settings;
    await leader.call('beginLoad', { clients, valueBytes });
    await sleepFor(warmUpMs, this.#signal);
  }

  async #observe(leader: CatchUpProcess, what: string): Promise<Phase> {
    const samples = [await leader.call('sample', null)];
    const endMs = samples[0]!.atMs + 1000 * this.#settings.seconds;
    while (samples.at(-1)!.atMs < endMs) {
      this.#events.onStage(what);
      await sleepFor(pollMs, this.#signal);
      samples.push(await leader.call('sample', null));
    }
    return phaseOf(samples);
  }

  /** `snapshotIndex`: of the snapshot that the follower needs; it has an earlier one of its own. */
  async #catchUp(
    leader: CatchUpProcess,
    absent: CatchUpNodeSpec,
    snapshotIndex: number,
  ): Promise<Pick<CatchUpRun, 'during' | 'parts' | 'catchUp'>> {
    const samples = [await leader.call('sample', null)];
    const started = performance.now();
    const starting = this.#start(absent);
    /** When each was over, and how many samples there were then. */
    const milestones = { transfer: 0, transferSamples: 0, restore: 0, restoreSamples: 0 };
    const ofFollower: NodeSample[] = [];
    let follower: CatchUpProcess | undefined;
    starting.then(
      (node) => {
        follower = node;
      },
      () => {},
    );
    for (;;) {
      await sleepFor(pollMs, this.#signal);
      const committedBefore = samples.at(-1)!.commitIndex;
      samples.push(await leader.call('sample', null));
      if (follower === undefined) {
        await Promise.race([starting, sleepFor(0, this.#signal)]);
        continue;
      }
      const sample = await follower.call('sample', null);
      ofFollower.push(sample);
      const seconds = (performance.now() - started) / 1000;
      const isHere = sample.snapshotIndex >= snapshotIndex;
      if (isHere && milestones.transfer === 0) {
        milestones.transfer = seconds;
        milestones.transferSamples = samples.length;
      }
      if (isHere && !sample.isRestoring && sample.appliedIndex >= snapshotIndex && milestones.restore === 0) {
        milestones.restore = seconds;
        milestones.restoreSamples = samples.length;
      }
      this.#events.onStage(describe(sample, samples.at(-1)!, isHere));
      if (sample.appliedIndex < committedBefore || milestones.restore === 0) continue;
      const { transfer, transferSamples, restore, restoreSamples } = milestones;
      return {
        during: phaseOf(samples),
        parts: {
          transfer: partOf(samples, 1, transferSamples),
          restore: partOf(samples, transferSamples, restoreSamples),
          log: partOf(samples, restoreSamples, samples.length),
        },
        catchUp: {
          seconds,
          transferSeconds: transfer,
          restoreSeconds: restore - transfer,
          logSeconds: seconds - restore,
          fetchedBytes: sample.fetchedBytes,
          entries: samples.at(-1)!.commitIndex - samples[0]!.commitIndex,
          restarts: sample.fetchesBegun - 1,
          followerStallMsMax: Math.max(...ofFollower.map(({ stallMs }) => stallMs)),
          followerResidentBytesMax: Math.max(...ofFollower.map(({ residentBytes }) => residentBytes)),
        },
      };
    }
  }

  /** Once all have applied the same. */
  async #check(): Promise<StateChecks[]> {
    const running = [...this.#running.values()];
    const deadlineMs = performance.now() + equalTimeoutMs;
    for (;;) {
      const samples = await Promise.all(running.map((node) => node.call('sample', null)));
      const last = Math.max(...samples.map(({ commitIndex }) => commitIndex));
      if (samples.every(({ appliedIndex }) => appliedIndex === last)) break;
      if (performance.now() > deadlineMs) {
        throw new BenchError('NOT_HEALTHY', `the replicas were not at the same index after ${equalTimeoutMs} ms`);
      }
      await sleepFor(pollMs, this.#signal);
    }
    return await Promise.all(running.map((node) => node.call('check', null)));
  }
}

/** From the sample with which the part before ended. */
function partOf(samples: readonly NodeSample[], from: number, to: number): Phase | null {
  const part = samples.slice(from - 1, to);
  return part.length < 2 ? null : phaseOf(part);
}

function describe(follower: NodeSample, leader: NodeSample, hasSnapshot: boolean): string {
  if (!hasSnapshot) return `the follower fetches the snapshot: ${inGigabytes(follower.fetchedBytes)} GB`;
  if (follower.isRestoring) return 'the follower restores its state';
  return `the follower applies the log: ${leader.commitIndex - follower.appliedIndex} entries behind`;
}

function inGigabytes(bytes: number): string {
  return (bytes / bytesPerGigabyte).toFixed(2);
}
