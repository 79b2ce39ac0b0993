import { expect, test } from 'vitest';
import { openCoreRig } from './core-rig.ts';
import { openHostsRig } from './hosts-rig.ts';

const entryBytes = 16;
const never = new AbortController().signal;

test.each([2, 3])('the bare core, %i members: a batch has as many entries as there are clients', async (members) => {
  const rig = openCoreRig(members, entryBytes, 100);
  for (const clients of [100, 1]) {
    const { entries, batches, seconds } = await rig.run(clients, 20, never);
    expect(batches).toBeGreaterThan(0);
    expect(entries).toBe(batches * clients);
    expect(seconds).toBeGreaterThanOrEqual(0.02);
  }
  await rig.close();
});

test.each([2, 3])('%i hosts: entries are answered, many to a batch if there are many clients', async (members) => {
  const rig = await openHostsRig(members, entryBytes);
  try {
    const one = await rig.run(1, 100, never);
    expect(one.entries).toBeGreaterThan(0);
    // The last one may be under way.
    expect([one.entries, one.entries + 1]).toContain(one.batches);
    const many = await rig.run(100, 100, never);
    expect(many.entries / many.batches).toBeGreaterThan(10);
  } finally {
    await rig.close();
  }
});

test('a run that is interrupted ends at once', async () => {
  const rigs = [openCoreRig(3, entryBytes, 1), await openHostsRig(3, entryBytes)];
  for (const rig of rigs) {
    const interruption = new AbortController();
    const run = rig.run(1, 600_000, interruption.signal);
    interruption.abort(new Error('interrupted'));
    await expect(run).rejects.toThrow('interrupted');
    await rig.close();
  }
});
