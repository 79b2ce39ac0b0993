// Whose folder it is, in one line that carries its own checksum: a flipped bit must not make it another folder, or that of
// another node, which the other nodes would refuse for ever.
//
//   { "identity": { "format": 2, "cluster": ..., "nodeId": ..., "folder": ..., "replacesLostDisk": ... }, "crc32c": of the identity as JSON }

import type { NodeId } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { type Disk, type DiskFile, diskErrorCode } from '../disk/disk.ts';
import { readWholeFile } from '../disk/promises.ts';
import { replaceFile } from '../disk/replace-file.ts';

export const identityFormat = 2;
const fileBytesMax = 4096;

export interface Identity {
  readonly format: number;
  readonly cluster: string;
  readonly nodeId: NodeId;
  readonly folder: number;
  readonly replacesLostDisk: boolean;
}

/** What the file says; `undefined`: there is none. @throws Error: it is there, and damaged. */
export async function readIdentity(disk: Disk, path: string): Promise<Identity | undefined> {
  let file: DiskFile;
  try {
    file = await disk.open(path);
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return parse((await readWholeFile(file, fileBytesMax)).toString('utf8'));
  } finally {
    await file.close();
  }
}

/** Durable when it resolves. */
export function writeIdentity(disk: Disk, path: string, identity: Omit<Identity, 'format'>): Promise<void> {
  return replaceFile(disk, path, encodeIdentity({ format: identityFormat, ...identity }));
}

/** The file's content. */
export function encodeIdentity(identity: Identity): Buffer {
  return Buffer.from(`${JSON.stringify({ identity, crc32c: checksum(identity) })}\n`);
}

function checksum(identity: unknown): number {
  return crc32c(Buffer.from(JSON.stringify(identity)));
}

function parse(text: string): Identity {
  const content: unknown = JSON.parse(text);
  const isSealed =
    typeof content === 'object' &&
    content !== null &&
    'identity' in content &&
    'crc32c' in content &&
    content.crc32c === checksum(content.identity);
  if (!isSealed) throw new Error('its checksum does not fit');
  if (!isIdentity(content.identity)) throw new Error('its fields are not those of an identity');
  return content.identity;
}

function isIdentity(value: unknown): value is Identity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'format' in value &&
    typeof value.format === 'number' &&
    'cluster' in value &&
    typeof value.cluster === 'string' &&
    'nodeId' in value &&
    typeof value.nodeId === 'number' &&
    'folder' in value &&
    typeof value.folder === 'number' &&
    Number.isSafeInteger(value.folder) &&
    value.folder > 0 &&
    'replacesLostDisk' in value &&
    typeof value.replacesLostDisk === 'boolean'
  );
}
