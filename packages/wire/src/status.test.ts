import { describe, expect, test } from 'vitest';
import { cutText, decodeCommandResult, encodeCommandResult, successResult } from './command-result.ts';
import { describeStatus, isStatusCode, StatusCode, statusName } from './status.ts';
import { expectSurvivesDamage } from './test-damage.ts';

describe('status codes', () => {
  test.each(Object.entries(StatusCode))('%s has its name and says what to do', (name, code) => {
    expect(statusName(code)).toBe(name);
    expect(describeStatus(code).name).toBe(name);
    expect(describeStatus(code).advice).toMatch(/\w.*\.$/);
  });

  test('a code of another version is not taken for a promise', () => {
    expect(isStatusCode(9999)).toBe(false);
    expect(statusName(9999)).toBe('STATUS_9999');
    expect(describeStatus(9999)).toMatchObject({ retryable: false, outcome: 'unknown' });
    expect(isStatusCode(Number.NaN)).toBe(false);
  });
});

describe('command results', () => {
  test('come back as they were', () => {
    expect(decodeCommandResult(successResult)).toEqual({ status: 200, message: '' });
    const refused = encodeCommandResult(StatusCode.ILLEGAL_PATH, 'ünknown');
    expect(decodeCommandResult(refused)).toEqual({ status: 509, message: 'ünknown' });
    expectSurvivesDamage([refused], decodeCommandResult);
  });

  test('texts are cut between characters', () => {
    expect(cutText('aé', 2)).toBe('a');
    expect(cutText('aé', 3)).toBe('aé');
    expect(cutText('😀', 3)).toBe('');
    expect(cutText('', 0)).toBe('');
  });
});
