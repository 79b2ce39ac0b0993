// Term and vote of every group in one small file. Sector 0 holds the magic; then every group has two sectors, one for
// each copy of its record. Why two, and what recovery makes of them: hard-state-recovery.ts.
//
// The file is created with room for 64 groups and grows by as many, in zeros that are durable before they are used; the
// magic is written last. So a file without it, or with a part of an extent, must be zero there: its creation or its
// growth was cut short. Anything else is damage.
//
// Elections are rare: a save costs two flushes and is never put off; groups that save at the same time share them.
// A failed write or flush is final: this and every later save rejects, so that no vote is given.

import { type GroupId, type HardState, initialHardState } from '@balsa/raft';
import { type Disk, type DiskFile, diskErrorCode, folderOf } from '../disk/disk.ts';
import { flushFile, readWholeFile, writeFile } from '../disk/promises.ts';
import { ReplicaError, reasonOf } from '../errors.ts';
import type { HardStateStore } from '../ports.ts';
import { encodeHardState } from './hard-state-record.ts';
import { hardStateDamaged, recoverSlot } from './hard-state-recovery.ts';
import { isZero, sectorBytes } from './layout.ts';

const slotBytes = 2 * sectorBytes;
const extentSlotsDefault = 64;
/** A longer file is not ours. */
const slotsMax = 100_000;
const fileBytesMax = sectorBytes + slotsMax * slotBytes;
const magic = Buffer.from('BALSA-HARDSTATE1');

export interface HardStateFileOptions {
  readonly disk: Disk;
  /** Of the file; its folder must exist. */
  readonly path: string;
  /** Refuse to create the file: this node has run before, so a missing file was lost. */
  readonly mustExist?: boolean;
  /** For how many groups the file is created, and by how many it grows; the same whenever it is opened. Default: 64. */
  readonly extentSlots?: number;
  /** Of every group that the file does not know. Default: that of a member that never ran. */
  readonly initial?: HardState;
}

interface Slot {
  readonly position: number;
  readonly group: GroupId;
  /** Of the last record written. */
  sequence: number;
  /** The last that was to be saved. */
  hardState: HardState;
}

interface WaitingSave {
  readonly slot: Slot;
  readonly resolve: () => void;
  readonly reject: (error: ReplicaError) => void;
}

export class HardStateFile implements HardStateStore {
  readonly #file: DiskFile;
  readonly #path: string;
  readonly #slots: Map<GroupId, Slot>;
  readonly #takenPositions: Set<number>;
  /** No slot before this one is free. */
  #freeFrom = sectorBytes;
  readonly #initial: HardState;
  readonly #extentBytes: number;
  #sizeBytes: number;
  #waiting: WaitingSave[] = [];
  #isWriting = false;
  #failure: ReplicaError | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** Rejects with HARD_STATE_DAMAGED if a vote may have been lost, LOG_FAILED if the disk fails. */
  static async open(options: HardStateFileOptions): Promise<HardStateFile> {
    const { disk, path, mustExist = false, extentSlots = extentSlotsDefault, initial = initialHardState } = options;
    const extentBytes = extentSlots * slotBytes;
    let file: DiskFile | undefined;
    try {
      file = await disk.open(path, { create: !mustExist });
      const bytes = await readExtents(file, path, extentBytes);
      const slots = bytes === undefined ? new Map<GroupId, Slot>() : recoverSlots(bytes, path);
      const store = new HardStateFile(file, path, slots, initial, extentBytes, bytes?.length ?? sectorBytes);
      if (bytes === undefined && mustExist) throw hardStateDamaged(path, 'the file is empty');
      if (bytes === undefined) await store.#create();
      else await store.#repair();
      // Also of a file that was found: the process that made it may have died before its name was durable.
      await disk.syncFolder(folderOf(path));
      return store;
    } catch (error) {
      await file?.close();
      if (error instanceof ReplicaError) throw error;
      if (mustExist && diskErrorCode(error) === 'ENOENT') throw hardStateDamaged(path, 'the file is missing');
      throw failed(path, error);
    }
  }

  private constructor(
    file: DiskFile,
    path: string,
    slots: Map<GroupId, Slot>,
    initial: HardState,
    extentBytes: number,
    sizeBytes: number,
  ) {
    this.#file = file;
    this.#path = path;
    this.#slots = slots;
    this.#takenPositions = new Set(Array.from(slots.values(), ({ position }) => position));
    this.#initial = initial;
    this.#extentBytes = extentBytes;
    this.#sizeBytes = sizeBytes;
  }

  current(group: GroupId): HardState {
    return this.#slots.get(group)?.hardState ?? this.#initial;
  }

  /** Of which something was ever saved. A member that acknowledged anything in a group has saved its term first. */
  get groups(): readonly GroupId[] {
    return [...this.#slots.keys()];
  }

  /** Rejects with LOG_FAILED if the disk failed, STOPPED after `close`. */
  save(group: GroupId, hardState: HardState): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing !== undefined) return Promise.reject(new ReplicaError('STOPPED', 'term and vote are closed'));
    const slot = this.#slotOf(group);
    const broken = brokenSuccession(group, slot.hardState, hardState);
    if (broken !== undefined) return Promise.reject(broken);
    slot.hardState = hardState;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ slot, resolve, reject });
      if (!this.#isWriting) this.#writing = this.#write();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#writing.then(() => this.#file.close());
    return this.#closing;
  }

  /** Never rejects: whoever waits for a save hears of a failure. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const saves = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeRound(new Set(saves.map(({ slot }) => slot)));
        for (const { resolve } of saves) resolve();
      } catch (error) {
        this.#failure = failed(this.#path, error);
        for (const { reject } of [...saves, ...this.#waiting.splice(0)]) reject(this.#failure);
      }
    }
    this.#isWriting = false;
  }

  /** Copy A of every slot, durable, before any copy B. */
  async #writeRound(slots: ReadonlySet<Slot>): Promise<void> {
    const sectors = [...slots].map((slot) => {
      slot.sequence++;
      return { position: slot.position, sector: encodeHardState(slot) };
    });
    for (const { position } of sectors) {
      while (position + slotBytes > this.#sizeBytes) await this.#growByExtent();
    }
    for (const copyOffset of [0, sectorBytes]) {
      for (const { position, sector } of sectors) await writeFile(this.#file, sector, position + copyOffset);
      await flushFile(this.#file);
    }
  }

  async #growByExtent(): Promise<void> {
    await writeFile(this.#file, Buffer.alloc(this.#extentBytes), this.#sizeBytes);
    await flushFile(this.#file);
    this.#sizeBytes += this.#extentBytes;
  }

  async #create(): Promise<void> {
    await this.#growByExtent();
    await writeFile(this.#file, magic, 0);
    await flushFile(this.#file);
  }

  /**
   * Brings copies that a crash left apart together again. What was found counts from now on, but a process that died may have
   * left it in the page cache only, and what it failed to write the kernel may take for written: so all is written again.
   */
  async #repair(): Promise<void> {
    await writeFile(this.#file, magic, 0);
    for (const copyOffset of [0, sectorBytes]) {
      for (const slot of this.#slots.values()) {
        await writeFile(this.#file, encodeHardState(slot), slot.position + copyOffset);
      }
      await flushFile(this.#file);
    }
  }

  #slotOf(group: GroupId): Slot {
    let slot = this.#slots.get(group);
    if (slot === undefined) {
      slot = { position: this.#freePosition(), group, sequence: 0, hardState: this.#initial };
      this.#slots.set(group, slot);
    }
    return slot;
  }

  #freePosition(): number {
    while (this.#takenPositions.has(this.#freeFrom)) this.#freeFrom += slotBytes;
    this.#takenPositions.add(this.#freeFrom);
    return this.#freeFrom;
  }
}

/** The file's whole extents; `undefined` if its creation was never finished. */
async function readExtents(file: DiskFile, path: string, extentBytes: number): Promise<Buffer | undefined> {
  const bytes = await readWholeFile(file, fileBytesMax);
  if (isUnfinished(bytes)) return undefined;
  const isOurs = bytes.length >= sectorBytes + extentBytes && bytes.subarray(0, magic.length).equals(magic);
  if (!isOurs || !isZero(bytes, magic.length, sectorBytes)) throw hardStateDamaged(path, 'the file head is damaged');
  const wholeBytes = bytes.length - ((bytes.length - sectorBytes) % extentBytes);
  if (!isZero(bytes, wholeBytes, bytes.length)) throw hardStateDamaged(path, 'the file was cut');
  return bytes.subarray(0, wholeBytes);
}

/** Nothing is there yet but zeros, and perhaps a beginning of the magic, which is written last. */
function isUnfinished(bytes: Buffer): boolean {
  const head = bytes.subarray(0, magic.length);
  const torn = magic.findIndex((byte, at) => byte !== head[at]);
  return torn >= 0 && isZero(head, torn, head.length) && isZero(bytes, head.length, bytes.length);
}

function recoverSlots(bytes: Buffer, path: string): Map<GroupId, Slot> {
  const slots = new Map<GroupId, Slot>();
  for (let position = sectorBytes; position < bytes.length; position += slotBytes) {
    const place = `${path}, offset ${position}`;
    const middle = position + sectorBytes;
    const record = recoverSlot(bytes.subarray(position, middle), bytes.subarray(middle, position + slotBytes), place);
    if (record === undefined) continue;
    if (slots.has(record.group)) throw hardStateDamaged(place, `group ${record.group} is there twice`);
    slots.set(record.group, { position, ...record });
  }
  return slots;
}

/**
 * What the file says, as far as it can be read, for who only looks: nothing is repaired. `onDamage` hears of what a node would be
 * refused for. @throws Error: it is longer than any of ours; the disk's errors.
 */
export async function readHardStates(
  file: DiskFile,
  onDamage: (offset: number, what: string) => void,
): Promise<Map<GroupId, HardState>> {
  const bytes = await readWholeFile(file, fileBytesMax);
  const states = new Map<GroupId, HardState>();
  if (isUnfinished(bytes)) onDamage(0, 'the file is empty');
  else if (!bytes.subarray(0, magic.length).equals(magic)) onDamage(0, 'the file head is damaged');
  for (let position = sectorBytes; position + slotBytes <= bytes.length; position += slotBytes) {
    const middle = position + sectorBytes;
    try {
      const copies = [bytes.subarray(position, middle), bytes.subarray(middle, position + slotBytes)] as const;
      const record = recoverSlot(...copies, 'a slot');
      if (record !== undefined) states.set(record.group, record.hardState);
    } catch (error) {
      if (!(error instanceof ReplicaError)) throw error;
      onDamage(position, 'both copies of a term and vote are damaged, or they contradict each other');
    }
  }
  return states;
}

/** A term never falls, and a vote never changes within a term: whoever asks for that is broken. */
function brokenSuccession(group: GroupId, before: HardState, after: HardState): Error | undefined {
  const changesVote = after.term === before.term && before.votedFor !== undefined && after.votedFor !== before.votedFor;
  if (after.term >= before.term && !changesVote) return undefined;
  const from = `term ${before.term}, vote ${before.votedFor}`;
  return new Error(`group ${group}: ${from} cannot become term ${after.term}, vote ${after.votedFor}`);
}

function failed(path: string, error: unknown): ReplicaError {
  const reason = reasonOf(error);
  const hint = 'This node votes no more. Check the disk (space, health, permissions) and start it again.';
  return new ReplicaError('LOG_FAILED', `${path} cannot be read or written: ${reason}. ${hint}`, { cause: error });
}
