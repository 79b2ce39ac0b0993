import type { Mutant } from '../mutant.ts';

const record = 'packages/replica/src/record.ts';
const hardStateFile = 'packages/replica/src/log/hard-state-file.ts';
const hardStateRecord = 'packages/replica/src/log/hard-state-record.ts';
const hardStateRecovery = 'packages/replica/src/log/hard-state-recovery.ts';
const logWriter = 'packages/replica/src/log/log-writer.ts';
const recovery = 'packages/replica/src/log/recovery.ts';

const hardStateTests = ['packages/replica/src/log/hard-state-file.test.ts'];
const damageTests = ['packages/replica/src/log/log-damage.test.ts'];
const crashTests = ['packages/replica/src/log/log-crash.test.ts', 'packages/replica/src/log/write-ahead-log.test.ts'];

/** What a disk keeps, and what it is believed to keep. The simulator's disk is one of its own, so tests of the real log kill these. */
export const storageMutants: readonly Mutant[] = [
  {
    id: 'record-checksum-ignored',
    title: 'Records are read without comparing their checksum',
    seen: 'the original, S7 (no checksum); SOFAJRaft (entry checksums off by default)',
    why: 'A flipped bit becomes a committed entry.',
    patches: [
      { file: record, find: 'record.readUInt32LE(4) !== crc32c(record.subarray(checksumStart))', replace: 'false' },
    ],
    killer: { by: 'tests', files: damageTests },
  },
  {
    id: 'damage-taken-for-torn-tail',
    title: 'The log is cut at the first damaged block, whatever comes after it',
    seen: 'NATS JetStream 2.12.1 (Jepsen 2025, one flipped bit, half of the messages lost)',
    why: 'Acknowledged entries are thrown away in silence.',
    patches: [{ file: recovery, find: 'return later.durableThrough >= missing;', replace: 'return false;' }],
    killer: { by: 'tests', files: damageTests },
  },
  {
    id: 'damage-not-reported',
    title: 'A damaged log is cut without asking whether its entries can be had elsewhere',
    seen: 'the original, S7 (recovery deletes the log and goes on)',
    why: 'The member votes as if it had never held what was lost.',
    patches: [{ file: recovery, find: 'await this.#options.onDamage(damage);', replace: '' }],
    killer: { by: 'tests', files: damageTests },
  },
  {
    id: 'failed-write-ignored',
    title: 'A write that failed counts as written',
    seen: 'the original, S13 (errors turned into success)',
    why: 'Entries are acknowledged that no disk has.',
    patches: [
      {
        file: logWriter,
        find: '      if (error !== null) return this.#fail(error);\n      this.#blockWritten',
        replace: '      this.#blockWritten',
      },
    ],
    killer: { by: 'tests', files: crashTests },
  },
  {
    id: 'failed-flush-ignored',
    title: 'A flush that failed counts as done',
    seen: 'PostgreSQL (“fsyncgate”, 2018); the original, S13',
    why: 'The kernel has dropped the pages; nothing will write them again.',
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
    killer: { by: 'tests', files: hardStateTests },
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
    killer: { by: 'tests', files: hardStateTests },
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
    killer: { by: 'tests', files: hardStateTests },
  },
  {
    id: 'folder-not-synced',
    title: 'The new file of term and vote is not made durable in its folder',
    seen: 'the original, S5 and S27 (directories are never synced)',
    why: 'After a power failure the file is not there.',
    patches: [{ file: hardStateFile, find: 'await disk.syncFolder(dirname(this.#path));', replace: '' }],
    killer: { by: 'tests', files: hardStateTests },
  },
];
