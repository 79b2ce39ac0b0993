import type { Mutant } from '../mutant.ts';

const engine = 'packages/engine/src/storage/storage-engine.ts';
const compaction = 'packages/engine/src/storage/compaction/compact-files.ts';
const background = 'packages/engine/src/storage/background.ts';
const fileStore = 'packages/engine/src/storage/files/file-store.ts';
const checkedSource = 'packages/engine/src/storage/files/checked-source.ts';
const lastCache = 'packages/engine/src/storage/read/last-cache.ts';
const logState = 'packages/engine/src/storage/log-state.ts';
const mergeParts = 'packages/engine/src/storage/merge/merge-parts.ts';
const readView = 'packages/engine/src/storage/read/read-view.ts';
const ttl = 'packages/engine/src/storage/tombstones/ttl.ts';
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
    id: 'expired-points-come-back',
    title: 'When points are to be kept for longer, those that have expired before are there again',
    seen: 'Balsa itself, considered while expiry was simulated (2026)',
    why: 'Some replicas have removed them from their files, and others have not: each shows something else.',
    patches: [
      {
        file: logState,
        find: 'if (floorMs <= next.floorMsWithin(path)) return;',
        replace: 'if (floorMs <= Number.POSITIVE_INFINITY) return;',
      },
    ],
    killer: { by: 'nodes', check: 'replicas differ' },
  },
  {
    id: 'expiry-reaches-into-other-rules',
    title: 'What expired below a path is hidden for good, also where a rule of its own kept it for longer',
    seen: 'Balsa itself, considered while expiry was simulated (2026)',
    why: 'Points that nothing allowed to go are gone.',
    patches: [
      {
        file: logState,
        find: 'filter((it) => it !== path && isWithin(it, path));',
        replace: 'filter((it) => it !== path && isWithin(it, path) && it === path);',
      },
    ],
    killer: { by: 'tests', files: ['packages/engine/src/storage/storage-engine.test.ts'] },
  },
  {
    id: 'expired-points-served',
    title: 'Reads show points that have expired, as long as they are in a file or in memory',
    seen: 'Balsa itself, considered while expiry was simulated (2026)',
    why: 'What is shown depends on when files were written anew: on each replica it is something else.',
    patches: [
      {
        file: readView,
        find: 'startMs: Math.max(range.startMs, floorMs)',
        replace: 'startMs: Math.max(range.startMs, Math.min(floorMs, range.startMs))',
      },
    ],
    killer: { by: 'nodes', check: 'series' },
  },
  {
    id: 'clock-of-expiry-goes-back',
    title: 'The clock that points expire by goes back with a leader whose own clock is slow',
    seen: 'Balsa itself, considered while expiry was simulated (2026)',
    why: 'Points that had expired are there again, on those replicas that have them still.',
    patches: [
      {
        file: ttl,
        find: 'return clockMs > this.clockMs ? new TtlRules(this.rules, clockMs) : this;',
        replace: 'return clockMs !== this.clockMs ? new TtlRules(this.rules, clockMs) : this;',
      },
    ],
    killer: { by: 'nodes', check: 'series' },
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
    id: 'span-parted-by-a-window-told',
    title: 'Statistics of an hour tell of a window that begins in the middle of it',
    seen: 'Balsa itself, considered while statistics of spans were built (2026)',
    why: 'What belongs to the next window is counted in the one before.',
    patches: [
      {
        file: mergeParts,
        find: 'for (let i = first; i < end; i++) if (hasCutWithin(cuts, startTimes[i]!, endTimes[i]!)) return undefined;',
        replace: 'if (hasCutWithin(cuts, startTimes[first]!, startTimes[first]!)) return undefined;',
      },
    ],
    killer: { by: 'tests', files: ['packages/engine/src/storage/read/spans.test.ts'] },
  },
  {
    id: 'deleted-span-told',
    title: 'Statistics of an hour tell of points of which some were deleted',
    seen: 'Balsa itself, considered while statistics of spans were built (2026)',
    why: 'Averages and counts have in them what no scan shows any more.',
    patches: [
      {
        file: mergeParts,
        find: 'if (touches(gone, startTimes[first]!, endTimes[end - 1]!)) return undefined;',
        replace: 'if (touches(gone, startTimes[first]!, startTimes[first]!)) return undefined;',
      },
    ],
    killer: { by: 'tests', files: ['packages/engine/src/storage/read/spans.test.ts'] },
  },
  {
    id: 'rotten-catalog-holds-up-flushes',
    title: 'A flush that finds the catalog damaged fails, as all flushes after it',
    seen: 'Balsa itself, found while catalogs were to rot in the simulation (2026)',
    why: 'Memory fills up until nothing is taken in any more, though it knows all that the catalog said.',
    patches: [
      {
        file: background,
        find: 'this.#store.noteDamage(file.name, error);\n      return undefined;',
        replace: 'throw error;',
      },
    ],
    killer: { by: 'tests', files: ['packages/engine/src/storage/files/catalog-damage.test.ts'] },
  },
  {
    id: 'rotten-catalog-taken-for-sound',
    title: 'A file of the state that this node has and another names is not looked at before it counts as here',
    seen: 'Balsa itself, found while catalogs were to rot in the simulation (2026)',
    why: 'The snapshot comes, all of it but what is damaged here, and cannot be restored.',
    patches: [
      {
        file: fileStore,
        find: "return wanted.name.endsWith('.tsfile') || isSound(this.folder, wanted);",
        replace: 'return true;',
      },
    ],
    killer: { by: 'tests', files: ['packages/engine/src/storage/files/catalog-damage.test.ts'] },
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
