// What a client can ask of a node, as the server has it: writes whose series are registered first, linearizable reads, and
// reads of what the node has applied. Answers go to a callback, and only while the process lives that was asked.

import { encodeRegisterSeries } from '@balsa/engine';
import type { Index } from '@balsa/raft';
import {
  encodePayload,
  type PayloadHeader,
  type Proposed,
  type ReadOptions,
  ReplicaError,
  type ReplicaErrorCode,
} from '@balsa/replica';
import {
  type Acknowledgement,
  type Column,
  DataType,
  decodeCommandResult,
  type EarlyAcknowledgement,
  encodeInsertTablet,
  StatusCode,
} from '@balsa/wire';
import { dataGroup, groups, metadataGroup, type RunningNode, type SimulatedNode } from './simulated-node.ts';

export type Answer =
  | { readonly kind: 'written' }
  /** It has come so far; another answer follows. */
  | { readonly kind: 'accepted'; readonly how: EarlyAcknowledgement }
  | { readonly kind: 'session'; readonly id: number }
  | { readonly kind: 'value'; readonly value: string | null; readonly appliedIndex: Index }
  /** The store did not want it. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Not done, or not known to be done. */
  | { readonly kind: 'failed'; readonly code: ReplicaErrorCode | 'DOWN' };

export type Reply = (answer: Answer) => void;

const measurement = 'v';
const timestampMs = 0;

/** One register is one point of one series, written again and again. */
export function encodeWrite(header: PayloadHeader, register: string, value: string): Buffer {
  const columns: Column[] = [{ values: [value] }];
  const tablet = {
    device: deviceOf(register),
    measurements: [measurement],
    dataTypes: [DataType.TEXT],
    timestamps: Float64Array.of(timestampMs),
    columns,
  };
  return encodePayload(header, encodeInsertTablet(tablet));
}

export interface WriteOptions {
  readonly timeoutMs: number;
  readonly acknowledge: Acknowledgement;
}

export function write(
  node: SimulatedNode,
  register: string,
  payload: Buffer,
  options: WriteOptions,
  reply: Reply,
): void {
  const { timeoutMs } = options;
  const running = runningOr(node, reply);
  if (running === undefined) return;
  const submit = (): void => {
    if (runningOr(node, reply) !== undefined) submitTo(running, payload, options, reply);
  };
  const isRegistered = running.registry.dataTypeOf(deviceOf(register), measurement) !== undefined;
  if (isRegistered) {
    submit();
    return;
  }
  const command = encodeRegisterSeries({
    device: deviceOf(register),
    measurements: [measurement],
    dataTypes: [DataType.TEXT],
  });
  const answered = running.questions.ask(metadataGroup, 'registration', timeoutMs);
  groupOf(running, metadataGroup)
    .propose(command, { timeoutMs, needsQuorumNow: true })
    .finally(answered)
    .then(submit, (error: unknown) => reply(failed(codeOf(error))));
}

export function openSession(node: SimulatedNode, timeoutMs: number, reply: Reply): void {
  const running = runningOr(node, reply);
  if (running === undefined) return;
  const answered = running.questions.ask(dataGroup, 'request for a session', timeoutMs);
  groupOf(running, dataGroup)
    .openSession({ timeoutMs, needsQuorumNow: true })
    .finally(answered)
    .then(
      (id) => reply({ kind: 'session', id }),
      (error: unknown) => reply(failed(codeOf(error))),
    );
}

/** A command of the data group that is no write of a client: under the node's own session, as the server sends deletes and expiry. */
export function proposeToData(
  node: SimulatedNode,
  command: Uint8Array,
  timeoutMs: number,
  onDone: (proposed: Proposed) => void,
): void {
  const running = runningOr(node, () => {});
  if (running === undefined) return;
  const answered = running.questions.ask(dataGroup, 'command', timeoutMs);
  groupOf(running, dataGroup)
    .propose(command, { timeoutMs, needsQuorumNow: true })
    .finally(answered)
    .then(onDone, (error: unknown) => codeOf(error));
}

/** Sees everything that was acknowledged before the call. */
export function readLinearizable(node: SimulatedNode, register: string, timeoutMs: number, reply: Reply): void {
  const running = runningOr(node, reply);
  if (running === undefined) return;
  const answered = running.questions.ask(dataGroup, 'read', timeoutMs);
  groupOf(running, dataGroup)
    .readBarrier({ timeoutMs })
    .finally(answered)
    .then(
      () => tellValue(running, register, reply),
      (error: unknown) => reply(failed(codeOf(error))),
    );
}

/** Sees what this node has applied, if that is no further behind than `maxLag`; else as a linearizable read. */
export function readWithLag(
  node: SimulatedNode,
  register: string,
  { timeoutMs, maxLag }: Required<Pick<ReadOptions, 'timeoutMs' | 'maxLag'>>,
  reply: Reply,
): void {
  const running = runningOr(node, reply);
  if (running === undefined) return;
  const answered = running.questions.ask(dataGroup, 'read that may lag', timeoutMs);
  groupOf(running, dataGroup)
    .readBarrier({ timeoutMs, maxLag })
    .finally(answered)
    .then(
      () => tellValue(running, register, reply),
      (error: unknown) => reply(failed(codeOf(error))),
    );
}

/** Sees what this node has applied. */
export function readLocally(node: SimulatedNode, register: string, reply: Reply): void {
  const running = runningOr(node, reply);
  if (running === undefined) return;
  // Within a batch at which it failed, a group is ahead of what it calls applied.
  if (groupOf(running, dataGroup).failure !== undefined) reply(failed('GROUP_FAILED'));
  else tellValue(running, register, reply);
}

/** All groups must run: one that is removed from the disk does not for a moment. */
function runningOr({ running }: SimulatedNode, reply: Reply): RunningNode | undefined {
  const isThere = groups.every((group) => running?.host.group(group) !== undefined);
  if (!isThere) reply(failed('DOWN'));
  return isThere ? running : undefined;
}

function submitTo(running: RunningNode, payload: Buffer, { timeoutMs, acknowledge }: WriteOptions, reply: Reply): void {
  const answered = running.questions.ask(dataGroup, 'write', timeoutMs);
  const sink = {
    accepted: (_token: number, how: EarlyAcknowledgement) => reply({ kind: 'accepted', how }),
    completed: (_token: number, _index: Index, result: Uint8Array) => {
      answered();
      const { status, message } = decodeCommandResult(Buffer.from(result));
      reply(status === StatusCode.SUCCESS ? { kind: 'written' } : { kind: 'refused', message: `${status} ${message}` });
    },
    failed: (_token: number, code: ReplicaErrorCode) => {
      answered();
      reply(failed(code));
    },
  };
  // The caller's buffer is good for the call only, as a server's is. What stands there next looks like the same write.
  const lent = Buffer.from(payload);
  groupOf(running, dataGroup).submit(lent, running.host.nowMs() + timeoutMs, sink, 0, acknowledge);
  lent.fill(0xff, lent.length - 1);
}

function tellValue({ host, store }: RunningNode, register: string, reply: Reply): void {
  const { appliedIndex } = host.group(dataGroup)!.status();
  const tell = (value: string | null): void => reply({ kind: 'value', value, appliedIndex });
  const found = store.textOf(deviceOf(register), measurement);
  if (found instanceof Promise) {
    // The disk may refuse to read, and the process may be about to stop.
    found.then(tell, () => reply(failed('DOWN')));
  } else {
    tell(found);
  }
}

function groupOf({ host }: RunningNode, id: number): NonNullable<ReturnType<typeof host.group>> {
  return host.group(id)!;
}

function deviceOf(register: string): string {
  return `root.registers.${register}`;
}

function failed(code: ReplicaErrorCode | 'DOWN'): Answer {
  return { kind: 'failed', code };
}

function codeOf(error: unknown): ReplicaErrorCode {
  if (error instanceof ReplicaError) return error.code;
  throw error;
}
