import { BatchKind, type Message, MessageType } from '@balsa/raft';
import type { PeerFrame } from '../ports.ts';
import { peerVersionsKnown, since } from './peer-versions.ts';

/**
 * The oldest version that has this frame. Fields that are merely unknown to an older version are left out there; a frame
 * that would say something else without them, or nothing, is not sent in it.
 */
export function neededVersion(frame: PeerFrame): number {
  switch (frame.kind) {
    case 'raft':
      return neededForMessage(frame.message);
    case 'snapshotOffer':
    case 'snapshotRequest':
    case 'snapshotChunk':
      return since.snapshots;
    case 'forwardAccepted':
      return since.earlyAcknowledgements;
    case 'nodeLoad':
    case 'fragment':
      return since.relays;
    default:
      return peerVersionsKnown.oldest;
  }
}

function neededForMessage(message: Message): number {
  switch (message.type) {
    case MessageType.append:
      // Without them, the message would come from somebody who does not lead, or go no further. `mayOvertake` only spares an answer.
      if (message.leader !== message.from || message.routes.length > 0) return since.relays;
      // A node that cannot read a configuration could only take the whole record for damaged.
      for (const { kind } of message.batches) if (kind === BatchKind.configuration) return since.membership;
      return peerVersionsKnown.oldest;
    case MessageType.installSnapshot:
      return since.snapshots;
    case MessageType.timeoutNow:
      return since.leadershipTransfer;
    case MessageType.wake:
      return since.hibernation;
    case MessageType.weakAck:
      return since.weakAcks;
    default:
      return peerVersionsKnown.oldest;
  }
}
