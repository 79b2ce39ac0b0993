import { parseHistory, shorten } from '@balsa/linearizability';
import { expect, test } from 'vitest';
import { drawScenario } from './core/scenario.ts';
import { parseScript } from './play/script.ts';
import { parseScenario } from './scenario-file.ts';

test('what is short stays as it is', () => {
  expect(shorten('line 1: no')).toBe('line 1: no');
});

const long = 'x'.repeat(100_000);

// Found by `npm run fuzz`: whoever has such a file saw nothing but it.
test.each<[string, (text: string) => unknown, string, string]>([
  ['a script', parseScript, `members 3\n${long}`, 'line 2: there is no verb `xxx'],
  ['a history', parseHistory, `{"format":"balsa-history","version":1,"model":"log","${long}":1}`, 'line 1: "xxx'],
  ['a scenario', parseScenario, JSON.stringify({ ...drawScenario(1), [long]: 1 }), 'xxx'],
])('%s is refused without repeating all of it', (_what, parse, text, begin) => {
  let message = '';
  try {
    parse(text);
  } catch (error) {
    message = String(error);
  }
  expect(message).toContain(begin);
  expect(message.length).toBeLessThan(1100);
});
