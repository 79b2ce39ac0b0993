import { expect, test } from 'vitest';
import { parseNodeArguments } from './arguments.ts';

test('a file, settings, and whether to end with the parent', () => {
  expect(
    parseNodeArguments(['--config', 'a.yaml', '--node-id=3', '--exit-with-parent', '--log-level', 'warn']),
  ).toEqual({
    configFile: 'a.yaml',
    flags: { 'node-id': '3', 'log-level': 'warn' },
    exitWithParent: true,
  });
  expect(parseNodeArguments([])).toEqual({ configFile: undefined, flags: {}, exitWithParent: false });
});

test('an unknown flag is for the configuration to refuse', () => {
  expect(parseNodeArguments(['--node-ld', '3']).flags).toEqual({ 'node-ld': '' });
});

test.each([
  [['--node-id'], '--node-id: expected a value after it'],
  [['--config'], '--config: expected a file after it'],
  [['start'], 'start: unexpected word; settings are given as --name value'],
])('%j is refused', (words, message) => {
  expect(() => parseNodeArguments(words)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message }));
});
