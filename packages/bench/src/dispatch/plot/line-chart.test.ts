import { expect, test } from 'vitest';
import { lineChart, ticksUpTo } from './line-chart.ts';

test.each([
  [0, [0, 1]],
  [7.9, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  [12.5, [0, 2, 4, 6, 8, 10, 12, 14]],
  [0.35, [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35]],
  [4000, [0, 1000, 2000, 3000, 4000]],
])('the scale up to %d goes in round steps', (most, ticks) => {
  expect(ticksUpTo(most)).toEqual(ticks);
});

test('a line goes through its points, and its name stands at its end, beside no other', () => {
  const points = [
    { x: 3, y: 10 },
    { x: 9, y: 4 },
  ];
  const svg = lineChart({
    title: 'a < b & c',
    xTitle: 'nodes',
    panels: [
      {
        title: 'MB/s',
        lines: [
          { name: 'one', colour: '#111', points },
          { name: 'two', colour: '#222', points },
          { name: 'limit', colour: '#333', isDashed: true, points },
        ],
      },
    ],
  });
  expect(svg).toContain('a &lt; b &amp; c');
  expect(svg).toContain('<polyline points="60,70 370,220" fill="none" stroke="#111" stroke-width="2"/>');
  expect(svg).toContain('stroke="#333" stroke-width="2" stroke-dasharray="5 4"/>');
  const heights = [...svg.matchAll(/y="(\d+)" fill="#\d+">(?:one|two|limit)</g)].map(([, y]) => Number(y));
  expect(heights).toEqual([224, 239, 254]);
});
