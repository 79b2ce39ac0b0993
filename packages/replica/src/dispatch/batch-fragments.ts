// Both ends of a batch that travels in fragments: the leader's, who cuts it up, and a follower's, who passes his own on and puts
// the batch together.

import { CodesError, openFragment, sealFragment, splitBatch } from '@balsa/codes';
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
import type { StatisticsTap } from '../statistics/statistics-tap.ts';
import { FragmentCollector } from './fragment-collector.ts';
import { LatestCode } from './latest-code.ts';

export interface BatchFragmentsPorts {
  readonly nodeId: NodeId;
  readonly group: GroupId;
  /** Most bytes of fragments that wait for others. */
  readonly bytesMax: number;
  readonly send: (to: NodeId, fragment: FragmentFrame) => void;
  readonly tap: StatisticsTap;
  /** A batch is whole: it goes into the core. */
  readonly onAppend: (message: Message) => void;
}

export class BatchFragments {
  readonly #ports: BatchFragmentsPorts;
  readonly #collector: FragmentCollector;
  readonly #code = new LatestCode();

  constructor(ports: BatchFragmentsPorts) {
    this.#ports = ports;
    this.#collector = new FragmentCollector(ports.bytesMax);
  }

  /** As the leader. */
  sendAll({ term, commitIndex, batch, receivers, needed }: SendFragmentsEffect): void {
    const { nodeId, send } = this.#ports;
    const position = { leader: nodeId, term, commitIndex, prevIndex: batch.firstIndex - 1, prevTerm: batch.prevTerm };
    splitBatch(this.#code.of(needed, receivers.length - needed), batch.bytes).forEach((fragment, i) => {
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
    const { nodeId, send, tap } = this.#ports;
    for (const { node } of frame.receivers) {
      if (node === nodeId || node === frame.leader) continue;
      send(node, frame);
      tap.collector?.fragmentPassedOn();
    }
  }

  #handIn(from: NodeId, frame: FragmentFrame, { session }: FragmentReceiver, bytes: Uint8Array): void {
    const { nodeId, group, tap, onAppend } = this.#ports;
    const { leader, term, commitIndex, prevIndex, prevTerm } = frame;
    const batches = batchIn(bytes, group, frame);
    if (batches === undefined) return;
    tap.collector?.batchJoined();
    const position = { prevIndex, prevTerm, commitIndex, batches, mayOvertake: true, routes: [] };
    onAppend({ type: MessageType.append, from, to: nodeId, term, leader, session, ...position });
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
