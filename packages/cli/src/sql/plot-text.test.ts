import { utc } from '@balsa/sql';
import { describe, expect, it } from 'vitest';
import { plotSamples } from './plot-samples.ts';
import { plotText } from './plot-text.ts';

const options = { zone: utc, widthColumns: 60 };
const numbers = (...names: string[]) => names.map((name) => ({ name, dataType: 'DOUBLE' }));

describe('a plot', () => {
  it('draws each column over the same time, as far apart as the times are', () => {
    const samples = plotSamples({
      columns: [...numbers('root.a.rising', 'root.a.late'), { name: 'root.a.text', dataType: 'TEXT' }],
      hasTime: true,
    });
    const start = Date.UTC(2026, 0, 1);
    const hour = 3_600_000;
    samples.add([
      [start, 0, null, 'x'],
      [start + hour, 10, null, 'y'],
      [start + 9 * hour, 10, 5, 'z'],
      [start + 10 * hour, 0, 6, null],
    ]);
    expect(plotText(samples, options)).toMatchInlineSnapshot(`
      [
        "root.a.rising",
        "10.0 ┤     ⡸⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⢱",
        "     │    ⢰⠁                                           ⢣",
        "     │   ⢠⠃                                            ⠈⢆",
        " 5.0 ┤   ⡎                                              ⠘⡄",
        "     │  ⢸                                                ⢱",
        "     │ ⢀⠎                                                ⠘⡄",
        "     │ ⡜                                                  ⠸⡀",
        " 0.0 ┤⡸                                                    ⢱",
        "root.a.late",
        "6.00 ┤                                                     ⡸",
        "     │                                                    ⢰⠁",
        "     │                                                   ⢠⠃",
        "5.50 ┤                                                   ⢸",
        "     │                                                  ⢠⠃",
        "     │                                                 ⢀⠎",
        "     │                                                 ⡜",
        "5.00 ┤                                                ⡸",
        "      00:00:00                   05:00:00",
      ]
    `);
  });

  it('draws the devices of ALIGN BY DEVICE by themselves, and leaves gaps where values are null', () => {
    const samples = plotSamples({ columns: [{ name: 'Device', dataType: 'TEXT' }, ...numbers('s')], hasTime: true });
    samples.add([
      [1000, 'root.a', 1],
      [2000, 'root.a', 2],
      [3000, 'root.a', null],
      [4000, 'root.a', 2],
      [1000, 'root.b', 7],
    ]);
    expect(plotText(samples, options)).toMatchInlineSnapshot(`
      [
        "root.a.s",
        "2.00 ┤                ⡠⠔⠁                                  ⠈",
        "     │              ⡠⠒⠁",
        "     │           ⢀⠔⠊",
        "1.50 ┤         ⢀⠔⠁",
        "     │       ⡠⠊⠁",
        "     │    ⢀⠤⠊",
        "     │  ⢠⠔⠁",
        "1.00 ┤⡠⠒⠁",
        "root.b.s",
        "7.00 ┤",
        "     │",
        "     │",
        "7.00 ┤",
        "     │⠁",
        "     │",
        "     │",
        "7.00 ┤",
        "      00:00:01.000               00:00:02.500",
      ]
    `);
  });

  it('has the number of a row where there is no time, and nothing to draw without numbers', () => {
    const samples = plotSamples({ columns: numbers('count(s)'), hasTime: false });
    samples.add([[1], [2], [3]]);
    expect(plotText(samples, options).at(-1)).toContain('1');
    const texts = plotSamples({ columns: [{ name: 'a', dataType: 'TEXT' }], hasTime: true });
    texts.add([[1, 'x']]);
    expect(plotText(texts, options)).toEqual([]);
  });

  it('keeps a bounded number of points, whatever the number of rows', () => {
    const samples = plotSamples({ columns: numbers('s'), hasTime: true });
    for (let block = 0; block < 100; block++) {
      samples.add(Array.from({ length: 1000 }, (_, i) => [block * 1000 + i, block * 1000 + i]));
    }
    const { times, values } = samples.curves[0]!;
    expect(times.length).toBeLessThan(16_384);
    expect(times.length).toBeGreaterThan(8000);
    expect(times).toEqual(values);
  });
});
