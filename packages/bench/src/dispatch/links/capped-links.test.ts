// On a machine that does not let this process make namespaces there is only one thing to see: that it is said.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { BenchError } from '../../bench-error.ts';
import { CappedLinks } from './capped-links.ts';

function ours(): string[] {
  const names = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout ?? '';
  return names.split('\n').filter((name) => name.startsWith(`balsa-dispatch-${process.pid}-`));
}

function openIfPossible(): CappedLinks | undefined {
  try {
    return CappedLinks.open(2, 100, []);
  } catch (error) {
    expect(error).toBeInstanceOf(BenchError);
    expect(error).toMatchObject({ code: 'SYSTEM_REFUSED' });
    return undefined;
  }
}

test('namespaces are made and removed again, as are those that a run left behind', () => {
  // No process has this id.
  const leftBehind = 'balsa-dispatch-99999999-switch';
  const mayMake = spawnSync('ip', ['netns', 'add', leftBehind]).status === 0;
  const links = openIfPossible();
  if (mayMake) expect(links).toBeDefined();
  if (links !== undefined) {
    expect(spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout).not.toContain(leftBehind);
    expect(ours()).toHaveLength(3);
    const [program, ...words] = links.launcherOf(1);
    const device = 'cat /sys/class/net/out/statistics/tx_bytes';
    expect(spawnSync(program!, [...words, 'sh', '-c', device], { encoding: 'utf8' }).stdout).toMatch(/^\d+\n$/);
    links.remove();
  }
  expect(ours()).toEqual([]);
});
