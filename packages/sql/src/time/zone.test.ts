import { describe, expect, it } from 'vitest';
import { addSpans, floorToMonths } from './calendar.ts';
import { fromLocal, parseZone, utc } from './zone.ts';

const hourMs = 3_600_000;
const summer = Date.UTC(2024, 6, 1);
const winter = Date.UTC(2024, 0, 1);

describe('zones', () => {
  it.each([
    ['+08:00', 8],
    ['+0800', 8],
    ['-0330', -3.5],
    ['+0000', 0],
    ['UTC+8', 8],
    ['GMT-5', -5],
    ['UTC', 0],
    ['Z', 0],
    ['Asia/Shanghai', 8],
    ['America/New_York', -4],
  ])('%s is %s hours away in summer', (text, hours) => {
    expect(parseZone(text).offsetMsAt(summer)).toBe(hours * hourMs);
  });

  it.each(['', '+19:00', '+08:75', 'Moon/Base', '8'])('"%s" is none', (text) => {
    expect(() => parseZone(text)).toThrow(expect.objectContaining({ code: 'ZONE_UNKNOWN' }));
  });

  it('know summer from winter', () => {
    const zone = parseZone('Europe/Berlin');
    expect([zone.offsetMsAt(winter), zone.offsetMsAt(summer)]).toEqual([hourMs, 2 * hourMs]);
  });

  it('take the first of two times that clocks show alike, and go on from a time that they skip', () => {
    const zone = parseZone('Europe/Berlin');
    expect(fromLocal(zone, Date.UTC(2024, 9, 27, 2, 30))).toBe(Date.UTC(2024, 9, 27, 0, 30));
    expect(fromLocal(zone, Date.UTC(2024, 2, 31, 2, 30))).toBe(Date.UTC(2024, 2, 31, 1, 30));
    expect(fromLocal(zone, Date.UTC(2024, 2, 31, 3, 30))).toBe(Date.UTC(2024, 2, 31, 1, 30));
  });
});

describe('the calendar', () => {
  const month = { months: 1, ms: 0 };

  it('ends short months early, and remembers the day', () => {
    const start = Date.UTC(2024, 0, 31, 12);
    expect([1, 2, 13].map((count) => addSpans(utc, start, month, count))).toEqual([
      Date.UTC(2024, 1, 29, 12),
      Date.UTC(2024, 2, 31, 12),
      Date.UTC(2025, 1, 28, 12),
    ]);
  });

  it('is that of the zone', () => {
    const zone = parseZone('Europe/Berlin');
    const start = Date.UTC(2024, 0, 31, 23);
    expect(addSpans(zone, start, month, 2)).toBe(Date.UTC(2024, 2, 31, 22));
    expect(floorToMonths(zone, Date.UTC(2024, 1, 29, 23, 30), 1)).toBe(Date.UTC(2024, 1, 29, 23));
    expect(floorToMonths(utc, Date.UTC(1969, 4, 5), 12)).toBe(Date.UTC(1969, 0, 1));
  });
});
