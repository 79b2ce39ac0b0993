// The first eight bytes that each side of a connection sends: "BALSA", what is spoken, and in which version. They tell
// a stranger's bytes from ours before anything is believed about lengths.
//
// Nodes leave this version alone: they agree on what they speak in their hello (see docs/wire-versions.md).

import { WireError } from './errors.ts';

export const preambleBytes = 8;
const magic = Buffer.from('BALSA');

export const ProtocolKind = {
  /** Between a client and a node. */
  client: 0x43,
  /** Between nodes. */
  peer: 0x50,
} as const;
export type ProtocolKind = (typeof ProtocolKind)[keyof typeof ProtocolKind];

export interface Protocol {
  readonly kind: ProtocolKind;
  /** A u16, of the frames and the first hello; both sides must speak the same. */
  readonly version: number;
}

export function encodePreamble(protocol: Protocol): Buffer {
  const bytes = Buffer.alloc(preambleBytes);
  magic.copy(bytes);
  bytes[magic.length] = protocol.kind;
  bytes.writeUInt16LE(protocol.version, magic.length + 1);
  return bytes;
}

/**
 * Checks as much of a preamble as is there.
 * @throws WireError SPEAKS_TLS, SPEAKS_HTTP, SPEAKS_JUNK, PROTOCOL_MISMATCH.
 */
export function checkPreamble(bytes: Buffer, protocol: Protocol): void {
  const known = Math.min(bytes.length, magic.length);
  if (bytes.compare(magic, 0, known, 0, known) !== 0) throw stranger(bytes);
  if (bytes.length < preambleBytes) return;
  const kind = bytes[magic.length];
  const version = bytes.readUInt16LE(magic.length + 1);
  if (kind !== protocol.kind) {
    throw new WireError(
      'PROTOCOL_MISMATCH',
      `this port speaks ${kindName(protocol.kind)}, the other side ${kindName(kind)}: compare the addresses`,
    );
  }
  if (version !== protocol.version) {
    throw new WireError(
      'PROTOCOL_MISMATCH',
      `protocol version ${protocol.version} here, ${version} on the other side: bring both to the same release`,
    );
  }
}

function stranger(bytes: Buffer): WireError {
  if (bytes[0] === 0x16 && (bytes.length < 2 || bytes[1] === 0x03)) {
    return new WireError('SPEAKS_TLS', 'the other side speaks TLS, this port does not: turn TLS off there');
  }
  if (/^(GET |POST|PUT |HEAD|DELE|OPTI|CONN|PATC|TRAC|PRI |HTTP)/.test(bytes.toString('latin1', 0, 4))) {
    return new WireError('SPEAKS_HTTP', 'the other side speaks HTTP: use the port that is configured for HTTP');
  }
  return new WireError('SPEAKS_JUNK', `the other side speaks no known protocol: it began with ${preview(bytes)}`);
}

function preview(bytes: Buffer): string {
  return `0x${bytes.toString('hex', 0, preambleBytes)}`;
}

function kindName(kind: number | undefined): string {
  if (kind === ProtocolKind.client) return 'the client protocol';
  if (kind === ProtocolKind.peer) return 'the node protocol';
  return 'an unknown protocol';
}
