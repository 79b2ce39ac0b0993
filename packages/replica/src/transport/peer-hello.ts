// How two nodes get to know each other. The dialling side says who it is and whom it means; the other side welcomes it
// or says why not.
//
//   hello     text16 cluster | u64 from | u64 to | u64 instance | u16 oldest | u16 newest | folder
//   welcome   u64 nodeId | u64 instance | u16 version | folder
//   refusal   text16 code | text16 message
//   folder    u64 id | u8 replacesLostDisk, 0 or 1; absent in greetings of the first builds
//
// `oldest` to `newest` are the versions that the caller speaks; `version` is the newest that both speak, in which every
// frame after the welcome is written (see peer-versions.ts). The greeting itself has no version: it never changes, but
// may grow at its end, and whoever does not know what stands there ignores it.
//
// `instance` is drawn anew by every process. A node knows its peers' instances from the connections that it dialled
// itself, to the addresses in its configuration; so a process that merely claims a peer's id is recognised while that
// peer is up. (Against a hostile network only mutual TLS helps.)
//
// Whoever dialled learns of the other side's folder from the welcome, and may answer it with a refusal.

import { ByteReader, type ByteWriter, type FrameSink, type Protocol, ProtocolKind, WireError } from '@balsa/wire';
import type { FolderIdentity } from '../ports.ts';
import { agreedVersion, describeVersions, type PeerVersions } from './peer-versions.ts';
import type { TransportLogCode } from './transport-log.ts';

/** This version is the greeting's, and stays. */
export const peerProtocol: Protocol = { kind: ProtocolKind.peer, version: 1 };

export const HelloFrame = {
  hello: 30,
  welcome: 31,
  refusal: 32,
} as const;

export interface PeerHello {
  readonly cluster: string;
  readonly from: number;
  readonly to: number;
  readonly instance: number;
  readonly versions: PeerVersions;
  readonly folder: FolderIdentity | undefined;
}

export interface PeerWelcome {
  readonly nodeId: number;
  readonly instance: number;
  readonly version: number;
  readonly folder: FolderIdentity | undefined;
}

export interface PeerRefusal {
  readonly code: string;
  readonly message: string;
}

/** What a node knows when a hello arrives. */
export interface HelloContext {
  readonly nodeId: number;
  readonly cluster: string;
  readonly versions: PeerVersions;
  isPeer(node: number): boolean;
  /** Instance of the process that answers at the peer's configured address; `undefined` if none does now. */
  instanceOf(peer: number): number | undefined;
  /** Why this folder of the peer's cannot be accepted. */
  folderFaultOf(peer: number, folder: FolderIdentity | undefined): HelloFault | undefined;
}

export type HelloFault = { readonly code: TransportLogCode; readonly message: string };

export type HelloAnswer = { readonly version: number } | { readonly fault: HelloFault };

/** The version that both speak from now on, or why this hello cannot be welcomed. */
export function answerTo(hello: PeerHello, context: HelloContext): HelloAnswer {
  const fault = faultOf(hello, context);
  if (fault !== undefined) return { fault };
  const version = agreedVersion(hello.versions, context.versions);
  return version === undefined ? { fault: versionFault(context.versions, hello.versions) } : { version };
}

/** There is no version that both speak. */
export function versionFault(ours: PeerVersions, callers: PeerVersions): HelloFault {
  const both = `this node speaks ${describeVersions(ours)}, the caller ${describeVersions(callers)}`;
  return { code: 'PEER_VERSION_MISMATCH', message: `${both}: go by way of a release that speaks both` };
}

export function unknownCaller(caller: number): HelloFault {
  return { code: 'PEER_ID_UNKNOWN', message: `node ${caller} is not among the peers that this node knows` };
}

function faultOf(hello: PeerHello, context: HelloContext): HelloFault | undefined {
  const { nodeId, cluster } = context;
  if (hello.cluster !== cluster) {
    return {
      code: 'PEER_CLUSTER_MISMATCH',
      message: `this node belongs to cluster "${cluster}", the caller to "${hello.cluster}"`,
    };
  }
  if (hello.to !== nodeId) {
    return {
      code: 'PEER_ADDRESS_WRONG',
      message: `this is node ${nodeId}, the caller means node ${hello.to}: correct the caller's list of members`,
    };
  }
  if (hello.from === nodeId) {
    return { code: 'PEER_ID_OURS', message: `the caller claims to be node ${nodeId}, which is this node` };
  }
  if (!context.isPeer(hello.from)) return unknownCaller(hello.from);
  const known = context.instanceOf(hello.from);
  if (known !== undefined && known !== hello.instance) {
    return {
      code: 'PEER_ID_TAKEN',
      message: `another process answers at the address of node ${hello.from}: two nodes have the same id`,
    };
  }
  return context.folderFaultOf(hello.from, hello.folder);
}

export const clusterBytesMax = 256;
const codeBytesMax = 64;
const messageBytesMax = 1024;

export function writePeerHello(sink: FrameSink, hello: PeerHello): void {
  const writer = sink.begin(HelloFrame.hello);
  writer.text16(hello.cluster);
  writer.u64(hello.from);
  writer.u64(hello.to);
  writer.u64(hello.instance);
  writer.u16(hello.versions.oldest);
  writer.u16(hello.versions.newest);
  writeFolder(writer, hello.folder);
  sink.end();
}

export function readPeerHello(bytes: Buffer, start: number, end: number): PeerHello {
  const reader = new ByteReader(bytes, start, end);
  return {
    cluster: reader.text16(clusterBytesMax),
    from: reader.u64(),
    to: reader.u64(),
    instance: reader.u64(),
    versions: readVersions(reader),
    folder: readFolder(reader),
  };
}

export function writePeerWelcome(sink: FrameSink, welcome: PeerWelcome): void {
  const writer = sink.begin(HelloFrame.welcome);
  writer.u64(welcome.nodeId);
  writer.u64(welcome.instance);
  writer.u16(welcome.version);
  writeFolder(writer, welcome.folder);
  sink.end();
}

export function readPeerWelcome(bytes: Buffer, start: number, end: number): PeerWelcome {
  const reader = new ByteReader(bytes, start, end);
  return { nodeId: reader.u64(), instance: reader.u64(), version: reader.u16(), folder: readFolder(reader) };
}

export function writePeerRefusal(sink: FrameSink, refusal: PeerRefusal): void {
  const writer = sink.begin(HelloFrame.refusal);
  writer.text16(refusal.code);
  writer.text16(refusal.message);
  sink.end();
}

export function readPeerRefusal(bytes: Buffer, start: number, end: number): PeerRefusal {
  const reader = new ByteReader(bytes, start, end);
  return { code: reader.text16(codeBytesMax), message: reader.text16(messageBytesMax) };
}

function writeFolder(writer: ByteWriter, folder: FolderIdentity | undefined): void {
  if (folder === undefined) return;
  writer.u64(folder.id);
  writer.u8(folder.replacesLostDisk ? 1 : 0);
}

function readFolder(reader: ByteReader): FolderIdentity | undefined {
  if (reader.remaining === 0) return undefined;
  const id = reader.u64();
  const flag = reader.u8();
  if (id < 1 || flag > 1) throw new WireError('BYTES_MALFORMED', `folder ${id} with flag ${flag} is none`);
  return { id, replacesLostDisk: flag === 1 };
}

function readVersions(reader: ByteReader): PeerVersions {
  const oldest = reader.u16();
  const newest = reader.u16();
  if (oldest < 1 || oldest > newest) {
    throw new WireError('BYTES_MALFORMED', `versions from ${oldest} to ${newest} are none`);
  }
  return { oldest, newest };
}
