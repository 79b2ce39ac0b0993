// From a client's write to the data group. A tablet for series that are all known goes straight through; new series
// are first registered in the metadata group, once however many writes wait for them.

import type { GroupId, NodeId } from '@balsa/raft';
import { type Group, payloadHeaderBytes, type SubmitSink } from '@balsa/replica';
import { type Acknowledgement, CommandOperation, decodeTabletHeader, StatusCode } from '@balsa/wire';
import { Refusal } from './refusal.ts';
import type { SchemaGuard } from './schema-guard.ts';

/** Also hears of writes that never reached the group; `refusalFor` tells what a client should hear. */
export interface WriteSink extends SubmitSink {
  refused(token: number, error: unknown): void;
}

export class WritePath {
  readonly #data: Group;
  readonly #guard: SchemaGuard | undefined;
  readonly #nowMs: () => number;

  /** Without a guard, commands are opaque: nothing looks into them here. `nowMs` is the clock of the group's deadlines. */
  constructor(data: Group, guard: SchemaGuard | undefined, nowMs: () => number) {
    this.#data = data;
    this.#guard = guard;
    this.#nowMs = nowMs;
  }

  get group(): GroupId {
    return this.#data.id;
  }

  get leader(): NodeId | undefined {
    return this.#data.leader;
  }

  /** Calls `listener` whenever another node, or none, leads the group, until the returned function is called. */
  onLeader(listener: (leader: NodeId | undefined) => void): () => void {
    let known = this.#data.leader;
    return this.#data.onRole(({ leader }) => {
      if (leader !== known) {
        known = leader;
        listener(leader);
      }
    });
  }

  /** `payload`: session header and command, not to be changed until the sink has heard. Never throws. */
  submit(payload: Buffer, timeoutMs: number, sink: WriteSink, token: number, acknowledge: Acknowledgement): void {
    const deadlineMs = this.#nowMs() + timeoutMs;
    let registration: Promise<void> | undefined;
    try {
      registration = this.#guard === undefined ? undefined : ensureSeries(this.#guard, payload, timeoutMs);
    } catch (error) {
      sink.refused(token, error);
      return;
    }
    if (registration === undefined) {
      this.#data.submit(payload, deadlineMs, sink, token, acknowledge);
      return;
    }
    registration.then(
      () => this.#data.submit(payload, deadlineMs, sink, token, acknowledge),
      (error: unknown) => sink.refused(token, error),
    );
  }

  openSession(timeoutMs: number): Promise<number> {
    return this.#data.openSession({ timeoutMs, needsQuorumNow: true });
  }
}

function ensureSeries(guard: SchemaGuard, payload: Buffer, timeoutMs: number): Promise<void> | undefined {
  const operation = payload[payloadHeaderBytes];
  if (operation !== CommandOperation.insertTablet) {
    throw new Refusal(StatusCode.UNSUPPORTED_OPERATION, `command ${operation} is not known here: compare versions`);
  }
  return guard.ensure(decodeTabletHeader(payload.subarray(payloadHeaderBytes + 1)), timeoutMs);
}
