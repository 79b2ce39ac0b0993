import type { Mutant } from '../mutant.ts';

const blockChain = 'packages/replica/src/log/block-chain.ts';
const record = 'packages/replica/src/record.ts';
const dataFolder = 'packages/replica/src/log/data-folder.ts';
const durableReports = 'packages/replica/src/log/durable-reports.ts';
const groupLog = 'packages/replica/src/log/group-log.ts';
const hardStateFile = 'packages/replica/src/log/hard-state-file.ts';
const hardStateRecord = 'packages/replica/src/log/hard-state-record.ts';
const hardStateRecovery = 'packages/replica/src/log/hard-state-recovery.ts';
const layout = 'packages/replica/src/log/layout.ts';
const logWriter = 'packages/replica/src/log/log-writer.ts';
const recovery = 'packages/replica/src/log/recovery.ts';
const replaceFile = 'packages/replica/src/disk/replace-file.ts';
const folderGuard = 'packages/replica/src/transport/folder-guard.ts';
const segmentFiles = 'packages/replica/src/log/segment-files.ts';
const segmentSupply = 'packages/replica/src/log/segment-supply.ts';

const doubleFailureTests = ['packages/replica/src/log/double-failure.test.ts'];
const folderTests = ['packages/replica/src/log/data-folder.test.ts'];
const hardStateTests = ['packages/replica/src/log/hard-state-file.test.ts'];
const damageTests = ['packages/replica/src/log/log-damage.test.ts'];
const crashTests = ['packages/replica/src/log/log-crash.test.ts', 'packages/replica/src/log/write-ahead-log.test.ts'];

/** What a disk keeps, and what it is believed to keep. */
export const storageMutants: readonly Mutant[] = [
  {
    id: 'record-checksum-ignored',
    title: 'Records are read without comparing their checksum',
    seen: 'the original, S7 (no checksum); SOFAJRaft (entry checksums off by default)',
    why: 'A flipped bit becomes a committed entry.',
    patches: [
      { file: record, find: 'record.readUInt32LE(4) !== crc32c(record.subarray(checksumStart))', replace: 'false' },
    ],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'damage-taken-for-torn-tail',
    title: 'The log is cut at the first damaged block, whatever comes after it',
    seen: 'NATS JetStream 2.12.1 (Jepsen 2025, one flipped bit, half of the messages lost)',
    why: 'Acknowledged entries are thrown away in silence.',
    patches: [{ file: blockChain, find: 'return later.durableThrough >= missing ||', replace: 'return false &&' }],
    killer: { by: 'nodes', check: 'recovery' },
  },
  {
    id: 'damage-not-reported',
    title: 'A damaged log is cut without asking whether its entries can be had elsewhere',
    seen: 'the original, S7 (recovery deletes the log and goes on); NATS JetStream (nats-server#7587, 2025)',
    why: 'The member votes as if it had never held what was lost.',
    patches: [{ file: recovery, find: 'await this.#options.onDamage(damage);', replace: '' }],
    killer: { by: 'nodes', check: 'recovery' },
  },
  {
    id: 'failed-write-ignored',
    title: 'A write that failed counts as written',
    seen: 'the original, S13 (errors turned into success); NATS JetStream (nats-server#3911, 2023)',
    why: 'Entries are acknowledged that no disk has.',
    patches: [
      {
        file: logWriter,
        find: '      if (error !== null) return this.#fail(error);\n      this.#blockWritten',
        replace: '      this.#blockWritten',
      },
    ],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'failed-flush-ignored',
    title: 'A flush that failed counts as done',
    seen: 'the original, S13 (errors turned into success)',
    why: 'What was acknowledged was never on the disk.',
    patches: [
      {
        file: logWriter,
        find: '      if (error !== null) return this.#fail(error);\n      this.#caughtUp',
        replace: '      this.#caughtUp',
      },
    ],
    killer: { by: 'tests', files: crashTests },
  },
  {
    id: 'vote-not-flushed',
    title: 'Term and vote are written but not flushed',
    seen: 'the original, S5; braft and SOFAJRaft (raft_sync_meta and syncMeta off by default)',
    why: 'A power failure makes the member vote again.',
    patches: [
      {
        file: hardStateFile,
        find: 'await writeFile(this.#file, sector, position + copyOffset);\n      await flushFile(this.#file);',
        replace: 'await writeFile(this.#file, sector, position + copyOffset);',
      },
    ],
    killer: { by: 'nodes', check: 'recovery' },
  },
  {
    id: 'vote-checksum-ignored',
    title: 'Term and vote are read without comparing their checksum',
    seen: 'the original, S5 (a torn file wins)',
    why: 'Half a write becomes a vote.',
    patches: [
      {
        file: hardStateRecord,
        find: '    sector.readUInt32LE(4) === crc32c(sector.subarray(checksumStart, recordBytes)) &&\n',
        replace: '',
      },
    ],
    killer: { by: 'nodes', check: 'recovery' },
  },
  {
    id: 'damaged-vote-taken-for-none',
    title: 'A term and vote that cannot be read start over from nothing',
    seen: 'the original, S5 (unreadable: term 0, no vote)',
    why: 'The member votes a second time in terms that it knows nothing of.',
    patches: [
      {
        file: hardStateRecovery,
        find: "  if (record === undefined && !isZero(sectorB, 0, sectorBytes))\n    throw hardStateDamaged(place, 'both copies are damaged');\n",
        replace: '',
      },
    ],
    killer: { by: 'tests', files: hardStateTests },
  },
  {
    id: 'failed-vote-granted',
    title: 'A vote is granted although saving it failed',
    seen: 'the original, S5 (the exception is swallowed)',
    why: 'It is forgotten with the next restart.',
    patches: [
      {
        file: hardStateFile,
        find: 'for (const { reject } of [...saves, ...this.#waiting.splice(0)]) reject(this.#failure);',
        replace: 'for (const { resolve } of [...saves, ...this.#waiting.splice(0)]) resolve();',
      },
    ],
    killer: { by: 'nodes', check: 'recovery' },
  },
  {
    id: 'folder-not-synced',
    title: 'The new file of term and vote is not made durable in its folder',
    seen: 'the original, S5 and S27 (directories are never synced)',
    why: 'After a power failure the file is not there.',
    patches: [{ file: hardStateFile, find: 'await disk.syncFolder(folderOf(path));', replace: '' }],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'failed-flush-retried',
    title: 'A flush that failed is tried again, and the second time succeeds',
    seen: 'PostgreSQL (“fsyncgate”, 2018); “Can Applications Recover from fsync Failures?” (USENIX ATC 2020)',
    why: 'The kernel has dropped the pages; nothing will write them again.',
    patches: [
      {
        file: logWriter,
        find: 'if (error !== null) return this.#fail(error);\n      this.#caughtUp',
        replace: 'if (error !== null) return this.#startFlush();\n      this.#caughtUp',
      },
    ],
    killer: { by: 'tests', files: crashTests },
  },
  {
    id: 'log-not-flushed',
    title: 'What is written to the log counts as durable without a flush',
    seen: 'NATS JetStream (flushes every two minutes: Jepsen 2025); the original, S4',
    why: 'A power failure takes back what was acknowledged.',
    patches: [{ file: segmentSupply, find: '{ create: true, durableWrites }', replace: '{ create: true }' }],
    killer: { by: 'nodes', check: 'recovery' },
  },
  {
    id: 'found-tail-not-flushed',
    title: 'What is found at the start counts as durable without a flush',
    seen: '“Can Applications Recover from fsync Failures?” (USENIX ATC 2020: pages that only the cache has)',
    why: 'The process before died between writing and flushing; the next power failure takes it back.',
    patches: [
      {
        file: recovery,
        find: 'for (const { file } of [...this.#segments, ...(next === undefined ? [] : [next])]) await flushFile(file);',
        replace: '',
      },
    ],
    killer: { by: 'tests', files: crashTests },
  },
  {
    id: 'crash-taken-for-damage',
    title: 'A write that a crash cut short is taken for damage',
    seen: 'RedisRaft#43 (Jepsen 2020: nodes that do not start again after a crash)',
    why: 'Every power failure needs an operator.',
    patches: [{ file: blockChain, find: 'return later.durableThrough >= missing ||', replace: 'return true ||' }],
    killer: { by: 'tests', files: crashTests },
  },
  {
    id: 'cut-segment-accepted',
    title: 'A segment that is shorter than it was counts as whole',
    seen: 'the original, S7 (a truncated file)',
    why: 'What was behind the cut is forgotten in silence.',
    patches: [{ file: segmentFiles, find: 'if (before.sizeBytes < plannedBytes) {', replace: 'if (false) {' }],
    killer: { by: 'tests', files: damageTests },
  },
  {
    id: 'missing-segment-accepted',
    title: 'A gap between segments is passed over',
    seen: 'the original, S13 (a gap is only logged)',
    why: 'Entries of the middle of the log are gone.',
    patches: [
      {
        file: segmentFiles,
        find: 'else if (header.segmentId !== segmentId + 1) reason',
        replace: 'else if (false) reason',
      },
    ],
    killer: { by: 'tests', files: damageTests },
  },
  {
    id: 'missing-beginning-accepted',
    title: 'A log whose first file is missing begins where the next one does',
    seen: 'the original, S6 and S7 (where the log starts is forgotten)',
    why: 'The member has a log without a beginning, and votes by it.',
    patches: [{ file: recovery, find: ' ?? this.#blocks.missingBeginning();', replace: ';' }],
    killer: {
      by: 'tests',
      files: ['packages/replica/src/log/log-damage.test.ts', 'packages/replica/src/log/write-ahead-log.test.ts'],
    },
  },
  {
    id: 'overwritten-records-read',
    title: 'Records that were superseded are still found on disk',
    seen: 'NATS JetStream (nats-server#2549, 2021: the log is cut at the wrong place)',
    why: 'Entries of a leader of the past are sent and applied.',
    patches: [{ file: groupLog, find: 'this.spans.truncate(batch.firstIndex);', replace: '' }],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'reports-coalesced-to-the-first',
    title: 'Reports that are merged tell of the oldest append, not the newest',
    seen: 'the original, L7 (merged acknowledgements lose some)',
    why: 'The rest is durable, and nobody ever hears of it.',
    patches: [
      {
        file: durableReports,
        find: 'if (log.unreportedSequence === undefined) this.#logs.push(log);\n    log.unreportedSequence = sequence;',
        replace:
          'if (log.unreportedSequence === undefined) this.#logs.push(log);\n    log.unreportedSequence ??= sequence;',
      },
    ],
    killer: { by: 'nodes', check: 'liveness' },
  },
  {
    id: 'background-work-dies',
    title: 'Preparing files ends for ever with its first error',
    seen: 'the original, L11 (worker threads die of any exception)',
    why: 'A disk that was full for a moment stops the log for good.',
    patches: [
      {
        file: segmentSupply,
        find: '} catch (error) {\n      this.#isWorking = false;',
        replace: '} catch (error) {',
      },
    ],
    // Whole nodes show it as well, in one of a thousand seeds or two.
    killer: { by: 'tests', files: ['packages/replica/src/log/write-ahead-log.test.ts'] },
  },
  {
    id: 'identity-not-flushed',
    title: 'A file is put in the place of another before it is on the disk',
    seen: 'the original, S5 and S27 (temporary files are not flushed)',
    why: 'After a power failure the new name has nothing in it.',
    patches: [
      {
        file: replaceFile,
        find: 'await writeFile(file, bytes, 0);\n    await flushFile(file);',
        replace: 'await writeFile(file, bytes, 0);',
      },
    ],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'identity-without-checksum',
    title: 'What tells a data folder from all others is read without a checksum',
    seen: 'Balsa itself, found by the simulation of whole nodes (one seed in some 40,000)',
    why: 'A flipped bit makes it another folder, which the other nodes refuse for ever.',
    patches: [
      {
        file: 'packages/replica/src/log/identity-file.ts',
        find: 'content.crc32c === checksum(content.identity)',
        replace: 'true',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/log/data-folder.test.ts'] },
  },
  {
    id: 'rename-not-synced',
    title: 'A file is renamed, and its folder not synced',
    seen: 'the original, S5 and S27 (directories are never synced)',
    why: 'After a power failure the old name is back, or none.',
    patches: [
      {
        file: replaceFile,
        find: 'await disk.rename(temporary, path);\n  await disk.syncFolder(folderOf(path));',
        replace: 'await disk.rename(temporary, path);',
      },
    ],
    killer: { by: 'tests', files: folderTests },
  },
  {
    id: 'missing-vote-taken-for-none',
    title: 'A node whose term and vote are gone starts over without',
    seen: 'the original, S6 (the meta file is deleted with the log)',
    why: 'It votes a second time in terms that it knows nothing of.',
    patches: [
      { file: dataFolder, find: 'return this.#openHardStates(true);', replace: 'return this.#openHardStates(false);' },
    ],
    killer: { by: 'nodes', check: 'recovery' },
  },
  {
    id: 'found-block-not-rewritten',
    title: 'The last block that is found at the start is not written again',
    seen: 'Balsa itself, found by the simulation of whole nodes; “Can Applications Recover from fsync Failures?” (USENIX ATC 2020)',
    why: 'Its write failed, every reader sees it, and no flush will ever write it.',
    patches: [{ file: recovery, find: 'await rewrite(last.file, lastBlock, last.writtenBytes);', replace: '' }],
    killer: { by: 'nodes', check: 'recovery' },
  },
  {
    id: 'found-segments-not-synced',
    title: 'The names of the segments that are found at the start are not synced',
    seen: 'Balsa itself, found by the simulation of whole nodes',
    why: 'The process before died before its folder was synced; a power failure takes the file away, and what was confirmed since.',
    patches: [
      {
        file: recovery,
        find: '    await disk.syncFolder(folder);\n    const last = this.#segments.at(-1);',
        replace:
          '    if (this.#segments.length === 0) await disk.syncFolder(folder);\n    const last = this.#segments.at(-1);',
      },
    ],
    killer: { by: 'tests', files: doubleFailureTests },
  },
  {
    id: 'found-folder-not-synced',
    title: 'The names that are found in the data folder are not synced',
    seen: 'Balsa itself, found by the simulation of whole nodes',
    why: 'The process before died before they were durable; a power failure takes the identity away, and the log has no owner.',
    patches: [{ file: dataFolder, find: 'if (identity !== undefined) await disk.syncFolder(path);', replace: '' }],
    killer: {
      by: 'tests',
      files: ['packages/replica/src/log/double-failure.test.ts', 'packages/replica/src/log/data-folder.test.ts'],
    },
  },
  {
    id: 'free-name-not-synced',
    title: 'The name of a file that is found empty is not synced before it is used',
    seen: 'Balsa itself, found by the simulation of whole nodes',
    why: 'The process that made it died before that; a power failure takes away the file, and the first entries of the log with it.',
    patches: [
      {
        file: recovery,
        find: '    await disk.syncFolder(folder);\n    const last = this.#segments.at(-1);',
        replace:
          '    if (this.#segments.length > 0) await disk.syncFolder(folder);\n    const last = this.#segments.at(-1);',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/log/double-failure.test.ts'] },
  },
  {
    id: 'found-vote-name-not-synced',
    title: 'The name of the file of term and vote is synced when it is made, not when it is found',
    seen: 'Balsa itself, found by the simulation of whole nodes',
    why: 'The process that made it died before that; a power failure takes the file away and leaves the identity, made later.',
    patches: [
      {
        file: hardStateFile,
        find: 'await disk.syncFolder(folderOf(path));',
        replace: 'if (bytes === undefined) await disk.syncFolder(folderOf(path));',
      },
    ],
    killer: {
      by: 'tests',
      files: ['packages/replica/src/log/double-failure.test.ts', 'packages/replica/src/log/data-folder.test.ts'],
    },
  },
  {
    id: 'found-vote-not-rewritten',
    title: 'Term and vote that are found at the start are flushed, not written again',
    seen: 'Balsa itself, found by the simulation of whole nodes; “Can Applications Recover from fsync Failures?” (USENIX ATC 2020)',
    why: 'The flush before failed: the kernel takes the vote for written, and a power failure takes it back.',
    patches: [
      {
        file: hardStateFile,
        find: 'await writeFile(this.#file, encodeHardState(slot), slot.position + copyOffset);\n      }',
        replace: '}',
      },
    ],
    killer: {
      by: 'tests',
      files: ['packages/replica/src/log/double-failure.test.ts', 'packages/replica/src/log/data-folder.test.ts'],
    },
  },
  {
    id: 'torn-creation-refused',
    title: 'A file of term and vote whose creation a crash cut short is refused for ever',
    seen: 'Balsa itself, found by the simulation of whole nodes; RedisRaft#43 (Jepsen 2020)',
    why: 'A node that lost power in its first moments needs an operator, and has nothing to lose.',
    patches: [
      {
        file: hardStateFile,
        find: 'if (isUnfinished(bytes)) return undefined;',
        replace: 'if (isZero(bytes, 0, bytes.length)) return undefined;',
      },
    ],
    killer: { by: 'nodes', check: 'exception: ReplicaError' },
  },
  {
    id: 'first-segment-passed-over',
    title: 'A log whose first block is damaged begins with the next segment',
    seen: 'Balsa itself, found by the simulation of whole nodes',
    why: 'All of the first segment is passed over in silence.',
    patches: [
      {
        file: blockChain,
        find: '? segment.segmentId === this.#files.chain[0]?.header.segmentId',
        replace: '? true',
      },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/log/log-damage.test.ts'] },
  },
  {
    id: 'stray-block-accepted',
    title: 'A block counts wherever it lies',
    seen: 'Balsa itself, found by the simulation of whole nodes; misdirected writes (“An Analysis of Data Corruption in the Storage Stack”, USENIX FAST 2008)',
    why: 'A write that went to another place is intact, and is taken for what should be there.',
    patches: [
      { file: layout, find: 'return header?.offset === offset ? header : undefined;', replace: 'return header;' },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/log/layout.test.ts'] },
  },
  {
    id: 'stray-block-no-witness',
    title: 'A block that went astray tells nothing about the one that it struck',
    seen: 'Balsa itself, found by the simulation of whole nodes; misdirected writes (“An Analysis of Data Corruption in the Storage Stack”, USENIX FAST 2008)',
    why: 'If all that came later went the same way, the log is taken for one that ends there, or is empty.',
    patches: [
      {
        file: blockChain,
        find: 'return later.durableThrough >= missing ||',
        replace: 'return (!isAstray && later.durableThrough >= missing) || false &&',
      },
    ],
    killer: { by: 'tests', files: damageTests },
  },
  {
    id: 'file-leaked-by-retry',
    title: 'Each attempt to prepare a segment opens another file',
    seen: 'Balsa itself, found by the simulation of whole nodes',
    why: 'As long as the disk is full, files pile up, and several claim to be the same segment.',
    patches: [
      {
        file: segmentSupply,
        find: 'const recycled = this.#preparing === undefined ? this.#free.shift() : undefined;\n    this.#preparing ??= recycled',
        replace: 'const recycled = this.#free.shift();\n    this.#preparing = recycled',
      },
    ],
    killer: { by: 'nodes', check: 'left open' },
  },
  {
    id: 'lost-disk-not-noticed',
    title: 'A node that comes with an empty disk under its old id is taken for what it was',
    seen: 'the rejoin bug of nine engines (drmingdrmer/raft-rejoin-bug)',
    why: 'It votes a second time, and for leaders without entries that it had acknowledged.',
    patches: [
      { file: folderGuard, find: 'known.current === folder.id', replace: '!known.earlier.includes(folder.id)' },
    ],
    killer: { by: 'tests', files: ['packages/replica/src/transport/transport.test.ts'] },
  },
  {
    id: 'old-disk-comes-back',
    title: 'A node that comes with a disk which it had replaced is taken for what it was',
    seen: 'the rejoin bug (drmingdrmer/raft-rejoin-bug), met from the other side',
    why: 'The old disk knows nothing of what the new one promised.',
    patches: [{ file: folderGuard, find: 'known.earlier.includes(folder.id)', replace: 'known.earlier.includes(0)' }],
    killer: { by: 'tests', files: ['packages/replica/src/transport/tcp-transport.test.ts'] },
  },
  {
    id: 'snapshot-file-unchecked',
    title: 'The pieces of a snapshot’s file are not checked',
    seen: 'the original, S25 (snapshot files that are unchecked)',
    why: 'A bit that flips on the disk becomes part of a replica, and of those that fetch the snapshot from it.',
    patches: [
      {
        file: 'packages/replica/src/snapshot/piece-checker.ts',
        find: "if (piece.readUInt32LE(0) !== checksum) throw this.damaged('checksum mismatch');",
        replace: '',
      },
    ],
    // Whole nodes show it as well, but only after thousands of seeds: state machines check what they are given, too.
    killer: { by: 'tests', files: ['packages/replica/src/snapshot/snapshot-files.test.ts'] },
  },
  {
    id: 'stale-snapshot-file',
    title: 'Of the snapshot files of a group the oldest is taken',
    seen: 'the original, S25 (snapshot files that are stale)',
    why: 'Its log does not reach back so far any more: what lies between is lost.',
    patches: [
      {
        file: 'packages/replica/src/snapshot/found-files.ts',
        find: 'names.sort((a, b) => b.number - a.number);',
        replace: 'names.sort((a, b) => a.number - b.number);',
      },
    ],
    killer: { by: 'nodes', check: 'recovery' },
  },
];
