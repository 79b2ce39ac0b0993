import { expect, test } from 'vitest';
import { limitLog } from './transport-log.ts';

test('a log is limited for each code, and says how much was left out', () => {
  let nowMs = 0;
  const lines: string[] = [];
  const log = limitLog(
    (_level, code, _message, { leftOut = '' }) => lines.push(`${code} ${leftOut}`.trim()),
    () => nowMs,
  );
  for (let i = 0; i < 8; i++) log('warn', 'SPEAKS_JUNK', 'junk', {});
  log('warn', 'SPEAKS_TLS', 'TLS', {});
  expect(lines).toEqual([...Array.from({ length: 5 }, () => 'SPEAKS_JUNK'), 'SPEAKS_TLS']);
  nowMs = 1000;
  log('warn', 'SPEAKS_JUNK', 'junk', {});
  log('warn', 'SPEAKS_JUNK', 'junk', {});
  expect(lines.slice(6)).toEqual(['SPEAKS_JUNK 3', 'SPEAKS_JUNK']);
});
