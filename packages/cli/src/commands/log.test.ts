import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePorts, type OpenedHost, openHost, type StateMachine } from '@balsa/replica';
import { DataType, encodeInsertTablet } from '@balsa/wire';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeError } from '../describe-error.ts';
import { createProgram } from '../program.ts';
import { createStyle } from '../terminal/style.ts';
import { inScratchFolder } from '../testing/run-balsa.ts';
import { LineTable } from './log-lines-text.ts';
import { type OverviewParts, renderOverview } from './log-overview-text.ts';

const style = createStyle(false);
const timeoutMs = 20_000;
const deaf: StateMachine = {
  apply: () => new Uint8Array(0),
  snapshot: () => [],
  restore: async () => {},
  checksum: () => 0,
};

const group: OverviewParts['groups'][number] = {
  group: 1,
  hardState: { term: 7, votedFor: 2, incident: 9 },
  base: { index: 12_000, term: 6 },
  lastIndex: 12_345,
  lastTerm: 7,
  gaps: [
    { from: 12_100, to: 12_100 },
    { from: 12_200, to: 12_250 },
  ],
  records: 99,
  bytes: 123_456,
  snapshot: {
    index: 12_010,
    term: 6,
    id: 1,
    bytes: 70_000,
    configuration: { voters: [1, 2, 3], outgoing: [], learners: [], preferredLeader: undefined, leases: false },
  },
  configuration: { voters: [1, 2, 3], outgoing: [4, 5, 6], learners: [7], preferredLeader: undefined, leases: false },
  configurationIndex: 12_222,
  hasLeft: false,
};
const nobodys = { ...group, group: 5, hardState: undefined, gaps: [], snapshot: undefined, configuration: undefined };
const overview: OverviewParts = {
  identity: { format: 2, cluster: 'farm', nodeId: 3, folder: 4711, replacesLostDisk: false },
  incarnation: 3,
  segments: [
    {
      name: 'segment-000007.log',
      blocks: 1200,
      firstBlock: 8000,
      lastBlock: 9210,
      usedBytes: 61e6,
      fileBytes: 2 ** 26,
    },
    {
      name: 'segment-000008.log',
      blocks: 0,
      firstBlock: undefined,
      lastBlock: undefined,
      usedBytes: 4096,
      fileBytes: 2 ** 26,
    },
  ],
  spareFiles: 2,
  groups: [group, { ...nobodys, base: { index: 0, term: 0 }, lastIndex: 0, lastTerm: 0, hasLeft: true }],
  findings: [
    { code: 'SNAPSHOT_DAMAGED', file: 'snapshots/group-5.3.snapshot', offset: 48, what: 'checksum mismatch' },
    { code: 'HARD_STATE_DAMAGED', file: 'hard-state', offset: undefined, what: 'the file is missing' },
  ],
  findingsCount: 12,
  tornTail: { path: 'log/segment-000007.log', offset: 60_999_680, block: 9211 },
};

describe('what it says', () => {
  it('of a folder: whose it is, its segments and groups, and what is wrong', () => {
    expect(renderOverview(overview, '/data', style).join('\n')).toMatchInlineSnapshot(`
      "/data: node 3 of cluster "farm", folder 4711, opened 3 times

      segment             blocks  first   last      used      file
      segment-000007.log   1,200  8,000  9,210  58.2 MiB  64.0 MiB
      segment-000008.log       0      -      -         -  64.0 MiB
      2 files more, for segments to come

      group   term  vote   first    last  last term    bytes  snapshot                  voters                             learners
      1 data     7     2  12,001  12,345          7  121 KiB  12,010, term 6, 68.4 KiB  1, 2, 3 (on the way from 4, 5, 6)  7
      5          -     -       -       0          0  121 KiB  -                         as in the settings
      group 1: entries 12100, 12200 to 12250 cannot be read
      group 1: this disk has lost entries, and the others have not made up for it yet
      group 5: the node has left it

      Block 9,211, the last, was being written when the node died (log/segment-000007.log, offset 60999680).
      Nothing in it was acknowledged as durable; the next start cuts it.

      Damage, in the order in which it was met:
        snapshots/group-5.3.snapshot, offset 48: checksum mismatch
        hard-state: the file is missing
        and 10 more
      See docs/errors.md for what to do, and make a copy of the folder first."
    `);
  });

  it('of one that is whole: that nothing is damaged', () => {
    const whole = {
      ...overview,
      segments: [],
      groups: [],
      spareFiles: 0,
      findings: [],
      findingsCount: 0,
      tornTail: undefined,
    };
    expect(renderOverview(whole, '/data', style).join('\n')).toMatchInlineSnapshot(`
      "/data: node 3 of cluster "farm", folder 4711, opened 3 times

      There is no log yet.

      It holds no group.

      Nothing is damaged."
    `);
  });

  it('of entries: a line for every batch, the same on every page', () => {
    const table = new LineTable(group, overview.segments, style, undefined);
    const place = { segment: 'segment-000007.log', offset: 8256, bytes: 2000, superseded: 'no' } as const;
    const batch = { ...place, kind: 'commands', term: 7, prevTerm: 6, configuration: undefined } as const;
    const header = { session: 12_001, sequence: 3, acknowledgedBelow: 1, bytes: 100 };
    const insert = encodeInsertTablet({
      device: 'root.a\nb',
      measurements: ['s'],
      dataTypes: [DataType.INT32],
      timestamps: Float64Array.of(1, 2),
      columns: [{ values: Int32Array.of(1, 2) }],
    });
    const entry = (index: number, command: Buffer) => ({ index, kind: 'command', ...header, command }) as const;
    table.add({ ...place, kind: 'reset', base: { index: 12_000, term: 6 }, term: 6 });
    table.add({ ...batch, kind: 'noop', firstIndex: 12_001, lastIndex: 12_001, entries: [], superseded: 'wholly' });
    table.add({ ...batch, firstIndex: 12_001, lastIndex: 12_001, entries: [entry(12_001, insert)] });
    table.add({
      ...batch,
      firstIndex: 12_002,
      lastIndex: 12_003,
      entries: [entry(12_002, insert), entry(12_003, insert)],
    });
    expect(table.waiting).toBe(4);
    const first = table.take();
    table.add({
      ...batch,
      kind: 'configuration',
      configuration: group.configuration,
      firstIndex: 12_222,
      lastIndex: 12_222,
      entries: [],
    });
    const open = { ...entry(12_300, Buffer.alloc(0)), kind: 'openSession', session: 0, sequence: 1 } as const;
    const strange = { ...entry(12_301, Buffer.alloc(9)), kind: 'unknown' } as const;
    table.add({ ...batch, firstIndex: 12_300, lastIndex: 12_301, entries: [open, strange] });
    expect(first + table.take()).toMatchInlineSnapshot(`
      "         index  term  kind      commands      bytes  place            what
              12,000     6  goes on              1.95 KiB  000007:8256      behind entry 12,000 of term 6
             ~12,001     7  noop                 1.95 KiB  000007:8256      a leader begins
              12,001     7  commands         1   1.95 KiB  000007:8256      insert 2 rows of 1 series into root.a\\nb (session 12001 #3)
       12,002-12,003     7  commands         2   1.95 KiB  000007:8256      2 × insert: 4 rows into root.a\\nb
              12,222     7  members              1.95 KiB  000007:8256      voters 1, 2, 3 (on the way from 4, 5, 6), learners 7
       12,300-12,301     7  commands         2   1.95 KiB  000007:8256      open session; 9 B of session 12001 #3, of what is not known here
      "
    `);
    expect(table.take()).toBe('');
  });
});

describe('balsa log', () => {
  const opened: OpenedHost[] = [];

  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all(opened.splice(0).map((node) => node.close()));
  });

  /** A node with a group of Balsa's and one of somebody else's. */
  async function run(dataFolder: string): Promise<OpenedHost> {
    const [port = 0] = await findFreePorts(1);
    const node = await openHost({
      nodeId: 1,
      cluster: 'farm',
      dataFolder,
      listen: { host: '127.0.0.1', port },
      peers: new Map(),
      logSettings: { segmentBytes: 256 * 1024, firstSegmentBytes: 128 * 1024, blockBytesMax: 64 * 1024 },
    });
    opened.push(node);
    const groups = [1, 9].map((id) => node.host.startGroup({ group: id, members: [1], stateMachine: deaf }));
    await node.host.connect();
    for (const [at, each] of groups.entries()) {
      const command = at === 0 ? insertInto('root.plant.press') : Buffer.from('whatever');
      for (let i = 0; i < 3; i++) await each.propose(command, { timeoutMs });
    }
    return node;
  }

  function insertInto(device: string): Buffer {
    return encodeInsertTablet({
      device,
      measurements: ['speed'],
      dataTypes: [DataType.DOUBLE],
      timestamps: Float64Array.of(1, 2, 3),
      columns: [{ values: Float64Array.of(1, 2, 3) }],
    });
  }

  /** As a process would, but in this one: a process takes its second to start. */
  async function balsaLog(...words: string[]): Promise<{ text: string; exitCode: unknown; error: string }> {
    let text = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      text += chunk;
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const before = process.exitCode;
    try {
      await createProgram().parseAsync(['log', ...words], { from: 'user' });
      return { text, exitCode: process.exitCode, error: '' };
    } catch (error) {
      const { code, message } = describeError(error);
      return { text, exitCode: 1, error: `${code}: ${message}` };
    } finally {
      process.exitCode = before;
      vi.restoreAllMocks();
    }
  }

  /** Every file with its bytes and the time of its last change; folders with the latter. */
  async function stateOf(folder: string): Promise<unknown[]> {
    const names = (await readdir(folder, { recursive: true })).sort();
    return Promise.all(
      ['.', ...names].map(async (name) => {
        const path = join(folder, name);
        const { size, mtimeMs, ctimeMs } = await stat(path);
        const bytes = (await stat(path)).isFile() ? await readFile(path, 'latin1') : '';
        return { name, size, mtimeMs, ctimeMs, bytes };
      }),
    );
  }

  it('reads a stopped node’s folder, and changes nothing in it', () =>
    inScratchFolder(async (scratch) => {
      const folder = join(scratch, 'node');
      await (await run(folder)).close();
      const before = await stateOf(folder);
      const all = await balsaLog(folder);
      expect(all.text).toContain('node 1 of cluster "farm"');
      expect(all.text).toMatch(/^1 data +\d+ +1 +1 +5 /m);
      expect(all.text).toContain('Nothing is damaged.');
      expect(all.exitCode).toBe(0);
      const own = await balsaLog(`${folder}/`, '--group', '1', '--last', '3');
      const lines = own.text.trim().split('\n').slice(4);
      expect(lines).toHaveLength(3);
      expect(lines.at(-1)).toMatch(/^ +5 +\d+ +commands +1 .* insert 3 rows of 1 series into root\.plant\.press/);
      const other = await balsaLog(folder, '--group', '9', '--from', '5', '--to', '5');
      expect(other.text).toContain('8 B, of what is not known here (session 2 #3)');
      const { text } = await balsaLog(folder, '--group', '1', '--json', '--from', '1');
      const objects = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(objects[0]).toMatchObject({
        kind: 'noop',
        firstIndex: 1,
        superseded: 'no',
        segment: 'segment-000001.log',
      });
      expect(objects.at(-1).commands.at(-1)).toMatchObject({
        index: 5,
        does: expect.stringContaining('insert 3 rows'),
      });
      const whole = JSON.parse((await balsaLog(folder, '--json')).text);
      expect(whole).toMatchObject({ node: { id: 1, cluster: 'farm' }, damageCount: 0, tornTail: null });
      expect(await stateOf(folder)).toEqual(before);
      const strange = await balsaLog(folder, '--group', '4');
      expect(strange.error).toContain('GROUP_UNKNOWN');
      expect(strange.error).toContain('it holds 1, 9');
    }));

  it('shows damage, and what can be read in spite of it', () =>
    inScratchFolder(async (scratch) => {
      const folder = join(scratch, 'node');
      await (await run(folder)).close();
      const path = join(folder, 'log', 'segment-000001.log');
      const bytes = await readFile(path);
      const at = bytes.indexOf('root.plant.press');
      bytes[at]! ^= 1;
      await writeFile(path, bytes);
      const { text, exitCode } = await balsaLog(folder, '--group', '1');
      expect(text).toMatch(/log\/segment-000001\.log, offset \d+: block \d+ is damaged/);
      expect(text).toContain('into root.plant.press');
      expect(exitCode).toBe(65);
    }));

  it('refuses the folder of a node that runs, and what is no folder of a node', () =>
    inScratchFolder(async (scratch) => {
      const folder = join(scratch, 'node');
      await run(folder);
      const running = await balsaLog(folder);
      expect(running.error).toContain('DATA_FOLDER_LOCKED');
      expect(running.error).toContain(`process ${process.pid}`);
      await mkdir(join(scratch, 'other'));
      await writeFile(join(scratch, 'other', 'identity.json'), '{"who":"somebody"}');
      for (const name of ['other', 'missing']) {
        expect((await balsaLog(join(scratch, name))).error).toContain('DATA_FOLDER_UNUSABLE');
      }
      expect(await readdir(scratch)).toEqual(['node', 'other']);
    }));
});
