// A configuration as bytes: the same in the log, on the wire and in a snapshot. Every configuration has one encoding only.
//
//   offset  size  field (little endian)
//        0     1  format version, 1
//        1     1  flags; 1: members are loyal to a leader, so that it can serve reads by lease
//        2     1  number of voters, at least 1
//        3     1  number of voters before a joint change
//        4     1  number of learners
//        5     3  zero
//        8     8  preferred leader, 0 for none
//       16        ids of the voters, of those before the change, of the learners: 8 bytes each

import type { Configuration, NodeId } from '@balsa/raft';
import { ReplicaError } from './errors.ts';

const formatVersion = 1;
const leasesFlag = 1;
const fixedBytes = 16;
const idBytes = 8;
/** In each of the three lists. */
const membersMax = 255;
export const configurationBytesMax: number = fixedBytes + 3 * membersMax * idBytes;

/** Throws a RangeError for what could not be decoded again. */
export function encodeConfiguration(configuration: Configuration): Buffer {
  const lists = listsOf(configuration);
  const fault = faultOf(configuration);
  if (fault !== undefined) throw new RangeError(`not a configuration: ${fault}`);
  const bytes = Buffer.alloc(fixedBytes + idBytes * lists.reduce((count, { length }) => count + length, 0));
  bytes[0] = formatVersion;
  bytes[1] = configuration.leases ? leasesFlag : 0;
  for (const [i, { length }] of lists.entries()) bytes[2 + i] = length;
  bytes.writeBigUInt64LE(BigInt(configuration.preferredLeader ?? 0), 8);
  for (const [i, id] of lists.flat().entries()) bytes.writeBigUInt64LE(BigInt(id), fixedBytes + i * idBytes);
  return bytes;
}

/** @throws ReplicaError RECORD_UNKNOWN: the bytes are laid out otherwise, or no group can be made up like this. */
export function decodeConfiguration(bytes: Buffer): Configuration {
  if (bytes.length < fixedBytes || bytes[0] !== formatVersion) throw unknown(`version ${bytes[0]} is not known here`);
  const flags = bytes[1]!;
  const [voterCount, outgoingCount, learnerCount] = [bytes[2]!, bytes[3]!, bytes[4]!];
  const outgoingStart = fixedBytes + voterCount * idBytes;
  const learnersStart = outgoingStart + outgoingCount * idBytes;
  const isLaidOutSo =
    (flags & ~leasesFlag) === 0 &&
    bytes.readUIntLE(5, 3) === 0 &&
    bytes.length === learnersStart + learnerCount * idBytes;
  if (!isLaidOutSo) throw unknown('its lists do not fill it');
  const preferred = idAt(bytes, 8);
  const configuration: Configuration = {
    voters: idsAt(bytes, fixedBytes, voterCount),
    outgoing: idsAt(bytes, outgoingStart, outgoingCount),
    learners: idsAt(bytes, learnersStart, learnerCount),
    preferredLeader: preferred === 0 ? undefined : preferred,
    leases: flags === leasesFlag,
  };
  const fault = faultOf(configuration);
  if (fault !== undefined) throw unknown(fault);
  return configuration;
}

function listsOf({ voters, outgoing, learners }: Configuration): readonly (readonly NodeId[])[] {
  return [voters, outgoing, learners];
}

function faultOf(configuration: Configuration): string | undefined {
  const { voters, preferredLeader = 1 } = configuration;
  if (voters.length === 0) return 'it has no voters';
  if (!isId(preferredLeader)) return `${preferredLeader} is no node`;
  for (const list of listsOf(configuration)) {
    if (list.length > membersMax) return `it lists ${list.length} nodes, more than ${membersMax}`;
    if (!list.every(isId)) return 'an id is no positive safe integer';
    if (new Set(list).size !== list.length) return 'a node is listed twice';
  }
  return undefined;
}

function isId(id: NodeId): boolean {
  return Number.isSafeInteger(id) && id > 0;
}

function idsAt(bytes: Buffer, start: number, count: number): NodeId[] {
  return Array.from({ length: count }, (_, i) => idAt(bytes, start + i * idBytes));
}

/** Not a safe integer if the bytes hold none: rounding never makes one. */
function idAt(bytes: Buffer, offset: number): NodeId {
  return Number(bytes.readBigUInt64LE(offset));
}

function unknown(what: string): ReplicaError {
  return new ReplicaError('RECORD_UNKNOWN', `the bytes are no configuration: ${what}`);
}
