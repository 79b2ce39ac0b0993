// Whole hosts, as an embedder has them: submitted payloads, batches that form by themselves, frames encoded and decoded on
// the way, a state machine on every member. Only disk and sockets are left out.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePayload, type Group, Host, MemoryNetwork, type StateMachine, type SubmitSink } from '@balsa/replica';
import { BenchError } from '../bench-error.ts';
import { sleepFor } from '../command/sleep-for.ts';
import { MemoryHardStates, MemoryLog, NoSnapshots } from './memory-storage.ts';
import type { Rig } from './rig.ts';

const group = 1;
/** Beyond the end of a run; no entry is ever near it. */
const entryTimeoutMs = 60_000;
const leaderTimeoutMs = 10_000;
const pollMs = 5;
const noResult = new Uint8Array();

interface Member {
  readonly host: Host;
  readonly group: Group;
  readonly log: MemoryLog;
}

/** `observed`: with all their statistics. Throws NOT_HEALTHY. */
export async function openHostsRig(members: number, entryBytes: number, observed = false): Promise<Rig> {
  const ids = Array.from({ length: members }, (_, i) => i + 1);
  const network = new MemoryNetwork();
  const opened = await Promise.all(ids.map((id) => openMember(id, ids, network, observed)));
  const close = async (): Promise<void> => {
    await Promise.all(opened.map(({ host }) => host.stop()));
  };
  try {
    for (const { host } of opened) await host.connect();
    const leader = await awaitLeader(opened);
    const payload = encodePayload({ session: 0, sequence: 0, acknowledgedBelow: 0 }, new Uint8Array(entryBytes));
    return {
      system: observed ? 'observed' : 'hosts',
      description: observed
        ? 'hosts, statistics of every member being collected'
        : `${members} whole hosts over the memory network, log in memory, entries without a session`,
      run: async (clients, durationMs, signal) => {
        const batchesBefore = leader.log.batches;
        const load = new ClosedLoop(leader, payload, leader.host.nowMs() + durationMs + entryTimeoutMs);
        const startMs = performance.now();
        load.start(clients);
        try {
          await sleepFor(durationMs, signal);
        } finally {
          load.stop();
        }
        const seconds = (performance.now() - startMs) / 1000;
        const work = { entries: load.answered, batches: leader.log.batches - batchesBefore, seconds };
        await load.drained();
        return work;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

class ClosedLoop implements SubmitSink {
  readonly #leader: Member;
  readonly #payload: Uint8Array;
  readonly #deadlineMs: number;
  #underWay = 0;
  #stopped = false;
  #failure: string | undefined;
  answered = 0;

  /** `deadlineMs`: of all its entries, on the host's clock. */
  constructor(leader: Member, payload: Uint8Array, deadlineMs: number) {
    this.#leader = leader;
    this.#payload = payload;
    this.#deadlineMs = deadlineMs;
  }

  start(clients: number): void {
    for (let client = 0; client < clients; client++) this.#submit(client);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Throws NO_SUCCESS if an entry was refused. */
  async drained(): Promise<void> {
    while (this.#underWay > 0) await sleep(pollMs);
    if (this.#failure !== undefined) throw new BenchError('NO_SUCCESS', `an entry was refused: ${this.#failure}`);
  }

  completed(client: number): void {
    this.#underWay--;
    if (this.#stopped) return;
    this.answered++;
    this.#submit(client);
  }

  failed(_client: number, code: string): void {
    this.#underWay--;
    this.#failure = code;
    this.#stopped = true;
  }

  #submit(client: number): void {
    this.#underWay++;
    this.#leader.group.submit(this.#payload, this.#deadlineMs, this, client);
  }
}

async function openMember(
  id: number,
  members: readonly number[],
  network: MemoryNetwork,
  observed: boolean,
): Promise<Member> {
  const fail = (error: Error): never => {
    throw error;
  };
  let log: MemoryLog | undefined;
  const host = await Host.open({
    nodeId: id,
    openLog: async (events) => {
      log = new MemoryLog(events);
      return log;
    },
    hardStates: new MemoryHardStates(),
    snapshots: new NoSnapshots(),
    limits: { snapshotLogBytes: Number.MAX_SAFE_INTEGER },
    transport: network.transport(id),
    statistics: { collect: observed ? 'always' : 'onDemand' },
    events: { onFatal: fail, onGroupFailure: (_group, error) => fail(error) },
  });
  return { host, group: host.startGroup({ group, members, stateMachine: new Nothing() }), log: log! };
}

async function awaitLeader(members: readonly Member[]): Promise<Member> {
  const deadlineMs = performance.now() + leaderTimeoutMs;
  while (performance.now() < deadlineMs) {
    const leader = members.find((member) => member.group.isLeader);
    if (leader !== undefined) return leader;
    await sleep(pollMs);
  }
  throw new BenchError('NOT_HEALTHY', `the hosts elected no leader within ${leaderTimeoutMs} ms`);
}

/** Applies an entry by forgetting it. */
class Nothing implements StateMachine {
  apply(): Uint8Array {
    return noResult;
  }

  checksum(): number {
    return 0;
  }

  snapshot(): Iterable<Uint8Array> {
    return [];
  }

  async restore(): Promise<void> {}
}
