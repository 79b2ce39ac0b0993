import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatLatency, formatPlural, formatShort } from './format.ts';
import { renderBar, startProgress } from './progress.ts';
import { createScreen } from './screen.ts';
import { wantsColour } from './style.ts';
import { renderTable } from './table.ts';

function capture(isTTY: boolean, env: NodeJS.ProcessEnv = {}) {
  let written = '';
  const target = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      written += chunk;
      done();
    },
  });
  const screen = createScreen(Object.assign(target, { isTTY, columns: 80 }), env);
  return { screen, text: () => written };
}

describe('numbers', () => {
  it.each([
    [formatCount(1313850), '1,313,850'],
    [formatShort(0), '0'],
    [formatShort(999.4), '999'],
    [formatShort(999.5), '1.00 k'],
    [formatShort(12_345), '12.3 k'],
    [formatShort(999_499), '999 k'],
    [formatShort(999_500), '1.00 M'],
    [formatShort(1_313_850), '1.31 M'],
    [formatDuration(0.4), '0 ms'],
    [formatLatency(0.424), '0.42 ms'],
    [formatLatency(0.996), '1.0 ms'],
    [formatLatency(99.94), '99.9 ms'],
    [formatLatency(99.96), '100 ms'],
    [formatLatency(2400), '2.4 s'],
    [formatDuration(999.4), '999 ms'],
    [formatDuration(999.5), '1.0 s'],
    [formatDuration(59_949), '59.9 s'],
    [formatDuration(59_950), '1 min 0 s'],
    [formatDuration(200_000), '3 min 20 s'],
    [formatDuration(18_740_000), '5 h 12 min'],
    [formatDuration(1_047_600_000), '12 d 3 h'],
    [formatBytes(0), '0 B'],
    [formatBytes(1023), '1,023 B'],
    [formatBytes(1024), '1.00 KiB'],
    [formatBytes(16_384), '16.0 KiB'],
    [formatBytes(1_048_000), '1,023 KiB'],
    [formatBytes(1_048_576), '1.00 MiB'],
    [formatBytes(3 * 1024 ** 3), '3.00 GiB'],
    [formatPlural(1, 'node'), '1 node'],
    [formatPlural(8759, 'row'), '8,759 rows'],
  ])('%s is %s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('a table', () => {
  it('is as wide as its widest cells', () => {
    const columns = [
      { title: 'day', align: 'left' },
      { title: 'wind', align: 'right' },
      { title: '°C', align: 'right' },
    ] as const;
    const rows = [
      ['1 July', '3.1', '16.25'],
      ['12 July', '10.0', '9.0'],
    ];
    expect(renderTable(columns, rows)).toEqual([
      'day      wind     °C', //
      '1 July    3.1  16.25',
      '12 July  10.0    9.0',
    ]);
  });

  it('without rows is its titles', () => {
    expect(renderTable([{ title: 'a', align: 'right' }], [])).toEqual(['a']);
  });
});

describe('a bar', () => {
  it.each([
    [0, '░░░░'],
    [0.5, '██░░'],
    [0.53, '██▏░'],
    [1, '████'],
    [-1, '░░░░'],
    [7, '████'],
  ])('at %d is %s', (share, bar) => {
    expect(renderBar(share, 4)).toBe(bar);
  });
});

describe('progress', () => {
  it('in a log is a line per quarter, without escape codes', () => {
    const { screen, text } = capture(false);
    let nowMs = 0;
    const progress = startProgress(screen, 1000, 'points', () => nowMs);
    for (let done = 0; done <= 1000; done += 50) {
      nowMs = done;
      progress.update(done);
    }
    progress.end();
    expect(text().split('\n')).toEqual([
      '      25 %  250 points, 1.00 k/s',
      '      50 %  500 points, 1.00 k/s',
      '      75 %  750 points, 1.00 k/s',
      '',
    ]);
  });

  it('at a terminal is one line, redrawn not too often, and gone in the end', () => {
    const { screen, text } = capture(true, { NO_COLOR: '1' });
    let nowMs = 0;
    const progress = startProgress(screen, 100, 'points', () => nowMs);
    progress.update(0);
    nowMs = 10;
    progress.update(10);
    nowMs = 100;
    progress.update(50);
    progress.end();
    expect(text().split('\r\x1b[K')).toEqual([
      '',
      '     ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 points',
      '     ███████████████░░░░░░░░░░░░░░░  50 %  50 points, 500/s',
      '',
    ]);
  });
});

describe('a screen', () => {
  it('replaces a passing line by the next that stays', () => {
    const { screen, text } = capture(true, { NO_COLOR: '1' });
    screen.transient('waiting');
    screen.line('done');
    expect(text()).toBe('\r\x1b[K     waiting\r\x1b[K     done\n');
  });

  it('in a log has no passing lines and no escape codes', () => {
    const { screen, text } = capture(false);
    screen.heading(1, 'Start');
    screen.transient('waiting');
    screen.line(screen.style.good('done'));
    expect(text()).toBe('\n  1  Start\n     done\n');
  });

  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('with a terminal %s and %j has colours: %s', (isTerminal, env, expected) => {
    expect(wantsColour(isTerminal, env)).toBe(expected);
  });
});
