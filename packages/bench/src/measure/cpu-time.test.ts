import { expect, test } from 'vitest';
import { cpuTimeMs, parseCpuTimeMs } from './cpu-time.ts';

test('fields are counted from the last bracket, whatever the command is called', () => {
  const stat = '4711 (a (nasty) name) S 1 4711 4711 0 -1 4194560 1000 0 0 0 123 45 0 0 20 0 11 0 100 0 0';
  expect(parseCpuTimeMs(stat)).toBe((123 + 45) * 10);
});

test('text that is no stat line has no CPU time', () => {
  expect(parseCpuTimeMs('nothing')).toBeUndefined();
});

test.runIf(process.platform === 'linux')('the kernel counts the time that this process burns', () => {
  const before = cpuTimeMs(process.pid);
  const endMs = Date.now() + 100;
  while (Date.now() < endMs);
  const after = cpuTimeMs(process.pid);
  expect(after).toBeGreaterThan(before ?? Number.NaN);
});

test('a process that does not exist has no CPU time', () => {
  expect(cpuTimeMs(2 ** 30)).toBeUndefined();
});
