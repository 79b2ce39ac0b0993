import { afterAll, beforeAll, describe, test } from 'vitest';
import { clockCases } from './clock.conformance.ts';
import { realClock } from './real-clock.ts';
import { VirtualTime } from './testing/virtual-time.ts';

describe('the real clock', () => {
  for (const { name, run } of clockCases(() => realClock)) test(name, run);
});

describe('the clock of virtual time', () => {
  const time = new VirtualTime();
  beforeAll(() => time.start());
  afterAll(() => time.stop());
  for (const { name, run } of clockCases(() => time.clock())) test(name, run);
});
