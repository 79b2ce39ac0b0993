import { describe, expect, it } from 'vitest';
import { renderPlot } from './plot.ts';

const options = { widthColumns: 24, heightRows: 3, ticks: [], formatValue: (value: number) => value.toFixed(1) };

describe('renderPlot', () => {
  it('draws a line from corner to corner', () => {
    const rising = Float64Array.from({ length: 40 }, (_, at) => at);
    expect(renderPlot(rising, options)).toMatchInlineSnapshot(`
      [
        "39.0 ┤            ⣀⣀⠤⠔⠒⠉",
        "19.5 ┤      ⣀⠤⠤⠒⠒⠉",
        " 0.0 ┤⣀⠤⠔⠒⠉⠉",
      ]
    `);
  });

  it('joins steep parts and leaves gaps where there is no value', () => {
    expect(renderPlot([0, 0, 0, 10, 10, Number.NaN, Number.NaN, 5, 5, 5], options)).toMatchInlineSnapshot(`
      [
        "10.0 ┤     ⡏⠉⠉⠉",
        " 5.0 ┤     ⡇       ⠤⠤⠤⠤⠤",
        " 0.0 ┤⣀⣀⣀⣀⣀⠇",
      ]
    `);
  });

  it('puts a constant in the middle', () => {
    expect(renderPlot([7, 7, 7], options)).toMatchInlineSnapshot(`
      [
        "7.0 ┤",
        "7.0 ┤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤",
        "7.0 ┤",
      ]
    `);
  });

  it('labels positions, and leaves out labels that would touch or overrun', () => {
    const ticks = [
      { at: 0, label: 'Jan' },
      { at: 1, label: 'Feb' },
      { at: 5, label: 'Jul' },
      { at: 9, label: 'Dec' },
    ];
    const lines = renderPlot(
      Array.from({ length: 10 }, (_, at) => at),
      { ...options, ticks },
    );
    expect(lines.at(-1)).toMatchInlineSnapshot(`"     Jan       Jul"`);
  });

  it('stays inside its width', () => {
    const waves = Float64Array.from({ length: 500 }, (_, at) => Math.sin(at / 20));
    for (const line of renderPlot(waves, { ...options, widthColumns: 60 })) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('draws nothing from nothing', () => {
    expect(renderPlot([], options)).toEqual([]);
    expect(renderPlot([Number.NaN], options)).toEqual([]);
  });
});
