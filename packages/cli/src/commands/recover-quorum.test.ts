import { join } from 'node:path';
import { BalsaClient } from '@balsa/client';
import type { ForcedRecovery, StoredGroup } from '@balsa/replica';
import { LocalCluster } from '@balsa/server';
import { DataType, type Tablet } from '@balsa/wire';
import { describe, expect, it, vi } from 'vitest';
import { createStyle } from '../terminal/style.ts';
import { type Ended, inScratchFolder, runHere, startBalsa } from '../testing/run-balsa.ts';
import { type FolderView, renderDone, renderFolder, renderWarning } from './recover-quorum-text.ts';

const style = createStyle(false);
const stored: StoredGroup = {
  group: 1,
  term: 7,
  votedFor: 2,
  lostEntries: true,
  lastTerm: 6,
  lastIndex: 12_345,
  appliedIndexMin: 9000,
  configuration: { voters: [1, 2, 3], outgoing: [4, 5, 6], learners: [7], preferredLeader: undefined, leases: false },
};
const recovery: ForcedRecovery = {
  group: 1,
  term: 4_294_967_300,
  index: 12_346,
  lastTerm: 6,
  members: [1, 3],
  membersBefore: [1, 2, 3],
  at: '2026-11-29T12:00:00.000Z',
};

describe('what it says', () => {
  it('of a folder: each group, and what speaks against using it', () => {
    const node: FolderView = {
      nodeId: 1,
      cluster: 'farm',
      record: { recoveries: [recovery], damage: undefined },
      groups: () => [{ ...stored, group: 0, lostEntries: false, configuration: undefined }, stored],
    };
    expect(renderFolder(node, '/data', style).join('\n')).toMatchInlineSnapshot(`
      "/data: node 1 of cluster "farm"

      group  term  last term  last index  applied at least  voters                             learners
          0     7          6      12,345             9,000  as in the settings of the node
          1     7          6      12,345             9,000  1, 2, 3 (on the way from 4, 5, 6)  7
      group 1: this disk has lost entries; rather use another survivor
      group 1 was forced to go on before, at 2026-11-29T12:00:00.000Z, with nodes 1 and 3"
    `);
  });

  it('before it does anything: what will be, and what it may cost', () => {
    expect(renderWarning([stored], [1, 3], style).join('\n')).toMatchInlineSnapshot(`
      "
      WARNING: this gives up what keeps the data in one piece.
        group 1: nodes 1 and 3 will be its only voters in place of 1, 2, 3 (on the way from 4, 5, 6); all up to entry 12,345 of this node's log counts as committed

        - What was acknowledged and only the lost nodes held is lost, and nothing will say what that was.
        - What this node holds and was never acknowledged will be there.
        - If the other nodes are not lost for good, they go on as another group: two histories, which
          nothing will ever join. Make sure that they cannot start: they come back with empty folders only.
        - Exactly one set of survivors may be recovered, on exactly one of them. A second recovery
          elsewhere, with other members, makes two groups as well.
        - If another survivor has a newer log (last term, then last index), what only that one holds is lost.
      "
    `);
  });

  it('afterwards: what to do next', () => {
    expect(renderDone([recovery], 1, style).join('\n')).toMatchInlineSnapshot(`
      "group 1: nodes 1 and 3 from entry 12,346 of term 4,294,967,300 on

      Next:
        1. Start this node and node 3, as they are: they join by themselves.
        2. Check with \`balsa status\` that all groups have a leader; then see what is missing.
        3. Let the lost nodes come back with empty folders only, and make the group larger again."
    `);
    expect(renderDone([{ ...recovery, members: [1] }], 1, style)).toContain('  1. Start this node: it leads at once.');
  });
});

describe('balsa recover-quorum', { timeout: 120_000 }, () => {
  const tablet: Tablet = {
    device: 'root.farm.d1',
    measurements: ['celsius'],
    dataTypes: [DataType.DOUBLE],
    timestamps: new Float64Array([1, 2]),
    columns: [{ values: new Float64Array([21.5, 22]) }],
  };

  it('brings a cluster back of which one node is left', () =>
    inScratchFolder(async (scratch) => {
      const cluster = await LocalCluster.start({ folder: scratch });
      try {
        const nodes = cluster.nodes.map(({ client }) => client);
        const client = await BalsaClient.connect({ nodes });
        await client.insertTablet(tablet);
        await untilAllApplied(client, nodes);
        await client.close();
        const data = join(cluster.node(3).folder, 'data');
        const recover = (...words: string[]): Promise<Ended> => runHere(['recover-quorum', '--data', data, ...words]);
        expect((await recover('--members', '3', '--yes')).stderr).toContain('balsa: DATA_FOLDER_LOCKED: ');
        for (const id of [1, 2, 3]) await cluster.kill(id);

        const shown = await recover();
        expect([shown.exitCode, shown.stderr]).toEqual([0, '']);
        expect(shown.stdout).toContain('node 3 of cluster');
        expect(shown.stdout).toContain('Nothing was changed.');

        const alone = await typed(data, scratch, '');
        expect([alone.exitCode, alone.stderr]).toEqual([1, expect.stringContaining('balsa: NOT_CONFIRMED: ')]);
        expect(alone.stdout).toContain('WARNING');
        const strange = await recover('--members', '3,9', '--yes');
        expect([strange.exitCode, strange.stderr]).toEqual([1, expect.stringContaining('balsa: MEMBERS_INVALID: ')]);

        const done = await typed(data, scratch, 'recover\n');
        expect([done.exitCode, done.stderr]).toEqual([0, '']);
        expect(done.stdout).toContain('group 0: node 3 from entry ');
        expect(done.stdout).toContain('group 1: node 3 from entry ');

        await cluster.start(3);
        const again = await BalsaClient.connect({ nodes: [cluster.node(3).client] });
        expect((await again.statistics()).points).toBe(2);
        await again.insertTablet({ ...tablet, timestamps: new Float64Array([3, 4]) });
        expect((await again.status()).groups.map(({ forcedRecoveries }) => forcedRecoveries)).toEqual([1, 1]);
        await again.close();
        const status = await runHere(['status', '--node', cluster.node(3).client]);
        expect(status.stdout).toContain('forced to go on without a quorum once');
      } finally {
        await cluster.stop();
      }
    }));

  it('of a folder that is none says so', async () => {
    const { exitCode, stderr } = await runHere(['recover-quorum', '--data', 'nowhere']);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('balsa: DATA_FOLDER_UNUSABLE: nowhere is no data')]);
  });
});

function typed(data: string, cwd: string, text: string): Promise<Ended> {
  const running = startBalsa(['recover-quorum', '--data', data, '--members', '3'], cwd, text);
  return running.ended;
}

async function untilAllApplied(client: BalsaClient, nodes: readonly string[]): Promise<void> {
  await vi.waitFor(
    async () => {
      const indexes = await Promise.all(
        nodes.map(async (node) => (await client.status({ node })).groups.map(({ appliedIndex }) => appliedIndex)),
      );
      expect(new Set(indexes.map((it) => it.join())).size).toBe(1);
    },
    { timeout: 20_000, interval: 50 },
  );
}
