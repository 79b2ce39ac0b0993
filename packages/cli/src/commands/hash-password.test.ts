import { expect, it } from 'vitest';
import { inScratchFolder, startBalsa } from '../testing/run-balsa.ts';

const hashOf = (input: string) => inScratchFolder((folder) => startBalsa(['hash-password'], folder, input).ended);

it('prints a hash that is not the password, and another each time', async () => {
  const [one, other] = await Promise.all([hashOf('secret\n'), hashOf('secret')]);
  expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
  expect(one.stdout).toMatch(/^scrypt\$15\$8\$1\$[\w-]{22}\$[\w-]{43}\n$/);
  expect(one.stdout).not.toBe(other.stdout);
  expect(one.stdout).not.toContain('secret');
});

it('wants a password', async () => {
  const { exitCode, stderr } = await hashOf('\n');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('PASSWORD_MISSING');
});
