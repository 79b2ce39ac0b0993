// Both ends of a batch that travels in fragments: the leader's, who cuts it up, and a follower's, who passes his own on and puts
// the batch together.

import { CodesError, ErasureCode, openFragment, sealFragment, splitBatch } from '@balsa/codes';
import {
  type Append,
  type FragmentReceiver,
  type GroupId,
  type Message,
  MessageType,
  type NodeId,
  type SendFragmentsEffect,
} from '@balsa/raft';
import { ReplicaError } from '../errors.ts';
import type { FragmentFrame } from '../ports.ts';
import { openRecord } from '../record.ts';
import { FragmentCollector } from './fragment-collector.ts';

export interface BatchFragmentsPorts {
  readonly nodeId: NodeId;
  readonly group: GroupId;
  /** Most bytes of fragments that wait for others. */
  readonly bytesMax: number;
  readonly send: (to: NodeId, fragment: FragmentFrame) => void;
  /** A batch is whole: it goes into the core. */
  readonly onAppend: (message: Message) => void;
}

export class BatchFragments {
  readonly #ports: BatchFragmentsPorts;
  readonly #collector: FragmentCollector;
  #code: ErasureCode | undefined;

  constructor(ports: BatchFragmentsPorts) {
    this.#ports = ports;
    this.#collector = new FragmentCollector(ports.bytesMax);
  }

  /** As the leader. */
  sendAll({ term, commitIndex, batch, receivers, needed }: SendFragmentsEffect): void {
    const { nodeId, send } = this.#ports;
    const position = { leader: nodeId, term, commitIndex, prevIndex: batch.firstIndex - 1, prevTerm: batch.prevTerm };
    splitBatch(this.#codeFor(needed, receivers.length - needed), batch.bytes).forEach((fragment, i) => {
      send(receivers[i]!.node, { ...position, receivers, pieces: sealFragment(fragment) });
    });
  }

  /** As a follower in `term`; `from` is who has sent it. What makes no sense is dropped: the leader sends whatever is missing. */
  arrived(from: NodeId, frame: FragmentFrame, term: number): void {
    const { nodeId } = this.#ports;
    const { leader, receivers } = frame;
    const own = receivers.find(({ node }) => node === nodeId);
    if (frame.term < term || leader === nodeId || own === undefined) return;
    const sealed = inOnePiece(frame.pieces);
    const fragment = opened(sealed);
    const owner = fragment && receivers[fragment.number]?.node;
    if (fragment === undefined || fragment.dataCount + fragment.parityCount !== receivers.length) return;
    if (from === leader && owner === nodeId) this.#passOn(frame);
    else if (from !== owner) return;
    const bytes = this.#collector.add(frame.term, frame.prevIndex, fragment);
    if (bytes !== undefined) this.#handIn(from, frame, own, bytes);
  }

  #passOn(frame: FragmentFrame): void {
    const { nodeId, send } = this.#ports;
    for (const { node } of frame.receivers) if (node !== nodeId && node !== frame.leader) send(node, frame);
  }

  #handIn(from: NodeId, frame: FragmentFrame, { session }: FragmentReceiver, bytes: Uint8Array): void {
    const { nodeId, group, onAppend } = this.#ports;
    const { leader, term, commitIndex, prevIndex, prevTerm } = frame;
    const batches = batchIn(bytes, group, frame);
    if (batches === undefined) return;
    const position = { prevIndex, prevTerm, commitIndex, batches, mayOvertake: true, routes: [] };
    onAppend({ type: MessageType.append, from, to: nodeId, term, leader, session, ...position });
  }

  #codeFor(dataCount: number, parityCount: number): ErasureCode {
    if (this.#code?.dataCount !== dataCount || this.#code.parityCount !== parityCount) {
      this.#code = new ErasureCode({ dataCount, parityCount });
    }
    return this.#code;
  }
}

function inOnePiece(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

function opened(sealed: Uint8Array): ReturnType<typeof openFragment> | undefined {
  try {
    return openFragment(sealed);
  } catch (error) {
    if (error instanceof CodesError) return undefined;
    throw error;
  }
}

/** The batch that fragments gave, if it is the one that the frame speaks of. */
function batchIn(
  bytes: Uint8Array,
  group: GroupId,
  { prevIndex, prevTerm }: FragmentFrame,
): Append['batches'] | undefined {
  try {
    const record = openRecord(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    const { batch } = record;
    const isMeant = record.group === group && batch.firstIndex === prevIndex + 1 && batch.prevTerm === prevTerm;
    return isMeant && batch.bytes.length === bytes.length ? [batch] : undefined;
  } catch (error) {
    if (error instanceof ReplicaError) return undefined;
    throw error;
  }
}
