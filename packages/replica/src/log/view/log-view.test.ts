// What the view tells of folders that real stores have written, and that it comes to the same verdict as recovery does.

import { type Batch, BatchKind, configurationOf, lastIndexOf } from '@balsa/raft';
import { crc32c } from '@balsa/wire';
import { describe, expect, test } from 'vitest';
import { writeFile } from '../../disk/promises.ts';
import { SeededRandom } from '../../disk/seeded-random.ts';
import { SimulatedDisk } from '../../disk/simulated-disk.ts';
import type { ReplicaError } from '../../errors.ts';
import { resealHeader } from '../../fuzz/reseal.ts';
import { sealNoopRecord } from '../../host/batch-builder.ts';
import { encodePayload, endSilentSessionsPayload, openSessionPayload } from '../../host/payload.ts';
import { entryHeaderBytes, recordHeaderBytes, sealRecord } from '../../record.ts';
import { makeSnapshot, pattern } from '../../snapshot/snapshot-testing.ts';
import { encodeIdentity } from '../identity-file.ts';
import { createBatch, createConfigurationBatch, ManualClock, RecordedEvents } from '../log-testing.ts';
import { type NodeStorage, openNodeStorage } from '../node-storage.ts';
import { WriteAheadLog } from '../write-ahead-log.ts';
import { type LoggedBatch, type LoggedReset, type LogLine, lineOf } from './log-line.ts';
import { type LineSelection, LogView } from './log-view.ts';

const settings = {
  segmentBytes: 32 * 1024,
  firstSegmentBytes: 16 * 1024,
  blockBytesMax: 8 * 1024,
  retainSegmentsMin: 0,
};
const segmentPath = '/node/log/segment-000001.log';
const noLock = () => Promise.resolve({ release: () => Promise.resolve() });

/** A node's storage, and appends one after the other, each in a block of its own. */
class Node {
  readonly disk: SimulatedDisk;
  readonly storage: NodeStorage;
  readonly log: WriteAheadLog;
  readonly #events: RecordedEvents;
  #sequence = 0;

  static async start(disk: SimulatedDisk): Promise<Node> {
    const path = '/node';
    const options = { disk, path, cluster: 'farm', nodeId: 3, freeBytesMin: 0, lock: noLock, drawFolderId: () => 77 };
    const storage = await openNodeStorage({ ...options, clock: new ManualClock(), logSettings: settings });
    const events = new RecordedEvents();
    return new Node(disk, storage, await storage.openLog(events), events);
  }

  private constructor(disk: SimulatedDisk, storage: NodeStorage, log: WriteAheadLog, events: RecordedEvents) {
    this.disk = disk;
    this.storage = storage;
    this.log = log;
    this.#events = events;
  }

  async append(group: number, batch: Batch): Promise<void> {
    this.#sequence++;
    this.log.append(group, this.#sequence, batch);
    await this.#events.reached(group, this.#sequence);
  }

  async appendMany(
    group: number,
    from: number,
    to: number,
    options: { term?: number; payloadBytes?: number } = {},
  ): Promise<void> {
    for (let firstIndex = from; firstIndex <= to; firstIndex++) {
      await this.append(group, createBatch({ group, firstIndex, fill: firstIndex % 200, ...options }));
    }
  }

  async reset(group: number, index: number, term: number): Promise<void> {
    this.#sequence++;
    this.log.reset(group, this.#sequence, { index, term });
    await this.#events.reached(group, this.#sequence);
  }

  async stop(): Promise<void> {
    await this.log.close();
    await this.storage.hardStates.close();
    await this.storage.release();
  }
}

async function started(): Promise<Node> {
  return Node.start(new SimulatedDisk());
}

async function viewed<T>(disk: SimulatedDisk, use: (view: LogView) => Promise<T> | T): Promise<T> {
  const view = await LogView.open({ dataFolder: '/node', disk, lock: noLock });
  try {
    return await use(view);
  } finally {
    await view.close();
    expect(disk.openFiles).toBe(0);
  }
}

async function linesOf(disk: SimulatedDisk, selection: LineSelection): Promise<LogLine[]> {
  return viewed(disk, (view) => allLines(view, selection));
}

async function allLines(view: LogView, selection: LineSelection): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of view.lines(selection)) lines.push(line);
  return lines;
}

/** As `1-3 t2`, `=5 t1` for a log that goes on behind 5, with ~ for what is superseded, ? if in part. */
function brief(lines: readonly LogLine[]): string {
  return lines
    .map((line) => {
      const mark = { no: '', partly: '?', wholly: '~' }[line.superseded];
      if (line.kind === 'reset') return `${mark}=${line.base.index} t${line.base.term}`;
      const { firstIndex, lastIndex, term } = line;
      return `${mark}${firstIndex === lastIndex ? firstIndex : `${firstIndex}-${lastIndex}`} t${term}`;
    })
    .join(', ');
}

/** A batch of these payloads. */
function batchOf(firstIndex: number, payloads: readonly Buffer[]): Batch {
  const bytes = Buffer.concat([
    Buffer.alloc(recordHeaderBytes),
    ...payloads.flatMap((it) => [Buffer.alloc(entryHeaderBytes), it]),
  ]);
  let at = recordHeaderBytes;
  for (const { length } of payloads) {
    bytes.writeUInt32LE(length, at);
    at += entryHeaderBytes + length;
  }
  const header = {
    kind: BatchKind.entries,
    term: 1,
    prevTerm: firstIndex === 1 ? 0 : 1,
    firstIndex,
    count: payloads.length,
  };
  sealRecord(bytes, 1, header);
  return { ...header, bytes };
}

describe('a folder that is whole', () => {
  test('tells whose it is, its segments and its groups', async () => {
    const node = await started();
    await node.storage.hardStates.save(1, { term: 4, votedFor: 2, incident: 0 });
    await node.storage.hardStates.save(5, { term: 1, votedFor: undefined, incident: 0 });
    const configuration = { ...configurationOf([1, 2, 3]), learners: [4] };
    await node.append(1, createConfigurationBatch({ group: 1, firstIndex: 1, configuration }));
    await node.appendMany(1, 2, 8, { payloadBytes: 3000 });
    await node.appendMany(2, 1, 2);
    await node.stop();
    await viewed(node.disk, ({ identity, segments, groups, findingsCount, tornTail, incarnation }) => {
      expect(identity).toMatchObject({ nodeId: 3, cluster: 'farm', folder: 77 });
      expect({ findingsCount, tornTail, incarnation }).toEqual({
        findingsCount: 0,
        tornTail: undefined,
        incarnation: 1,
      });
      expect(segments.map(({ name }) => name)).toContain('segment-000002.log');
      const written = segments.filter(({ blocks }) => blocks > 0);
      expect(written[0]).toMatchObject({ name: 'segment-000001.log', firstBlock: 1 });
      expect(written[1]!.firstBlock).toBe(written[0]!.lastBlock! + 1);
      expect(groups.map(({ group }) => group)).toEqual([1, 2, 5]);
      expect(groups[0]).toMatchObject({
        hardState: { term: 4, votedFor: 2 },
        base: { index: 0, term: 0 },
        lastIndex: 8,
        lastTerm: 1,
        records: 8,
        configuration,
        configurationIndex: 1,
        snapshot: undefined,
      });
      expect(groups[1]).toMatchObject({ hardState: undefined, lastIndex: 2, configuration: undefined });
      expect(groups[2]).toMatchObject({ hardState: { term: 1 }, lastIndex: 0, records: 0 });
    });
  });

  test('lists the records of one group in order, and the newest of them', async () => {
    const node = await started();
    for (let index = 1; index <= 12; index++) {
      await node.append(1, createBatch({ group: 1, firstIndex: index, payloadBytes: 2500 }));
      await node.append(2, createBatch({ group: 2, firstIndex: index }));
    }
    await node.stop();
    expect(brief(await linesOf(node.disk, { group: 2 }))).toBe(
      Array.from({ length: 12 }, (_, i) => `${i + 1} t1`).join(', '),
    );
    for (let last = 1; last <= 13; last++) {
      const lines = await linesOf(node.disk, { group: 1, last });
      expect(lines.map((line) => line.kind === 'commands' && line.firstIndex)).toEqual(
        Array.from({ length: Math.min(last, 12) }, (_, i) => 12 - Math.min(last, 12) + i + 1),
      );
    }
    expect(brief(await linesOf(node.disk, { group: 1, from: 3, to: 5 }))).toBe('3 t1, 4 t1, 5 t1');
    expect(brief(await linesOf(node.disk, { group: 1, to: 5, last: 2 }))).toBe('4 t1, 5 t1');
    expect(await linesOf(node.disk, { group: 9 })).toEqual([]);
    const [line] = await linesOf(node.disk, { group: 1, from: 1, to: 1 });
    expect(line).toMatchObject({ segment: 'segment-000001.log', bytes: recordHeaderBytes + entryHeaderBytes + 2500 });
    const record = node.disk.contentOf(segmentPath).subarray(line!.offset);
    expect(record.readUInt32LE(0)).toBe(line!.bytes);
  });

  test('marks what a later leader has superseded', async () => {
    const node = await started();
    await node.appendMany(1, 1, 5);
    await node.append(1, createBatch({ group: 1, firstIndex: 6, count: 3 }));
    await node.append(1, createBatch({ group: 1, firstIndex: 4, term: 2, prevTerm: 1 }));
    await node.append(1, createBatch({ group: 1, firstIndex: 5, count: 4, term: 2 }));
    await node.append(1, createBatch({ group: 1, firstIndex: 7, term: 3, prevTerm: 2 }));
    await node.stop();
    expect(brief(await linesOf(node.disk, { group: 1 }))).toBe('1 t1, 2 t1, 3 t1, 4 t2, ?5-8 t2, 7 t3');
    expect(brief(await linesOf(node.disk, { group: 1, superseded: true }))).toBe(
      '1 t1, 2 t1, 3 t1, ~4 t1, ~5 t1, ~6-8 t1, 4 t2, ?5-8 t2, 7 t3',
    );
    await viewed(node.disk, ({ groups }) => expect(groups[0]).toMatchObject({ lastIndex: 7, lastTerm: 3, records: 9 }));
  });

  test('tells where a log goes on behind a snapshot that took its place, and of a group that was left', async () => {
    const node = await started();
    await node.storage.hardStates.save(1, { term: 6, votedFor: undefined, incident: 0 });
    await node.appendMany(1, 1, 3);
    await node.appendMany(2, 1, 2);
    await makeSnapshot(node.storage.snapshots, 1, 50, pattern(1000));
    await node.reset(1, 50, 51);
    await node.append(1, createBatch({ group: 1, firstIndex: 51, term: 51 }));
    node.log.forget(2);
    await node.stop();
    await viewed(node.disk, ({ groups, findings }) => {
      expect(findings).toEqual([]);
      expect(groups[0]).toMatchObject({
        base: { index: 50, term: 51 },
        lastIndex: 51,
        snapshot: { index: 50, term: 51 },
        configurationIndex: 50,
        hasLeft: false,
      });
      expect(groups[1]).toMatchObject({ group: 2, lastIndex: 0, hasLeft: true });
    });
    expect(brief(await linesOf(node.disk, { group: 1 }))).toBe('=50 t51, 51 t51');
    expect(brief(await linesOf(node.disk, { group: 1, superseded: true }))).toBe(
      '~1 t1, ~2 t1, ~3 t1, =50 t51, 51 t51',
    );
    expect(brief(await linesOf(node.disk, { group: 2, superseded: true }))).toBe('~1 t1, ~2 t1, =0 t0');
  });

  test('whose beginning was released begins where it does', async () => {
    const node = await started();
    await node.storage.hardStates.save(1, { term: 1, votedFor: undefined, incident: 0 });
    await node.appendMany(1, 1, 20, { payloadBytes: 3000 });
    await makeSnapshot(node.storage.snapshots, 1, 15, pattern(100));
    node.log.release(1, 15);
    await node.appendMany(1, 21, 24, { payloadBytes: 3000 });
    await node.stop();
    await viewed(node.disk, async (view) => {
      const [group] = view.groups;
      expect(view.findings).toEqual([]);
      expect(group!.base.index).toBeGreaterThan(0);
      const lines = await allLines(view, { group: 1 });
      expect(lines[0]).toMatchObject({ firstIndex: group!.base.index + 1 });
      expect(lines.at(-1)).toMatchObject({ lastIndex: 24 });
    });
  });

  test('tells what entries are: of sessions, commands, a new leader’s', async () => {
    const node = await started();
    const command = Buffer.from('go');
    const header = { session: 7, sequence: 3, acknowledgedBelow: 2 };
    await node.append(
      1,
      batchOf(1, [
        openSessionPayload(),
        encodePayload(header, command),
        endSilentSessionsPayload(9),
        Buffer.from('short'),
      ]),
    );
    const noop = { kind: BatchKind.noop, term: 2, prevTerm: 1, firstIndex: 5, count: 1 };
    await node.append(1, { ...noop, bytes: sealNoopRecord(1, noop) });
    await node.stop();
    const [batch, leader] = await linesOf(node.disk, { group: 1 });
    expect(leader).toMatchObject({ kind: 'noop', firstIndex: 5, term: 2, prevTerm: 1, entries: [] });
    expect(batch).toMatchObject({
      kind: 'commands',
      entries: [
        { index: 1, kind: 'openSession' },
        { index: 2, kind: 'command', ...header, bytes: 26 },
        { index: 3, kind: 'endSilentSessions', acknowledgedBelow: 9 },
        { index: 4, kind: 'unknown', bytes: 5 },
      ],
    });
  });

  test('that holds nothing yet holds nothing', async () => {
    const node = await started();
    await node.stop();
    await viewed(node.disk, ({ groups, findings, segments }) => {
      expect({ groups, findings }).toEqual({ groups: [], findings: [] });
      expect(segments.map(({ blocks }) => blocks > 0)).toEqual([true, ...segments.slice(1).map(() => false)]);
    });
  });
});

describe('what is no folder of a stopped node', () => {
  test('is refused', async () => {
    const disk = new SimulatedDisk();
    const open = () => LogView.open({ dataFolder: '/node', disk, lock: noLock });
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    await disk.createFolder('/node/log');
    await expect(open()).rejects.toMatchObject({ code: 'DATA_FOLDER_UNUSABLE' });
    expect(disk.files()).toEqual([]);
  });

  test('is refused while the node runs', async () => {
    const node = await started();
    const lock = () => Promise.resolve({ processId: 4711 });
    const opening = LogView.open({ dataFolder: '/node', disk: node.disk, lock });
    await expect(opening).rejects.toMatchObject({
      code: 'DATA_FOLDER_LOCKED',
      message: expect.stringContaining('4711'),
    });
    await node.stop();
  });

  test('is refused if a newer version made it, or wrote in it', async () => {
    const node = await started();
    await node.appendMany(1, 1, 2);
    await node.stop();
    const { disk } = node;
    const sector = disk.contentOf(segmentPath).subarray(0, 64);
    const identity = { cluster: 'farm', nodeId: 3, folder: 77, replacesLostDisk: false };
    disk.overwrite('/node/identity.json', encodeIdentity({ format: 3, ...identity }), 0);
    const opening = LogView.open({ dataFolder: '/node', disk, lock: noLock });
    await expect(opening).rejects.toMatchObject({
      code: 'DATA_FOLDER_UNUSABLE',
      message: expect.stringContaining('format 3'),
    });
    disk.overwrite('/node/identity.json', encodeIdentity({ format: 2, ...identity }), 0);
    sector.writeUInt32LE(4, 8);
    resealHeader(sector, 0);
    disk.overwrite(segmentPath, sector, 0);
    await expect(LogView.open({ dataFolder: '/node', disk, lock: noLock })).rejects.toMatchObject({
      code: 'RECORD_UNKNOWN',
    });
    expect(disk.openFiles).toBe(0);
  });
});

describe('damage', () => {
  async function damaged(): Promise<{ disk: SimulatedDisk; offsets: number[] }> {
    const node = await started();
    await node.storage.hardStates.save(1, { term: 1, votedFor: undefined, incident: 0 });
    await node.appendMany(1, 1, 20, { payloadBytes: 3000 });
    await node.stop();
    const lines = await linesOf(node.disk, { group: 1 });
    return { disk: node.disk, offsets: lines.map(({ offset }) => offset) };
  }

  test('in the middle is told with its place, and all around it is read', async () => {
    const { disk, offsets } = await damaged();
    disk.flipBit(segmentPath, (offsets[1]! + 1000) * 8);
    await viewed(disk, async (view) => {
      expect(view.findings).toEqual([
        { code: 'LOG_DAMAGED', file: 'log/segment-000001.log', offset: offsets[1]! - 64, what: 'block 3 is damaged' },
        {
          code: 'LOG_DAMAGED',
          file: 'log/segment-000001.log',
          offset: offsets[2],
          what: 'group 1: entries 2 to 2 are missing before it',
        },
      ]);
      expect(view.groups[0]).toMatchObject({ base: { index: 0 }, lastIndex: 20, gaps: [{ from: 2, to: 2 }] });
      expect(brief(await allLines(view, { group: 1 }))).toMatch(/^1 t1, 3 t1, 4 t1, .*20 t1$/);
    });
  });

  test('of the header of a block or of a segment leaves the rest readable', async () => {
    const { disk, offsets } = await damaged();
    disk.flipBit(segmentPath, (offsets[1]! - 64 + 33) * 8);
    expect(brief(await linesOf(disk, { group: 1 }))).toMatch(/^1 t1, 3 t1, .*20 t1$/);
    disk.flipBit(segmentPath, 20 * 8);
    await viewed(disk, async (view) => {
      expect(view.findings.map(({ what }) => what)).toContain('the segment header is damaged');
      expect(brief(await allLines(view, { group: 1 }))).toMatch(/^1 t1, 3 t1, .*20 t1$/);
    });
  });

  test('of a segment that is gone is told', async () => {
    const { disk } = await damaged();
    await disk.remove('/node/log/segment-000002.log');
    await viewed(disk, async (view) => {
      expect(view.findings.length).toBeGreaterThan(0);
      const [group] = view.groups;
      expect(group).toMatchObject({ lastIndex: 20, gaps: [expect.anything()] });
    });
  });

  test('of identity, votes and snapshots is told, and the log is read all the same', async () => {
    const { disk } = await damaged();
    const { storage } = await Node.start(disk);
    await makeSnapshot(storage.snapshots, 1, 5, pattern(1000));
    disk.flipBit('/node/identity.json', 99);
    for (const sector of [1, 2]) disk.flipBit('/node/hard-state', (sector * 4096 + 30) * 8);
    disk.flipBit(disk.files().find((path) => path.endsWith('.snapshot'))!, 4000);
    const findings = await LogView.open({ dataFolder: '/node', disk, lock: noLock }).then(async (view) => {
      expect(view.identity).toBeUndefined();
      expect(view.groups).toMatchObject([{ group: 1, hardState: undefined, snapshot: undefined, lastIndex: 20 }]);
      await view.close();
      return view.findings;
    });
    expect(findings.map(({ code, file, offset }) => [code, file, offset])).toEqual([
      ['DATA_FOLDER_UNUSABLE', 'identity.json', undefined],
      ['HARD_STATE_DAMAGED', 'hard-state', 4096],
      ['SNAPSHOT_DAMAGED', expect.stringMatching(/^snapshots\/group-1\.\d+\.snapshot$/), expect.any(Number)],
    ]);
  });

  test('is not a tail that a crash has torn', async () => {
    const node = await started();
    await node.appendMany(1, 1, 3);
    const copy = node.disk.contentOf(segmentPath);
    await node.append(1, createBatch({ group: 1, firstIndex: 4, payloadBytes: 6000, fill: 9 }));
    const whole = node.disk.contentOf(segmentPath);
    const offset = whole.findIndex((byte, at) => byte !== copy[at]);
    const disk = node.disk.crash('process');
    // The second sector of the block never came to the disk.
    const blockStart = Math.floor(offset / 4096) * 4096;
    disk.overwrite(segmentPath, Buffer.alloc(4096), blockStart + 4096);
    await viewed(disk, ({ findings, tornTail, groups }) => {
      expect(findings).toEqual([]);
      expect(tornTail).toEqual({ path: 'log/segment-000001.log', offset: blockStart, block: 5 });
      expect(groups[0]).toMatchObject({ lastIndex: 3 });
    });
  });
});

/** A folder as some life of a node left it, with crashes; and all that was ever appended. */
async function randomFolder(random: SeededRandom): Promise<{ disk: SimulatedDisk; written: Set<string> }> {
  let node = await Node.start(new SimulatedDisk({ seed: random.below(1_000_000) }));
  const written = new Set<string>();
  let terms = new Map([1, 2, 3].map((group) => [group, new Map([[0, 0]])]));
  const starts = new Map([1, 2, 3].map((group) => [group, [] as number[]]));
  const lastOf = (group: number): number => Math.max(...terms.get(group)!.keys());
  let term = 1;
  for (let step = random.between(10, 60); step > 0; step--) {
    const group = random.between(1, 3);
    const known = terms.get(group)!;
    const last = lastOf(group);
    const dice = random.below(100);
    if (dice < 5) {
      await node.reset(group, last + 5, term);
      terms.set(group, new Map([[last + 5, term]]));
      starts.get(group)!.length = 0;
      written.add(idOf(group, { kind: 'reset', base: { index: last + 5, term } }));
    } else if (dice < 10) {
      node.log.release(group, last);
    } else if (dice < 15) {
      const kind = random.chance(0.5) ? 'power' : 'process';
      const disk = random.chance(0.3) ? node.disk : node.disk.crash(kind);
      if (disk === node.disk) await node.stop();
      node = await Node.start(disk);
      terms = new Map([1, 2, 3].map((each) => [each, termsIn(node.log, each)]));
      for (const list of starts.values()) list.length = 0;
    } else {
      // Batches are superseded whole, as leaders do it.
      const from = starts.get(group)!.findLast((index) => index <= last && known.has(index - 1));
      const supersedes = random.chance(0.15) && from !== undefined;
      if (supersedes) term++;
      const firstIndex = supersedes ? from : last + 1;
      starts.get(group)!.push(firstIndex);
      const count = random.between(1, 3);
      const prevTerm = known.get(firstIndex - 1)!;
      const payloadBytes = random.between(0, 3000);
      const batch = createBatch({ group, firstIndex, count, term, prevTerm, payloadBytes, fill: random.below(256) });
      written.add(idOf(group, lineOf(batch, { segment: '', offset: 0 })));
      if (random.chance(0.8)) await node.append(group, batch);
      else void node.append(group, batch);
      for (let i = 0; i < count; i++) known.set(firstIndex + i, term);
      for (const index of [...known.keys()]) if (index > lastIndexOf(batch)) known.delete(index);
    }
    noteEnds(written, node, terms);
  }
  if (random.chance(0.5)) await node.stop();
  else node = { disk: node.disk.crash(random.chance(0.5) ? 'power' : 'process') } as Node;
  return { disk: node.disk, written };
}

/** Where a log ends may be written again, when it has let all its entries go; and that a group begins with nothing. */
function noteEnds(written: Set<string>, { log }: Node, terms: ReadonlyMap<number, ReadonlyMap<number, number>>): void {
  for (const group of terms.keys()) {
    const known = [...terms.get(group)!].filter(([index]) => index > 0);
    for (const [index, term] of known) written.add(idOf(group, { kind: 'reset', base: { index, term } }));
    expect(log.recovered(group)).toBeDefined();
  }
}

function termsIn(log: WriteAheadLog, group: number): Map<number, number> {
  const { base, lastIndex, termRuns } = log.recovered(group);
  const terms = new Map([[base.index, base.term]]);
  for (let index = base.index + 1; index <= lastIndex; index++) {
    terms.set(index, termRuns.findLast(([first]) => first <= index)![1]);
  }
  return terms;
}

/** What tells a record from any other. */
function idOf(group: number, line: Pick<LogLine, 'kind'> & Partial<LogLine>): string {
  if (line.kind === 'reset') return JSON.stringify([group, (line as LoggedReset).base]);
  const { firstIndex, lastIndex, term, prevTerm, bytes, entries } = line as LoggedBatch;
  return JSON.stringify([
    group,
    firstIndex,
    lastIndex,
    term,
    prevTerm,
    bytes,
    entries.map(({ command }) => crc32c(command)),
  ]);
}

/** What a start of the node would find, tried on a copy. */
async function recover(disk: SimulatedDisk): Promise<WriteAheadLog> {
  const copy = new SimulatedDisk();
  await copy.createFolder('/node/log');
  for (const path of disk.files().filter((each) => each.startsWith('/node/log/'))) {
    const file = await copy.open(path, { create: true });
    await writeFile(file, disk.contentOf(path), 0);
    await file.close();
  }
  return WriteAheadLog.open({
    disk: copy,
    folder: '/node/log',
    clock: new ManualClock(),
    events: new RecordedEvents(),
    settings,
  });
}

async function damageFoundByRecovery(disk: SimulatedDisk): Promise<ReplicaError | undefined> {
  try {
    await (await recover(disk)).close();
    return undefined;
  } catch (error) {
    return error as ReplicaError;
  }
}

async function expectRecoveryAgrees(disk: SimulatedDisk): Promise<void> {
  const log = await recover(disk);
  await viewed(disk, async (view) => {
    expect(view.findings).toEqual([]);
    for (const summary of view.groups) {
      const { group, base, lastIndex, lastTerm, configuration } = summary;
      const found = log.recovered(group);
      expect({ base, lastIndex }).toEqual({ base: found.base, lastIndex: found.lastIndex });
      expect(lastTerm).toBe(found.termRuns.at(-1)?.[1] ?? found.base.term);
      expect(configuration).toEqual(found.configurations.at(-1)?.[1]);
      const batches = (await log.read(group, base.index + 1, 1_000_000)).map(({ firstIndex, term }) => [
        firstIndex,
        term,
      ]);
      const lines = (await allLines(view, { group })).filter((line) => line.kind !== 'reset');
      expect(lines.map(({ firstIndex, term }) => [firstIndex, term])).toEqual(batches);
    }
  });
  await log.close();
}

describe('whatever bits flip', () => {
  const { BALSA_SEED } = process.env;
  const seeds = BALSA_SEED === undefined ? Array.from({ length: 25 }, (_, i) => 7000 + i) : [Number(BALSA_SEED)];

  test.each(seeds)(
    'it ends, has the verdict of recovery, and shows nothing that was not written (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const { disk, written } = await randomFolder(random);
      await expectRecoveryAgrees(disk);
      const logFiles = disk.files().filter((path) => path.startsWith('/node/log/'));
      for (let round = 0; round < 12; round++) {
        const flips = Array.from({ length: random.between(1, 4) }, () => {
          const path = logFiles[random.between(0, logFiles.length - 1)]!;
          return { path, bit: random.between(0, disk.contentOf(path).length * 8 - 1) };
        });
        for (const { path, bit } of flips) disk.flipBit(path, bit);
        await viewed(disk, async (view) => {
          for (const { group } of view.groups) {
            // Line by line: what its entries are views of is used again.
            for await (const line of view.lines({ group, superseded: true })) {
              expect(written.has(idOf(group, line))).toBe(true);
            }
          }
          const damage = await damageFoundByRecovery(disk);
          expect(view.findingsCount > 0).toBe(damage !== undefined);
        });
        for (const { path, bit } of flips) disk.flipBit(path, bit);
      }
    },
  );
});
