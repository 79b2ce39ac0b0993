import type { Mutant } from '../mutant.ts';

const engine = 'packages/engine/src/storage/storage-engine.ts';
const compaction = 'packages/engine/src/storage/compaction/compact-files.ts';
const checkedSource = 'packages/engine/src/storage/files/checked-source.ts';
const lastCache = 'packages/engine/src/storage/read/last-cache.ts';
const writeMemtable = 'packages/engine/src/storage/memtable/write-memtable.ts';

/** What the files of series show, after flushes, compactions, deletes, expiry, restores and damage. */
export const dataFileMutants: readonly Mutant[] = [
  {
    id: 'delete-forgotten-by-compaction',
    title: 'Compaction writes anew what was deleted',
    seen: 'Balsa itself, considered while the simulation of series was built (2026)',
    why: 'The new file counts as one that has the delete in it, so the points are back for good.',
    patches: [{ file: compaction, find: 'gone: intervalsOf(deletes) };', replace: 'gone: [] };' }],
    killer: { by: 'nodes', check: 'replicas differ' },
  },
  {
    id: 'earlier-late-file-wins',
    title: 'Of files out of order, compaction takes the value of the first that was written',
    seen: 'Balsa itself, considered while the simulation of series was built (2026)',
    why: 'A value that was written again is what it was before, once both files are merged.',
    patches: [
      {
        file: compaction,
        find: 'const layer = { rank: isInOrder ? 0 : flush,',
        replace: 'const layer = { rank: isInOrder ? 0 : 1 / flush,',
      },
    ],
    killer: { by: 'nodes', check: 'linearizability' },
  },
  {
    id: 'last-point-survives-delete',
    title: 'The last point of a series is remembered over a delete',
    seen: 'Balsa itself, considered while the simulation of series was built (2026)',
    why: 'The newest value that is shown was deleted.',
    patches: [
      { file: lastCache, find: 'return entry?.deletes === deletes ? entry : undefined;', replace: 'return entry;' },
    ],
    killer: { by: 'nodes', check: 'series' },
  },
  {
    id: 'deletes-lost-in-restore',
    title: 'Who restores a snapshot forgets the deletes that files do not have in themselves yet',
    seen: 'Balsa itself, considered while the simulation of series was built (2026)',
    why: 'On that replica, and after every restart, deleted points are there again.',
    patches: [
      {
        file: engine,
        find: 'new LogState(seriesMax, { ...store.manifest, catalog: store.catalog })',
        replace: 'new LogState(seriesMax, { ...store.manifest, tombstones: [], catalog: store.catalog })',
      },
    ],
    killer: { by: 'nodes', check: 'replicas differ' },
  },
  {
    id: 'rotten-block-served',
    title: 'Blocks of data files are read without comparing their checksum',
    seen: 'Apache TsFile (the format has no checksums)',
    why: 'A bit that flipped on the disk is a value in an answer.',
    patches: [
      {
        file: checkedSource,
        find: 'if (crc32c(bytes.subarray(at, at + checkedBlockBytes)) === this.#blocks[block]) continue;',
        replace: 'if (this.#blocks.length > block) continue;',
      },
    ],
    killer: { by: 'tests', files: ['packages/engine/src/storage/files/damage.test.ts'] },
  },
  {
    id: 'alignment-told-too-late',
    title:
      'Whether series share their times is looked up when they are written to a file, not when they were written to',
    seen: 'Balsa itself, node seed 620081597 (2026)',
    why: 'They were dropped and made anew in between; a compaction takes a sound file for damaged.',
    patches: [
      {
        file: writeMemtable,
        find: 'const isAligned = memtable.isAligned(device);',
        replace: 'const { isAligned } = device;',
      },
    ],
    killer: { by: 'tests', files: ['packages/engine/src/storage/storage-engine.test.ts'] },
  },
];
