// Whole files, through what opens them: recovery of the log, term and vote, the identity of a data folder.

import { expectRefusal, FuzzFinding, type FuzzTarget } from '@balsa/wire/fuzz';
import { writeFile } from '../disk/promises.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { ReplicaError } from '../errors.ts';
import { DataFolder } from '../log/data-folder.ts';
import { HardStateFile } from '../log/hard-state-file.ts';
import { encodeHardState } from '../log/hard-state-record.ts';
import { encodeIdentity, type Identity, identityFormat } from '../log/identity-file.ts';
import { sectorBytes } from '../log/layout.ts';
import { ManualClock, RecordedEvents } from '../log/log-testing.ts';
import { encodePeers, PeerMemoryFile } from '../log/peer-memory-file.ts';
import { WriteAheadLog, type WriteAheadLogOptions } from '../log/write-ahead-log.ts';
import { readThrough } from './peers.ts';
import { resealHeader, resealSegment } from './reseal.ts';
import {
  sampleHardState,
  sampleLaterSegment,
  sampleSegment,
  sampleSegmentHeader,
  sampleSegments,
  sampleSegmentWithResets,
} from './sample-log.ts';

const groups = [1, 2];
const folder = '/node';
const { plannedBytes } = sampleSegmentHeader;
const hardStateExtentBytes = 64 * 2 * sectorBytes;
const hardStateMagic = Buffer.from('BALSA-HARDSTATE1');

/** Input: a log's first segment file, and what is beyond its planned length is the second. A log is opened, or it is refused with a code; and once the owner has let it be cut, it is whole again. */
const log: FuzzTarget = {
  name: 'replica/log',
  corpus: [
    sampleSegment([0]),
    sampleSegment([2, 4, 0]),
    sampleSegment([6, 0, 2, 2]),
    sampleSegments(),
    sampleSegmentWithResets(),
    sampleLaterSegment(),
  ],
  reseal: resealSegment,
  async probe(input) {
    const second = input.subarray(plannedBytes);
    const disk = await diskWith({
      'segment-000001.log': input.subarray(0, plannedBytes),
      ...(second.length > 0 && { 'segment-000002.log': second }),
    });
    const damage = await openAndRead(disk, {});
    if (damage?.code === 'LOG_DAMAGED') {
      const refused = await openAndRead(disk, { onDamage: () => Promise.resolve() });
      const damageLeft = refused === undefined ? await openAndRead(disk, {}) : undefined;
      if (damageLeft !== undefined) {
        throw new FuzzFinding(`cut at the damage, the log is still refused: ${damageLeft.message}`);
      }
    }
    return damage?.message;
  },
};

/** Input: a file of term and vote, but for zeros at its end. */
const hardStates: FuzzTarget = {
  name: 'replica/hard-state-file',
  corpus: [
    Buffer.concat([
      hardStateMagic,
      Buffer.alloc(sectorBytes - hardStateMagic.length),
      encodeHardState(sampleHardState),
      encodeHardState(sampleHardState),
      encodeHardState({ ...sampleHardState, group: 2, sequence: 9 }),
    ]),
  ],
  reseal: (bytes) => {
    for (let at = sectorBytes; at < bytes.length; at += sectorBytes) resealHeader(bytes, at);
  },
  async probe(input) {
    const bytes = Buffer.alloc(Math.max(input.length, sectorBytes + hardStateExtentBytes));
    input.copy(bytes);
    const disk = await diskWith({ 'hard-state': bytes });
    const open = async (): Promise<void> => {
      const file = await HardStateFile.open({ disk, path: `${folder}/hard-state`, mustExist: true });
      await file.close();
    };
    const refusal = await refusalOf(disk, open);
    // Opening repairs.
    if (refusal === undefined && (await refusalOf(disk, open)) !== undefined) {
      throw new FuzzFinding('what was opened once is refused');
    }
    return refusal?.message;
  },
};

const identity: FuzzTarget = {
  name: 'replica/identity',
  corpus: [encodeIdentity({ format: identityFormat, cluster: 'plant', nodeId: 1, folder: 7, replacesLostDisk: false })],
  words: ['null', '[]', '1e999', '"nodeId":2', '"format":3', '__proto__'],
  reseal: resealIdentity,
  async probe(input) {
    const disk = await diskWith({ 'identity.json': input });
    const refusal = await refusalOf(disk, async () => {
      const lock = (): Promise<{ release(): Promise<void> }> => Promise.resolve({ release: () => Promise.resolve() });
      const opened = await DataFolder.open({ disk, path: folder, cluster: 'plant', nodeId: 1, freeBytesMin: 0, lock });
      await opened.close();
    });
    return refusal?.message;
  },
};

/** Input: the file in which a node remembers the data folders of its peers. */
const peerMemory: FuzzTarget = {
  name: 'replica/peer-memory',
  corpus: [
    encodePeers([]),
    encodePeers([
      [2, { current: 2 ** 48, earlier: [7, 8] }],
      [3, { current: 1, earlier: [] }],
    ]),
  ],
  words: ['null', '[]', '1e999', '"node"', '"folder"', '"earlier"', '"format":2', '__proto__'],
  async probe(input) {
    const disk = await diskWith({ 'peers.json': input });
    let damage: ReplicaError | undefined;
    const open = (): Promise<PeerMemoryFile> =>
      PeerMemoryFile.open({
        disk,
        path: `${folder}/peers.json`,
        onDamage: (found) => {
          damage = found;
        },
      });
    const refusal = await refusalOf(disk, async () => {
      await (await open()).remember(9, 5);
      const { code } = damage ?? {};
      damage = undefined;
      if ((await open()).known(9)?.current !== 5) throw new FuzzFinding(`after ${code}, nothing is remembered`);
    });
    if (refusal !== undefined || damage !== undefined) throw new FuzzFinding('what was written is not read');
    return refusal;
  },
};

export const folderTargets: readonly FuzzTarget[] = [log, hardStates, identity, peerMemory];

async function diskWith(files: Readonly<Record<string, Buffer>>): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  await disk.createFolder(folder);
  for (const [name, bytes] of Object.entries(files)) {
    const file = await disk.open(`${folder}/${name}`, { create: true });
    await writeFile(file, bytes, 0);
    await file.close();
  }
  return disk;
}

function openAndRead(disk: SimulatedDisk, options: Partial<WriteAheadLogOptions>): Promise<ReplicaError | undefined> {
  return refusalOf(disk, async () => {
    const opened = await WriteAheadLog.open({
      disk,
      folder,
      clock: new ManualClock(),
      events: new RecordedEvents(),
      settings: { segmentBytes: 32 * 1024, firstSegmentBytes: 16 * 1024, blockBytesMax: 16 * 1024 },
      ...options,
    });
    try {
      for (const group of groups) {
        const { base, lastIndex } = opened.recovered(group);
        if (lastIndex === base.index) continue;
        const batches = await opened.read(group, base.index + 1, 1024 * 1024);
        batches.forEach(readThrough);
        if (batches.length === 0) throw new FuzzFinding(`group ${group} has entries to ${lastIndex}, but none is read`);
      }
    } finally {
      await opened.close();
    }
  });
}

/** What `work` was refused with. Whatever came of it, no file stays open. */
async function refusalOf(disk: SimulatedDisk, work: () => Promise<void>): Promise<ReplicaError | undefined> {
  let refusal: ReplicaError | undefined;
  try {
    await work();
  } catch (error) {
    if (error instanceof FuzzFinding) throw error;
    expectRefusal(error, [ReplicaError]);
    if (error instanceof ReplicaError) refusal = error;
  }
  if (disk.openFiles > 0) throw new FuzzFinding(`${disk.openFiles} files stay open`);
  return refusal;
}

/** Gives damaged JSON the right checksum again, so that it gets beyond that. */
function resealIdentity(input: Buffer): Buffer {
  try {
    const content: unknown = JSON.parse(input.toString('utf8'));
    const identity =
      typeof content === 'object' && content !== null && 'identity' in content ? content.identity : content;
    return encodeIdentity(identity as Identity);
  } catch {
    return input;
  }
}
