// Frames between nodes as bytes of their own, for networks that are not sockets: the twin in memory, a simulated
// network, an embedder's transport.

import type { GroupId, NodeId } from '@balsa/raft';
import { FrameQueue, frameHeaderBytes, WireError } from '@balsa/wire';
import type { PeerFrame } from '../ports.ts';
import { neededVersion } from './needed-version.ts';
import { readPeerFrame, readPeerFrameGroup, writePeerFrame } from './peer-frame-codec.ts';
import { checkPeerVersion } from './peer-versions.ts';

const lengthBytes = 4;

/**
 * One frame as it travels on a socket: u32 length of what follows, u8 type, body. The bytes share no memory with the
 * frame. Fields that `version` does not have are left out; frames that it does not have at all are not sent.
 *
 * ```ts
 * if (version < neededVersion(frame)) return false; // an older node: do without
 * const bytes = encodePeerFrame(group, frame, version);
 * const received = decodePeerFrame(bytes, from, to, version); // { group, frame }
 * ```
 *
 * @throws RangeError: this build does not speak `version`, or `version` does not have this frame.
 */
export function encodePeerFrame(group: GroupId, frame: PeerFrame, version: number): Buffer {
  checkPeerVersion(version);
  const needed = neededVersion(frame);
  if (version < needed) {
    throw new RangeError(`a frame (${frame.kind}) needs version ${needed}, but ${version} is spoken`);
  }
  const queue = new FrameQueue();
  writePeerFrame(queue, group, frame, version);
  const { pieces, release } = queue.take();
  const bytes = Buffer.concat(pieces);
  release();
  return bytes;
}

/**
 * Reads what `encodePeerFrame` wrote with the same version; `bytes` holds exactly one frame. Sender and receiver are
 * known from the connection, so they do not travel. Batches, chunks, payloads and results in the frame are views into
 * `bytes`, which must not be written again.
 * @throws WireError BYTES_TRUNCATED, BYTES_MALFORMED: not a frame of this version. ReplicaError RECORD_DAMAGED,
 * RECORD_UNKNOWN: a batch or a configuration in it is damaged, or laid out as a newer build does it. RangeError: this build does not speak
 * `version`.
 */
export function decodePeerFrame(
  bytes: Buffer,
  from: NodeId,
  to: NodeId,
  version: number,
): { readonly group: GroupId; readonly frame: PeerFrame } {
  checkPeerVersion(version);
  if (bytes.length < frameHeaderBytes) {
    throw new WireError('BYTES_TRUNCATED', `a frame has at least ${frameHeaderBytes} bytes, not ${bytes.length}`);
  }
  const length = bytes.readUInt32LE(0);
  if (length !== bytes.length - lengthBytes) {
    throw new WireError('BYTES_MALFORMED', `a frame of ${length} bytes came in ${bytes.length - lengthBytes} bytes`);
  }
  const type = bytes.readUInt8(lengthBytes);
  const group = readPeerFrameGroup(bytes, frameHeaderBytes, bytes.length);
  return { group, frame: readPeerFrame(type, bytes, frameHeaderBytes, bytes.length, from, to, version) };
}
