// Mends what is damaged on this node: another member's snapshot takes the place of the data group's state, and the log goes on behind it.
// Somebody has to ask for it, for it costs what a node costs that comes back after a long time, and a disk that damages files is to be
// looked after first.

import type { IncomingHttpHeaders } from 'node:http';
import { type Group, ReplicaError, type StoredSnapshot } from '@balsa/replica';
import { StatusCode } from '@balsa/wire';
import { z } from 'zod';
import { Consistency } from '../service/consistency.ts';
import { readBarrier } from '../service/read-barrier.ts';
import { Refusal } from '../service/refusal.ts';
import { askJson } from './ask-json.ts';
import type { OtherMembers } from './other-members.ts';

export const snapshotPath = '/api/v1/snapshot';

export interface RepairPorts {
  readonly others: Pick<OtherMembers, 'inOrder'>;
  /** The data group. */
  readonly group: Pick<
    Group,
    'failure' | 'isLeader' | 'openSession' | 'readBarrier' | 'restoreFrom' | 'takeSnapshot' | 'transferLeadership'
  >;
  readonly damagedFiles: () => number;
}

export interface RepairOptions {
  readonly timeoutMs: number;
  /** Of the request: whoever asked is who asks the others, too. */
  readonly headers: IncomingHttpHeaders;
  readonly signal: AbortSignal;
}

export interface RepairResult {
  readonly damagedFilesBefore: number;
  readonly damagedFiles: number;
  /** Whose snapshot it was; absent where nothing was damaged. */
  readonly restoredFrom?: number;
}

const whole = z.int().min(0);
const nodes = z.array(whole);
const snapshotSchema = z.object({
  id: whole,
  index: whole,
  term: whole,
  bytes: whole,
  configuration: z.object({
    voters: nodes,
    outgoing: nodes,
    learners: nodes,
    preferredLeader: whole.optional(),
    leases: z.boolean(),
  }),
});
const handOverMsMax = 5000;

export class Repair {
  readonly #ports: RepairPorts;

  constructor(ports: RepairPorts) {
    this.#ports = ports;
  }

  /** A snapshot that has all that was acknowledged before, for a member that needs one. @throws Refusal; ReplicaError. */
  async takeSnapshot(timeoutMs: number, signal: AbortSignal): Promise<StoredSnapshot> {
    const { group } = this.#ports;
    await readBarrier(group, { consistency: Consistency.linearizable, timeoutMs });
    const snapshot = await group.takeSnapshot({ signal });
    if (snapshot !== undefined) return snapshot;
    throw new Refusal(StatusCode.STORAGE_ENGINE_NOT_READY, 'there is nothing yet that a snapshot could hold');
  }

  /** @throws Refusal STORAGE_ENGINE_ERROR: no member could help; ReplicaError. The signal's reason. */
  async run(options: RepairOptions): Promise<RepairResult> {
    const { group, others, damagedFiles } = this.#ports;
    const { timeoutMs, signal } = options;
    const damagedFilesBefore = damagedFiles();
    if (damagedFilesBefore === 0) return { damagedFilesBefore, damagedFiles: 0 };
    await this.#handOver(options);
    // So that the others have something that the latest snapshot here does not have.
    await group.openSession({ timeoutMs, signal });
    for (const { id, http } of others.inOrder()) {
      const snapshot = await this.#ask(http, options);
      if (snapshot === undefined) continue;
      try {
        await group.restoreFrom(id, snapshot, { timeoutMs, signal });
      } catch (error) {
        // That member has damaged files, too, and finds them when they are read.
        if (error instanceof ReplicaError && error.code === 'SNAPSHOT_FAILED') continue;
        throw error;
      }
      return { damagedFilesBefore, damagedFiles: damagedFiles(), restoredFrom: id };
    }
    const message =
      'no other member has a snapshot to restore from: see that they are up, and that their files are whole';
    throw new Refusal(StatusCode.STORAGE_ENGINE_ERROR, message);
  }

  /** Members that lag ask whoever leads for snapshots, which a damaged node cannot give. */
  async #handOver({ timeoutMs, signal }: RepairOptions): Promise<void> {
    const { group } = this.#ports;
    if (!group.isLeader) return;
    try {
      await group.transferLeadership(undefined, { timeoutMs: Math.min(timeoutMs, handOverMsMax), signal });
    } catch (error) {
      signal.throwIfAborted();
      // Nobody can take over now, so it leads on; what it needs may come all the same.
      if (!(error instanceof ReplicaError)) throw error;
    }
  }

  /** Of another member; `undefined`: it gives none. */
  async #ask(address: string, { headers, signal }: RepairOptions): Promise<StoredSnapshot | undefined> {
    const answer = await askJson(address, snapshotPath, {}, { headers, signal });
    const given = answer?.status === 200 ? snapshotSchema.safeParse(answer.body).data : undefined;
    if (given === undefined) {
      signal.throwIfAborted();
      return undefined;
    }
    const { configuration, ...snapshot } = given;
    return { ...snapshot, configuration: { ...configuration, preferredLeader: configuration.preferredLeader } };
  }
}
