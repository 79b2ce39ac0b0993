// Which data folders the other nodes have had, in one small file that is replaced whole:
//
//   { "format": 1, "peers": [{ "node": 2, "folder": 17, "earlier": [4] }, ...], "crc32c": of the peers as JSON }
//
// If it is damaged, what was known is forgotten: that is no worse than before there was such a file.

import type { NodeId } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { type Disk, diskErrorCode } from '../disk/disk.ts';
import { readWholeFile } from '../disk/promises.ts';
import { replaceFile } from '../disk/replace-file.ts';
import { ReplicaError, reasonOf } from '../errors.ts';
import type { PeerFolders, PeerMemory } from '../ports.ts';
import { VolatilePeerMemory } from './volatile-peer-memory.ts';

const format = 1;
/** 63 members with all their earlier folders need a tenth of it. */
const fileBytesMax = 1024 * 1024;

export interface PeerMemoryFileOptions {
  readonly disk: Disk;
  readonly path: string;
  /** What was remembered is lost. */
  readonly onDamage: (damage: ReplicaError) => void;
}

interface PeerLine {
  readonly node: NodeId;
  readonly folder: number;
  readonly earlier: readonly number[];
}

export class PeerMemoryFile implements PeerMemory {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #memory: VolatilePeerMemory;
  /** Counts what was news. */
  #version = 0;
  #durableVersion = 0;
  #writing: Promise<void> = Promise.resolve();

  /** @throws ReplicaError DATA_FOLDER_UNUSABLE: the disk does not let it be read. */
  static async open({ disk, path, onDamage }: PeerMemoryFileOptions): Promise<PeerMemoryFile> {
    const text = await readText(disk, path);
    const peers = text === undefined ? [] : parse(text);
    if (peers === undefined) {
      onDamage(
        new ReplicaError(
          'PEER_MEMORY_DAMAGED',
          `${path} is damaged: which data folders the other nodes had is forgotten`,
        ),
      );
    }
    return new PeerMemoryFile(disk, path, new VolatilePeerMemory(peers));
  }

  private constructor(disk: Disk, path: string, memory: VolatilePeerMemory) {
    this.#disk = disk;
    this.#path = path;
    this.#memory = memory;
  }

  known(peer: NodeId): PeerFolders | undefined {
    return this.#memory.known(peer);
  }

  remember(peer: NodeId, folder: number): Promise<void> {
    if (this.#memory.note(peer, folder)) this.#version++;
    const version = this.#version;
    if (this.#durableVersion === version) return Promise.resolve();
    // One write after the other; one that failed leaves its news to the next.
    this.#writing = this.#writing.then(
      () => this.#write(version),
      () => this.#write(version),
    );
    return this.#writing;
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#writing]);
  }

  async #write(version: number): Promise<void> {
    if (this.#durableVersion >= version) return;
    const written = this.#version;
    try {
      await replaceFile(this.#disk, this.#path, encodePeers(this.#memory.all()));
    } catch (error) {
      throw unusable(this.#path, 'written', error);
    }
    this.#durableVersion = written;
  }
}

/** The file's content. */
export function encodePeers(known: readonly (readonly [NodeId, PeerFolders])[]): Buffer {
  const peers = known.map(([node, { current, earlier }]): PeerLine => ({ node, folder: current, earlier }));
  return Buffer.from(`${JSON.stringify({ format, peers, crc32c: checksum(peers) })}\n`);
}

function checksum(peers: readonly PeerLine[]): number {
  return crc32c(Buffer.from(JSON.stringify(peers)));
}

async function readText(disk: Disk, path: string): Promise<string | undefined> {
  try {
    const file = await disk.open(path);
    try {
      // Longer than any that was ever written: damaged.
      if ((await file.sizeBytes()) > fileBytesMax) return '';
      return (await readWholeFile(file, fileBytesMax)).toString('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return undefined;
    throw unusable(path, 'read', error);
  }
}

/** `undefined` if the text is damaged. */
function parse(text: string): (readonly [NodeId, PeerFolders])[] | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof content !== 'object' || content === null) return undefined;
  if (!('format' in content && 'peers' in content && 'crc32c' in content)) return undefined;
  const { peers } = content;
  if (content.format !== format || !Array.isArray(peers) || !peers.every(isPeerLine)) return undefined;
  if (content.crc32c !== checksum(peers)) return undefined;
  return peers.map(({ node, folder, earlier }) => [node, { current: folder, earlier }]);
}

function isPeerLine(value: unknown): value is PeerLine {
  return (
    typeof value === 'object' &&
    value !== null &&
    'node' in value &&
    isId(value.node) &&
    'folder' in value &&
    isId(value.folder) &&
    'earlier' in value &&
    Array.isArray(value.earlier) &&
    value.earlier.every(isId)
  );
}

function isId(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function unusable(path: string, verb: 'read' | 'written', cause: unknown): ReplicaError {
  const reason = reasonOf(cause);
  return new ReplicaError('DATA_FOLDER_UNUSABLE', `${path} cannot be ${verb}: ${reason}`, { cause });
}
