import type { Mutant } from '../mutant.ts';

const withFiles = 'packages/replica/src/snapshot/snapshots-with-files.ts';
const receiver = 'packages/replica/src/snapshot/receiver-with-files.ts';
const restoreFrom = 'packages/replica/src/host/restore-from.ts';
const expiryKeeper = 'packages/server/src/expiry/expiry-keeper.ts';
const host = 'packages/replica/src/host/host.ts';
const applier = 'packages/replica/src/host/applier.ts';
const engine = 'packages/engine/src/storage/storage-engine.ts';
const fileStore = 'packages/engine/src/storage/files/file-store.ts';
const receivedFiles = 'packages/engine/src/storage/snapshot/files-receiver.ts';

/** State that lies in files, which snapshots only name. */
export const stateFileMutants: readonly Mutant[] = [
  {
    id: 'snapshot-without-its-files',
    title: 'A copy of a snapshot counts before the files are here that it names',
    seen: 'the original, S25 (a slot is set ready even if loading its files has failed)',
    why: 'The log has given way to a state that nobody can read.',
    patches: [
      {
        file: receiver,
        find: 'const held = await this.#onDisk(this.#begunFiles().then((files) => files.finish()));',
        replace: 'const held = { bytes: 0, read: async () => new Uint8Array(), release: () => {} };',
      },
      { file: receiver, find: 'receiver.bytes + (this.#files?.bytes ?? 0)', replace: 'receiver.bytes' },
    ],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'files-of-the-snapshot-go',
    title: 'What the latest snapshot names is not held: compaction removes it',
    seen: 'the original, S25 (files are deleted at their source once the last piece was read)',
    why: 'The next start finds a snapshot whose files are gone.',
    patches: [{ file: withFiles, find: 'served.kept = { id, held };', replace: 'held.release();' }],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'files-cut-the-chunks',
    title: 'What is read of a snapshot ends with each of its files',
    seen: 'Balsa itself, node seed 600271 (2026): chunks became as short as the shortest end of a file, and stayed so',
    why: 'A member is sent its state byte by byte.',
    patches: [{ file: withFiles, find: 'got < wanted; got +=', replace: 'got === 0 && wanted > 0; got +=' }],
    killer: { by: 'tests', files: ['packages/replica/src/snapshot/snapshots-with-files.test.ts'] },
  },
  {
    id: 'capture-when-it-is-flushed',
    title: 'A snapshot is of the state at the time at which it has been written, not at which it was asked for',
    seen: 'Balsa itself, before the engine stood behind a group (2026): the manifest was read after the flush',
    why: 'Entries between the two are applied twice.',
    patches: [
      {
        file: engine,
        find: 'resolve(this.#captureManifest());',
        replace: 'setImmediate(() => resolve(this.#captureManifest()));',
      },
    ],
    killer: { by: 'tests', files: ['packages/server/src/state-machines.test.ts'] },
  },
  {
    id: 'start-removes-what-it-does-not-know',
    title: 'A start removes every file that its own list does not name, before the snapshot is restored',
    seen: 'Balsa itself, while the engine was put behind the data group (2026)',
    why: 'The files of the snapshot are gone when it is restored.',
    patches: [
      {
        file: fileStore,
        find: 'else if (isOurs(name)) store.#strays.set(name, false);',
        replace: 'else if (isOurs(name)) await removeIfThere(folder, name);',
      },
    ],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'unfinished-file-left-over',
    title: 'What an earlier process has not finished is removed later, when its name may be in use again',
    seen: 'Balsa itself, node seed 800039 (2026)',
    why: 'A file vanishes while it is written.',
    patches: [
      {
        file: fileStore,
        find: "if (name.endsWith('.new')) await removeIfThere(folder, name);\n      else if (isOurs(name))",
        replace: 'if (isOurs(name))',
      },
    ],
    killer: { by: 'tests', files: ['packages/engine/src/storage/snapshot/snapshot.test.ts'] },
  },
  {
    id: 'damaged-file-taken',
    title: 'A file that was brought here is not compared with what was announced',
    seen: 'the original, S25 (no checksum; a truncated file counts as success)',
    why: 'Damage spreads from one replica to the next.',
    patches: [{ file: receivedFiles, find: 'if (checksum !== file.checksum) {', replace: 'if (false) {' }],
    killer: { by: 'tests', files: ['packages/engine/src/storage/snapshot/snapshot.test.ts'] },
  },
  {
    id: 'repaired-from-another-history',
    title: 'A member takes any other member’s snapshot in place of its damaged state',
    seen: 'Balsa itself, considered while repair was built (2026)',
    why: 'Its log does not go on where the snapshot ends.',
    patches: [{ file: restoreFrom, find: 'if (ports.termAt(index) !== term) {', replace: 'if (false) {' }],
    killer: { by: 'tests', files: ['packages/replica/src/host/cluster-restore-from.test.ts'] },
  },
  {
    id: 'repaired-state-shown-early',
    title: 'A state that was replaced by an earlier one is read before it is as far as it was',
    seen: 'Balsa itself, found in review while repair was built (2026)',
    why: 'A read whose barrier has resolved sees less than it was promised.',
    patches: [
      {
        file: applier,
        find: 'return this.#isReplacing || this.#appliedIndex < this.#shownIndex;',
        replace: 'return this.#isReplacing;',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/host/cluster-restore-from.test.ts'] },
  },
  {
    id: 'expiry-by-two-leaders',
    title: 'A new leader sends times to live at once, between the commands of the one before',
    seen: 'Balsa itself, considered while expiry was built (2026)',
    why: 'Rules of two points in time are mixed, and points expire by neither.',
    patches: [
      {
        file: expiryKeeper,
        find: 'if (!this.#hasLedForLong() || !this.#isDue()) return;',
        replace: 'if (!this.#ports.data.isLeader || !this.#isDue()) return;',
      },
    ],
    killer: { by: 'tests', files: ['packages/server/src/expiry/expiry-keeper.test.ts'] },
  },
  {
    id: 'pressure-not-heeded',
    title: 'Commands are applied although the state machine asks for a pause',
    seen: 'Balsa itself, before the engine stood behind a group (2026): nobody asked for the pressure',
    why: 'Memory grows without a bound.',
    patches: [{ file: applier, find: 'if (pause === undefined) return;', replace: 'return;' }],
    killer: { by: 'tests', files: ['packages/replica/src/host/cluster-pressure.test.ts'] },
  },
  {
    id: 'log-taken-from-the-applier',
    title: 'A member whose log a snapshot replaces while it applies from it has failed',
    seen: 'Balsa itself, node seed 600009080 (2026)',
    why: 'One that has just come back, and is far behind, stops instead of catching up.',
    patches: [{ file: applier, find: 'if (isGone && isReplaced()) this.run();', replace: 'if (false) this.run();' }],
    killer: { by: 'tests', files: ['packages/replica/src/host/applier.test.ts'] },
  },
  {
    id: 'group-stops-under-its-readers',
    title: 'A group stops, and its files are closed, while they are sent to another member',
    seen: 'Balsa itself, node seeds 610007298 and 610010205 (2026)',
    why: 'The node says that its disk may be broken, and it is not.',
    patches: [{ file: host, find: 'await this.#sender.groupStopped(id);', replace: '' }],
    killer: { by: 'tests', files: ['packages/replica/src/host/cluster-snapshots.test.ts'] },
  },
  {
    id: 'refused-read-taken-for-loss',
    title: 'A node whose disk refuses one read at its start takes the files of its state for lost',
    seen: 'Balsa itself, node seed 1796110881135 (2026)',
    why: 'It forgets what it had acknowledged; if others have lost theirs, the group is stuck for good.',
    patches: [
      {
        file: withFiles,
        find: 'if (isDamagedSnapshot(error)) return error;',
        replace: 'if (error !== undefined) return filesMissing(snapshot, error);',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/snapshot/snapshots-with-files.test.ts'] },
  },
  {
    id: 'half-applied-batch-captured',
    title: 'A snapshot that was waited for is taken of a group that has failed in the middle of a batch',
    seen: 'Balsa itself, node seed 640046795 (2026)',
    why: 'It has entries that stand behind it: the next life applies them a second time.',
    patches: [
      {
        file: applier,
        find: 'if (this.#isReplacing || this.#stopped) return undefined;',
        replace: 'if (this.#isReplacing) return undefined;',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/host/applier.test.ts'] },
  },
];
