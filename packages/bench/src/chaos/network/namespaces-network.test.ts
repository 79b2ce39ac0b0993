// On a machine that does not let this process make namespaces there is only one thing to see: that it is said.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BenchError } from '../../bench-error.ts';
import { NamespacesNetwork } from './namespaces-network.ts';

const ours = new RegExp(`^(?:bc${process.pid}|balsa-chaos-${process.pid}-)`);

function whatIsThere(): string[] {
  const namespaces = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout ?? '';
  return [...namespaces.split('\n'), ...readdirSync('/sys/class/net')];
}

function openIfPossible(): NamespacesNetwork | undefined {
  try {
    return NamespacesNetwork.open(2);
  } catch (error) {
    expect(error).toBeInstanceOf(BenchError);
    expect(error).toMatchObject({ code: 'SYSTEM_REFUSED' });
    return undefined;
  }
}

test('namespaces are made and removed again, as are those that a run left behind', async () => {
  // No process has this id.
  const leftBehind = 'balsa-chaos-99999999-1';
  const mayMake = spawnSync('ip', ['netns', 'add', leftBehind]).status === 0;
  const network = openIfPossible();
  expect(network !== undefined).toBe(mayMake);
  expect(whatIsThere().some((name) => name.startsWith(leftBehind))).toBe(false);
  if (network !== undefined) {
    expect(whatIsThere().filter((name) => ours.test(name))).toHaveLength(5);
    await network.cut(1, 2);
    await network.mend(1, 2);
    await network.cap(1, 100_000);
    await network.cap(1, undefined);
    network.remove();
  }
  expect(whatIsThere().filter((name) => ours.test(name))).toEqual([]);
});
